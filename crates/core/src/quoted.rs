//! A caller's text in a message.

/// Characters shown.
const SHOWN: usize = 100;

/// `text` in quotation marks, safe and short enough for an error message or a log.
///
/// ```
/// use activity_log_core::quoted::quoted;
/// assert_eq!(quoted("a\n'b'"), "'a\u{fffd}'b''");
/// assert_eq!(quoted(&"é".repeat(101)), format!("'{}…'", "é".repeat(100)));
/// ```
pub fn quoted(text: &str) -> String {
    let mut chars = text.chars().map(|char| {
        if char.is_control() {
            char::REPLACEMENT_CHARACTER
        } else {
            char
        }
    });
    let shown: String = chars.by_ref().take(SHOWN).collect();
    let more = if chars.next().is_some() { "…" } else { "" };
    format!("'{shown}{more}'")
}
