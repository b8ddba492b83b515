//! Strings that are JSON and no Unicode.
//!
//! JSON lets a string hold half of a surrogate pair (`"\ud83d"`), and user agents and names that were cut in the middle
//! of an emoji do. The record is kept as it came; what is indexed has U+FFFD in its place.

/// The text with `\ufffd` for each half of a surrogate pair, every other byte in its place; `None` if there is none.
///
/// ```
/// use activity_log_core::event::surrogates::replaced;
/// assert_eq!(replaced(r#"{"a":"\ud83d\ude00 \\ud83d"}"#), None);
/// assert_eq!(replaced(r#""\ud83d \ude00\uD83Dx""#).unwrap(), r#""\ufffd \ufffd\ufffdx""#);
/// ```
pub fn replaced(json: &str) -> Option<String> {
    let (mut out, mut copied, mut at) = (String::new(), 0, 0);
    while let Some(found) = json[at..].find('\\') {
        at += found;
        let Some(unit) = unit(json, at) else {
            // Some other escape, of which the second byte may be a backslash.
            at += 1 + json[at + 1..].chars().next().map_or(0, char::len_utf8);
            continue;
        };
        let is_pair = (0xd800..0xdc00).contains(&unit)
            && self::unit(json, at + ESCAPE).is_some_and(|low| (0xdc00..0xe000).contains(&low));
        if is_pair {
            at += 2 * ESCAPE;
            continue;
        }
        if (0xd800..0xe000).contains(&unit) {
            out.push_str(&json[copied..at]);
            out.push_str("\\ufffd");
            copied = at + ESCAPE;
        }
        at += ESCAPE;
    }
    (copied > 0).then(|| out + &json[copied..])
}

/// Bytes of `\uXXXX`.
const ESCAPE: usize = 6;

/// The UTF-16 unit that is escaped here.
fn unit(json: &str, at: usize) -> Option<u16> {
    let digits = json.get(at..at + ESCAPE)?.strip_prefix("\\u")?;
    u16::from_str_radix(digits, 16).ok()
}
