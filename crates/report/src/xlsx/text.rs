//! What a workbook's cell can hold.

use std::borrow::Cow;

/// Longest text of a cell, in UTF-16 units as Excel counts them.
pub const CELL_CHARS: usize = 32_767;

/// The text if a cell can hold it; else its beginning and a mark that says so.
pub fn fit(text: &str) -> Cow<'_, str> {
    // A text has at most as many units as bytes.
    if text.len() <= CELL_CHARS {
        return Cow::Borrowed(text);
    }
    let units = text.encode_utf16().count();
    if units <= CELL_CHARS {
        return Cow::Borrowed(text);
    }
    let mark = format!("… [cut: {units} characters in all]");
    let mut left = CELL_CHARS - mark.encode_utf16().count();
    let end = text
        .char_indices()
        .find(|(_, char)| {
            let fits = char.len_utf16() <= left;
            left = left.saturating_sub(char.len_utf16());
            !fits
        })
        .map_or(text.len(), |(at, _)| at);
    Cow::Owned(format!("{}{mark}", &text[..end]))
}

/// Bytes that a text takes in a sheet's XML, at most: `&` becomes `&amp;`, NUL `_x0000_`, `_x0000_`
/// `_x005F_x0000_`.
pub fn xml_bytes(text: &str) -> u64 {
    let escapes: usize = text
        .bytes()
        .map(|byte| match byte {
            b'<' | b'>' => 3,
            // The first byte of U+FFFE and U+FFFF, which are escaped too.
            b'&' | 0xef => 4,
            0..=0x1f => 6,
            _ => 0,
        })
        .sum();
    (text.len() + escapes + 6 * text.matches("_x").count()) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(text: &str) -> usize {
        text.encode_utf16().count()
    }

    #[test]
    fn what_fits_stays() {
        for text in [
            "x".repeat(CELL_CHARS),
            "é".repeat(CELL_CHARS),
            "😀".repeat(CELL_CHARS / 2),
        ] {
            assert_eq!(fit(&text), text);
        }
    }

    #[test]
    fn what_does_not_is_cut_between_characters_and_says_so() {
        for char in ["x", "é", "😀", "x😀"] {
            let text = char.repeat(40_000);
            let cut = fit(&text);
            let (start, mark) = cut.split_once('…').unwrap();
            assert!(text.starts_with(start));
            let all = units(&text);
            assert_eq!(mark, format!(" [cut: {all} characters in all]"));
            assert!((CELL_CHARS - 1..=CELL_CHARS).contains(&units(&cut)));
        }
    }
}
