//! JSON text in pieces: what [`Value::Json`](crate::Value::Json) holds, read as it stands.
//!
//! Events are kept as they came, and not everything that is JSON fits a tree: a name may stand twice in an object, a
//! number be beyond every float (`1e999`), a string hold half of a surrogate pair (`"\ud800"`). A parser that makes
//! values drops the one and fails at the others, and whoever writes the event can make it do so. A filter that must
//! miss nothing reads the pieces.
//!
//! ```
//! use activity_log_filter::json::{Piece, pieces};
//! let said = pieces(r#"{"a":"x","a":"\u0079\ud800","n":1e999}"#).filter_map(Piece::text);
//! assert_eq!(said.collect::<Vec<_>>(), ["a", "x", "a", "y\u{fffd}", "n"]);
//! ```

use std::borrow::Cow;
use std::fmt::Write as _;

/// A piece of JSON text. All pieces one after the other are the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// `{` or `[`
    Open(&'a str),
    /// `}` or `]`
    Close(&'a str),
    /// `,`
    Comma(&'a str),
    /// `:`
    Colon(&'a str),
    /// a string, a name too, in its quotation marks
    String(&'a str),
    /// a number, `true`, `false` or `null`
    Scalar(&'a str),
    /// space between them
    Space(&'a str),
}

impl<'a> Piece<'a> {
    /// As it stands in the text.
    pub fn raw(self) -> &'a str {
        match self {
            Self::Open(raw)
            | Self::Close(raw)
            | Self::Comma(raw)
            | Self::Colon(raw)
            | Self::String(raw)
            | Self::Scalar(raw)
            | Self::Space(raw) => raw,
        }
    }

    /// What a string says; half of a surrogate pair is U+FFFD in it. Nothing for other pieces.
    pub fn text(self) -> Option<Cow<'a, str>> {
        match self {
            Self::String(raw) => Some(unescaped(raw)),
            _ => None,
        }
    }
}

/// The pieces of a text that is JSON; of one that is none, pieces all the same.
pub fn pieces(json: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = json;
    std::iter::from_fn(move || {
        let first = *rest.as_bytes().first()?;
        let length = match first {
            b'"' => string_bytes(rest),
            b'{' | b'[' | b'}' | b']' | b',' | b':' => 1,
            _ => {
                let is_space = first.is_ascii_whitespace();
                let ends = |char: char| {
                    "{[}],:\"".contains(char) || char.is_ascii_whitespace() != is_space
                };
                rest.find(ends).unwrap_or(rest.len())
            }
        };
        let (raw, behind) = rest.split_at(length);
        rest = behind;
        Some(match first {
            b'"' => Piece::String(raw),
            b'{' | b'[' => Piece::Open(raw),
            b'}' | b']' => Piece::Close(raw),
            b',' => Piece::Comma(raw),
            b':' => Piece::Colon(raw),
            _ if first.is_ascii_whitespace() => Piece::Space(raw),
            _ => Piece::Scalar(raw),
        })
    })
}

/// The length of the string that the text begins with; all of the text if it does not end.
fn string_bytes(text: &str) -> usize {
    let mut at = 1;
    while let Some(rest) = text.as_bytes().get(at..) {
        let Some(found) = rest.iter().position(|byte| matches!(byte, b'"' | b'\\')) else {
            break;
        };
        if rest[found] == b'"' {
            return at + found + 1;
        }
        // What is escaped ends nothing.
        at += found + 2;
    }
    text.len()
}

fn unescaped(raw: &str) -> Cow<'_, str> {
    let inner = raw.strip_prefix('"').unwrap_or(raw);
    let inner = inner.strip_suffix('"').unwrap_or(inner);
    if !inner.contains('\\') {
        return Cow::Borrowed(inner);
    }
    let mut text = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(at) = rest.find('\\') {
        text.push_str(&rest[..at]);
        let (char, length) = escape(&rest[at..]);
        text.push(char);
        rest = &rest[at + length..];
    }
    text.push_str(rest);
    Cow::Owned(text)
}

/// The character of the escape that the text begins with, and the escape's length.
fn escape(text: &str) -> (char, usize) {
    let Some(kind) = text[1..].chars().next() else {
        return (char::REPLACEMENT_CHARACTER, 1);
    };
    let char = match kind {
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'u' => return unicode(text),
        other => other,
    };
    (char, 1 + kind.len_utf8())
}

fn unicode(text: &str) -> (char, usize) {
    let Some(first) = unit(text) else {
        return (char::REPLACEMENT_CHARACTER, 2);
    };
    let second = text.get(6..).and_then(unit);
    let pair = char::decode_utf16([first].into_iter().chain(second)).next();
    match pair {
        Some(Ok(char)) => (char, 6 * char.len_utf16()),
        _ => (char::REPLACEMENT_CHARACTER, 6),
    }
}

/// The number of a `\u0041`.
fn unit(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    u16::from_str_radix(digits, 16).ok()
}

/// The text as a JSON string, in quotation marks.
///
/// ```
/// assert_eq!(activity_log_filter::json::quoted("a\"\n"), r#""a\"\u000a""#);
/// ```
pub fn quoted(text: &str) -> String {
    let mut json = String::with_capacity(text.len() + 2);
    json.push('"');
    for char in text.chars() {
        match char {
            '"' | '\\' => json.extend(['\\', char]),
            char if char < ' ' => {
                let _ = write!(json, "\\u{:04x}", u32::from(char));
            }
            char => json.push(char),
        }
    }
    json.push('"');
    json
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raws(json: &str) -> Vec<&str> {
        pieces(json).map(Piece::raw).collect()
    }

    #[test]
    fn the_pieces_are_the_text() {
        assert_eq!(
            raws(" {\"a\\\"\\\\\":[1e999,\ttrue]}\n"),
            [
                " ",
                "{",
                "\"a\\\"\\\\\"",
                ":",
                "[",
                "1e999",
                ",",
                "\t",
                "true",
                "]",
                "}",
                "\n"
            ]
        );
        for broken in ["", "\"", "\"\\", "é", "é\"é", "}{", "a b", "\u{a0}1"] {
            assert_eq!(raws(broken).concat(), broken);
        }
    }

    #[test]
    fn a_string_says_what_it_says() {
        for (json, said) in [
            (r#""""#, ""),
            (r#""é\u00e9\/\n\\u0041""#, "éé/\n\\u0041"),
            (r#""\ud83d\ude00""#, "😀"),
            (r#""\ud83d""#, "\u{fffd}"),
            (r#""\ud83d\u0041""#, "\u{fffd}A"),
            (r#""\ude00\ud83d\ude00""#, "\u{fffd}😀"),
            (r#""\u12""#, "\u{fffd}12"),
            ("\"\\", "\u{fffd}"),
            (r#""\é""#, "é"),
        ] {
            let [piece] = pieces(json).collect::<Vec<_>>()[..] else {
                panic!("{json} is one piece");
            };
            assert_eq!(piece.text().as_deref(), Some(said), "{json}");
        }
        assert_eq!(Piece::Scalar("1").text(), None);
    }

    #[test]
    fn what_is_quoted_is_read_back() {
        for text in ["", "a\"\\\u{1}\u{7f}\r\u{2028}😀/"] {
            let json = quoted(text);
            let piece = pieces(&json).next();
            assert_eq!(piece.and_then(Piece::text).as_deref(), Some(text));
            assert_eq!(raws(&json).len(), 1);
        }
    }
}
