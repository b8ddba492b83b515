//! Caps on a record, each named in the rejection (CloudTrail's own sizes where it has one).

use std::borrow::Cow;

use super::Rejection;
use super::fields::Fields;
use super::record::{Record, Text};
use crate::query::MAX_VALUE_CHARS;

/// Largest record, in bytes.
pub const RECORD_BYTES: usize = 256 * 1024;
/// Deepest nesting of a record.
pub const DEPTH: usize = 64;
/// Most resources of a record.
pub const RESOURCES: usize = 500;
/// All lookup fields of a record together, in bytes.
pub const FIELD_BYTES: usize = 64 * 1024;
/// Longest event id, in bytes. A reply names up to 10,000 of them.
pub const ID_BYTES: usize = 128;

const KIB: usize = 1024;

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

/// Checks the sizes CloudTrail sets for single fields.
pub(super) fn check_sizes(record: &Record<'_>) -> Result<(), Rejection> {
    let sized = [
        ("userAgent", record.user_agent, KIB),
        ("errorMessage", record.error_message, KIB),
        ("requestID", record.request_id, KIB),
        ("requestParameters", record.request_parameters, 100 * KIB),
        ("responseElements", record.response_elements, 100 * KIB),
        (
            "serviceEventDetails",
            record.service_event_details,
            100 * KIB,
        ),
        (
            "additionalEventData",
            record.additional_event_data,
            28 * KIB,
        ),
        ("request_body", record.request_body, 100 * KIB),
        ("response_body", record.response_body, 100 * KIB),
    ];
    for (field, value, cap) in sized {
        let bytes = value.map_or(0, |value| size(value.get(), cap));
        if bytes > cap {
            let rule = format!("{bytes} bytes; at most {cap}");
            return Err(Rejection::new(field, rule));
        }
    }
    Ok(())
}

/// Bytes of a value: of a string what it says, not how it is escaped; else its JSON text. Unescapes
/// only where that can matter.
fn size(json: &str, cap: usize) -> usize {
    if !json.starts_with('"') {
        return json.len();
    }
    let quoted = json.len() - 2;
    if quoted <= cap {
        return quoted;
    }
    serde_json::from_str::<Text<'_>>(json).map_or(quoted, |text| text.0.len())
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

/// Checks that every lookup field can be looked up.
pub(super) fn check_fields(fields: &Fields<'_>) -> Result<(), Rejection> {
    if fields.resources.len() > RESOURCES {
        let rule = format!("{} entries; at most {RESOURCES}", fields.resources.len());
        return Err(Rejection::new("resources", rule));
    }
    let single = [
        ("eventName", Some(&fields.name)),
        ("eventSource", fields.source.as_ref()),
        ("userName", fields.username.as_ref()),
        ("accessKeyId", fields.access_key_id.as_ref()),
        ("project", fields.project.as_ref()),
        ("awsRegion", fields.region.as_ref()),
        ("sourceIPAddress", fields.source_ip.as_ref()),
        ("errorCode", fields.error_code.as_ref()),
        ("eventType", fields.event_type.as_ref()),
    ];
    let resources = fields.resources.iter().flat_map(|one| {
        [
            ("resources.ARN", one.name.as_ref()),
            ("resources.type", one.kind.as_ref()),
        ]
    });
    let mut total = 0;
    for (field, value) in single.into_iter().chain(resources) {
        total += value.map_or(0, |value| value.len());
        check_value(field, value)?;
    }
    let code = fields.error_code.as_ref().map_or(0, |code| code.len());
    if code > KIB {
        let rule = format!("{code} bytes; at most {KIB}");
        return Err(Rejection::new("errorCode", rule));
    }
    if total > FIELD_BYTES {
        let rule = format!("the lookup fields are {total} bytes; at most {FIELD_BYTES}");
        return Err(Rejection::new("record", rule));
    }
    Ok(())
}

fn check_value(field: &str, value: Option<&Cow<'_, str>>) -> Result<(), Rejection> {
    let Some(value) = value else { return Ok(()) };
    // Bytes first: counting characters is only worth it when they could be too many.
    if value.len() > MAX_VALUE_CHARS && value.chars().count() > MAX_VALUE_CHARS {
        let rule = format!("longer than the {MAX_VALUE_CHARS} characters one can look up");
        return Err(Rejection::new(field, rule));
    }
    Ok(())
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
