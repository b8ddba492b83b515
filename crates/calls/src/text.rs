//! Texts of a record, within its caps.

use std::borrow::Cow;

use serde::Serialize;

/// What stands where a text was cut.
const CUT: char = '…';

/// The text in at most `max` bytes.
pub fn in_bytes(text: &str, max: usize) -> Cow<'_, str> {
    if text.len() <= max {
        return Cow::Borrowed(text);
    }
    let end = text.floor_char_boundary(max.saturating_sub(CUT.len_utf8()));
    Cow::Owned(format!("{}{CUT}", &text[..end]))
}

/// The text in at most `max` characters.
pub fn in_chars(text: &str, max: usize) -> Cow<'_, str> {
    if text.len() <= max || text.chars().count() <= max {
        return Cow::Borrowed(text);
    }
    let kept = text.chars().take(max.saturating_sub(1));
    Cow::Owned(kept.chain([CUT]).collect())
}

/// Its JSON text, of characters that SQS takes in a message: all that JSON may hold unescaped but for two
/// noncharacters, for which it refuses the message whole.
pub fn json(value: &impl Serialize) -> String {
    let text = serde_json::to_string(value).unwrap_or_default();
    if text.contains(['\u{fffe}', '\u{ffff}']) {
        // Outside of strings JSON is ASCII.
        text.replace('\u{fffe}', "\\ufffe")
            .replace('\u{ffff}', "\\uffff")
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_between_characters() {
        for (text, bytes, chars) in [
            ("", "", ""),
            ("abcdef", "abcdef", "abcdef"),
            ("abcdefg", "abc…", "abcde…"),
            ("ééé", "ééé", "ééé"),
            ("éééé", "é…", "éééé"),
            ("😀😀", "…", "😀😀"),
            ("😀😀😀😀😀😀😀", "…", "😀😀😀😀😀…"),
        ] {
            assert_eq!(in_bytes(text, 6), bytes);
            assert_eq!(in_chars(text, 6), chars);
        }
    }

    #[test]
    fn json_holds_no_character_that_sqs_refuses() {
        let text = "a\u{0}\u{7f}\u{fffe}\u{ffff}\u{1ffff}";
        let json = json(&text);
        assert_eq!(json, "\"a\\u0000\u{7f}\\ufffe\\uffff\u{1ffff}\"");
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
    }
}
