//! A plugin's own words, fit to be shown: they end up in terminals, logs and web pages.

use std::iter;

/// The first characters of a text, with a mark if there are more; what would not be seen, or would change how the rest
/// is seen, is escaped.
pub(crate) fn shown(text: &str, chars: usize) -> String {
    let mut shown: String = text.chars().take(chars).flat_map(visible).collect();
    if text.chars().nth(chars).is_some() {
        shown.push('…');
    }
    shown
}

/// A text in at most so many bytes, and a mark if that is not all.
pub(crate) fn cut(text: &str, bytes: usize) -> String {
    let kept = &text[..text.floor_char_boundary(bytes)];
    let mut cut = shown(kept, usize::MAX);
    if kept.len() < text.len() || cut.len() > bytes {
        cut.truncate(cut.floor_char_boundary(bytes));
        cut.push('…');
    }
    cut
}

fn visible(char: char) -> impl Iterator<Item = char> {
    // Control characters, and those that turn the direction of writing.
    let hidden = char.is_control()
        || matches!(char, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let escaped = hidden.then(|| char.escape_default()).into_iter().flatten();
    escaped.chain(iter::once(char).filter(move |_| !hidden))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_kept_and_tricks_are_escaped() {
        assert_eq!(
            shown("can't \"say\" é, e\u{301} \\", 100),
            "can't \"say\" é, e\u{301} \\"
        );
        assert_eq!(
            shown("a\u{1b}[31m\n\u{202e}b", 100),
            r"a\u{1b}[31m\n\u{202e}b"
        );
        assert_eq!(shown("abc", 2), "ab…");
        assert_eq!(shown("abc", 3), "abc");
    }

    #[test]
    fn what_is_cut_is_not_longer_for_being_escaped() {
        assert_eq!(cut("abc", 3), "abc");
        assert_eq!(cut("abcd", 3), "abc…");
        assert_eq!(cut("äb", 1), "…");
        assert_eq!(cut("\0\0\0", 7), r"\u{0}\u…");
    }
}
