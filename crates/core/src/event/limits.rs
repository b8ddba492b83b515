//! Caps on a record as a whole, each named in the rejection, and on what of it is indexed.
//!
//! CloudTrail's own sizes of single fields are no caps here: what happened is not refused because its error message is
//! long.

use std::borrow::Cow;

use super::Rejection;
use super::fields::{Fields, ResourceField};
use crate::query::{CUT, looked_up};

/// Largest record, in bytes.
pub const RECORD_BYTES: usize = 256 * 1024;
/// Deepest nesting of a record.
pub const DEPTH: usize = 64;
/// Most resources an event can be looked up by; of more, the first.
pub const RESOURCES: usize = 500;
/// Most bytes of resources an event can be looked up by; of more, the first.
pub const RESOURCE_BYTES: usize = 64 * 1024;
/// Longest event id, in bytes. A reply names up to 10,000 of them.
pub const ID_BYTES: usize = 128;

/// Checks the record as a whole.
pub(super) fn check_text(text: &str) -> Result<(), Rejection> {
    if text.len() > RECORD_BYTES {
        let rule = format!("{} bytes; at most {RECORD_BYTES}", text.len());
        return Err(Rejection::new("record", rule));
    }
    if too_deep(text) {
        let rule = format!("nested deeper than {DEPTH} levels");
        return Err(Rejection::new("record", rule));
    }
    Ok(())
}

/// Counts levels only where there are enough brackets to matter; the count is a few nanoseconds.
fn too_deep(text: &str) -> bool {
    let opening = text
        .bytes()
        .filter(|byte| matches!(byte, b'{' | b'['))
        .count();
    if opening <= DEPTH {
        return false;
    }
    let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'{' | b'[' if !in_text => {
                depth += 1;
                if depth > DEPTH {
                    return true;
                }
            }
            b'}' | b']' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}

/// Checks an event's id.
pub(super) fn check_id(field: &str, id: &str) -> Result<(), Rejection> {
    if id.len() > ID_BYTES {
        let rule = format!("longer than {ID_BYTES} bytes");
        return Err(Rejection::new(field, rule));
    }
    if id.chars().any(char::is_control) {
        return Err(Rejection::new(field, "must not hold control characters"));
    }
    Ok(())
}

/// Cuts the lookup fields to what is indexed. The record itself stays whole.
pub(super) fn cut_fields(fields: &mut Fields<'_>) {
    fields.name = looked_up(std::mem::take(&mut fields.name));
    let single = [
        &mut fields.called,
        &mut fields.source,
        &mut fields.username,
        &mut fields.access_key_id,
        &mut fields.project,
        &mut fields.region,
        &mut fields.source_ip,
        &mut fields.error_code,
        &mut fields.event_type,
        &mut fields.request_id,
        &mut fields.user_agent,
        &mut fields.principal_arn,
    ];
    single.into_iter().for_each(cut);
    let mut bytes = 0;
    let resources = fields.resources.iter_mut().take(RESOURCES);
    let sizes = resources.map(|one| {
        cut(&mut one.name);
        cut(&mut one.kind);
        size(one.name.as_ref()) + size(one.kind.as_ref())
    });
    let kept = sizes.take_while(|size| {
        bytes += size;
        bytes <= RESOURCE_BYTES
    });
    let kept = kept.count();
    if kept < fields.resources.len() {
        fields.resources.truncate(kept);
        // So that an event one cannot find by all it touched can be found for that.
        let source = fields.resources.last().map(|one| one.source);
        fields.resources.push(ResourceField {
            name: Some(Cow::Owned(CUT.to_string())),
            kind: None,
            source: source.unwrap_or_default(),
        });
    }
}

fn cut(value: &mut Option<Cow<'_, str>>) {
    *value = value.take().map(looked_up);
}

fn size(value: Option<&Cow<'_, str>>) -> usize {
    value.map_or(0, |value| value.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_in_text_are_not_depth() {
        let nested = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
        assert!(!too_deep(&nested(DEPTH)));
        assert!(too_deep(&nested(DEPTH + 1)));
        assert!(!too_deep(&format!("\"\\\"{}\"", "[".repeat(1_000))));
    }
}
