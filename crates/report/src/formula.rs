//! Texts that a spreadsheet would run when it opens a CSV file, made harmless.
//!
//! A cell that starts with `=`, `+`, `-` or `@`, with a tab, line end or NUL in front of which spreadsheets
//! look for one, or with the full-width form of these signs, gets an apostrophe in front: spreadsheets then
//! take it as text (OWASP "CSV Injection"; ASVS 1.2.10). A JSON number (`-5`) does not: it runs nothing.
//!
//! Nothing is lost by it: a text of apostrophes and such a sign gets one more apostrophe, so a reader who
//! takes one away from in front of every `'…=` has the cells again ([`unguard`]). In Python:
//!
//! ```python
//! cell = re.sub(r"^'(?='*[=+\-@\t\r\n\0＝＋－＠])", "", cell)
//! ```
//!
//! What no CSV can prevent: a spreadsheet that is set to another separator (`;` in many European locales)
//! cuts cells at its own and sees the rest of a text as a cell. Who opens reports by a double click in such a
//! locale should choose XLSX, whose texts are texts.

use std::borrow::Cow;

const SIGNS: [char; 12] = [
    '=', '+', '-', '@', '\t', '\r', '\n', '\0', '＝', '＋', '－', '＠',
];

/// The text as it can stand in a CSV file.
///
/// ```
/// use activity_log_report::formula::guard;
/// assert_eq!(guard("=1+1"), "'=1+1");
/// assert_eq!(guard("'=1+1"), "''=1+1");
/// assert_eq!(guard("-5"), "-5");
/// assert_eq!(guard("it's"), "it's");
/// ```
pub fn guard(text: &str) -> Cow<'_, str> {
    if is_risky(text) && !is_number(text) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// The text that [`guard`] was given.
///
/// ```
/// use activity_log_report::formula::unguard;
/// assert_eq!(unguard("'=1+1"), "=1+1");
/// assert_eq!(unguard("'quoted'"), "'quoted'");
/// ```
pub fn unguard(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(text) if is_risky(text) => text,
        _ => cell,
    }
}

fn is_risky(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(SIGNS)
}

/// Whether a text is a number as JSON writes it (RFC 8259 §6).
fn is_number(text: &str) -> bool {
    let text = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (
            mantissa,
            exponent.strip_prefix(['+', '-']).or(Some(exponent)),
        ),
        None => (text, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    is_digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(is_digits)
        && exponent.is_none_or(is_digits)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::hostile;

    #[test]
    fn what_could_run_is_text() {
        for text in [
            "=cmd|' /C calc'!A0",
            "+5",
            "-5+cmd|' /C calc'!A0",
            "-",
            "@SUM(1)",
            "\t=1",
            "\r=1",
            "\n=1",
            "\0=1",
            "＝1",
            "-.5",
            "-05",
            "-1e",
            "-inf",
        ] {
            assert_eq!(guard(text), format!("'{text}"));
        }
    }

    #[test]
    fn numbers_and_other_texts_stay() {
        for text in ["-5", "-0.5", "-1e-7", "-1E+7", "0", "", "'", "a=1", " =1"] {
            assert_eq!(guard(text), text);
        }
    }

    proptest! {
        #[test]
        fn nothing_is_lost(text in hostile::text()) {
            let cell = guard(&text);
            prop_assert_eq!(unguard(&cell), text.as_str());
        }

        #[test]
        fn nothing_runs(text in hostile::text()) {
            let cell = guard(&text);
            prop_assert!(!cell.starts_with(SIGNS) || serde_json::from_str::<serde_json::Number>(&cell).is_ok());
        }
    }
}
