//! Text from elsewhere, made safe to print.

use std::fmt::Write as _;

/// Control characters, and those that turn the direction of text, as `\\u{…}`: a key with a newline cannot
/// forge a line, nor one with an escape sequence what the terminal shows.
pub fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for char in text.chars() {
        if is_unsafe(char) {
            safe.extend(char.escape_default());
        } else {
            safe.push(char);
        }
    }
    safe
}

/// A JSON value as text: JSON escapes what is below U+0020 and no other of these characters.
pub fn json(value: &serde_json::Value) -> String {
    json_text(&value.to_string())
}

/// JSON text as it stands, but for these characters: in strings they are escaped, and between values, where only space
/// can be, they are a blank.
pub fn json_text(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    let (mut in_string, mut escaped) = (false, false);
    for char in text.chars() {
        if !is_unsafe(char) {
            safe.push(char);
        } else if in_string {
            // All of them are in the basic plane.
            let _ = write!(safe, "\\u{:04x}", u32::from(char));
        } else {
            safe.push(' ');
        }
        in_string ^= char == '"' && !escaped;
        escaped = char == '\\' && !escaped;
    }
    safe
}

/// Unicode: C0 and C1 controls, line and paragraph separators, and UAX #9's directional formatting.
const fn is_unsafe(char: char) -> bool {
    matches!(
        char,
        '\0'..='\x1f'
            | '\x7f'..='\u{9f}'
            | '\u{61c}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const HOSTILE: &str = "a\nproblem: b\r\t\u{1b}[2J\u{9b}\u{7f}\u{202e}\u{2028} é 日";

    #[test]
    fn nothing_printed_moves_the_cursor() {
        assert_eq!(
            escape(HOSTILE),
            "a\\nproblem: b\\r\\t\\u{1b}[2J\\u{9b}\\u{7f}\\u{202e}\\u{2028} é 日"
        );
    }

    #[test]
    fn json_text_stays_as_it_is_written() {
        for (text, shown) in [
            (
                r#"{"n":1.10,"n":1e3,"a":"\u0041\\\""}"#,
                r#"{"n":1.10,"n":1e3,"a":"\u0041\\\""}"#,
            ),
            (
                "{\n\"a\" :\t\"\u{9b}\\\\\"\r}",
                "{ \"a\" : \"\\u009b\\\\\" }",
            ),
        ] {
            assert_eq!(json_text(text), shown);
        }
    }

    #[test]
    fn json_stays_what_it_is() {
        let value = json!({ HOSTILE: HOSTILE });
        let text = super::json(&value);
        assert!(!text.chars().any(is_unsafe), "{text}");
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&text).unwrap(),
            value
        );
    }
}
