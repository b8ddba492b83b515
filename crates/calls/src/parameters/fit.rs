//! Makes an object fit into a record's field.

use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::text::json;

/// Members of at most so many bytes stay: ids and names tell more than they take.
const SMALL_BYTES: usize = 256;

/// The object's JSON text in at most `max` bytes: the largest members are left out until it fits, each with its size
/// in its place. An object that is too large for its many small members says only that.
pub(crate) fn fitted(mut members: Map<String, Value>, max: usize) -> Option<Box<RawValue>> {
    let mut text = json(&members);
    if text.len() > max {
        leave_out(&mut members, text.len(), max);
        text = json(&members);
    }
    if text.len() > max {
        text = format!("{{\"omitted\":\"more than {max} bytes\"}}");
    }
    RawValue::from_string(text).ok()
}

fn leave_out(members: &mut Map<String, Value>, mut bytes: usize, max: usize) {
    let sizes = members.values_mut().map(|value| (json(value).len(), value));
    let mut large: Vec<(usize, &mut Value)> = sizes.filter(|one| one.0 > SMALL_BYTES).collect();
    large.sort_unstable_by_key(|one| std::cmp::Reverse(one.0));
    for (size, value) in large {
        if bytes <= max {
            return;
        }
        *value = format!("omitted: {size} bytes").into();
        bytes = bytes - size + json(value).len();
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fits(value: Value, max: usize) -> String {
        let Value::Object(members) = value else {
            panic!("{value} is no object");
        };
        let text = fitted(members, max).unwrap().get().to_owned();
        assert!(text.len() <= max, "{} > {max}", text.len());
        text
    }

    #[test]
    fn what_fits_is_kept_to_the_byte() {
        let value = json!({"a": "x".repeat(992)});
        assert_eq!(fits(value.clone(), 1_000), value.to_string());
        assert_eq!(fits(value, 999), r#"{"a":"omitted: 994 bytes"}"#);
    }

    #[test]
    fn the_largest_are_left_out_and_small_ones_stay() {
        let value =
            json!({"a": "x".repeat(600), "b": ["y".repeat(800)], "c": "z".repeat(500), "id": 7});
        assert_eq!(
            fits(value.clone(), 1_300),
            format!(
                r#"{{"a":"{}","b":"omitted: 804 bytes","c":"{}","id":7}}"#,
                "x".repeat(600),
                "z".repeat(500)
            )
        );
        assert!(fits(value, 300).ends_with(r#","c":"omitted: 502 bytes","id":7}"#));
    }

    #[test]
    fn many_small_members_are_left_out_together() {
        let many: Map<_, _> = (0..100).map(|n| (n.to_string(), json!("x"))).collect();
        let told = r#"{"omitted":"more than 300 bytes"}"#;
        assert_eq!(fits(many.into(), 300), told);
        assert_eq!(fits(json!({"n".repeat(301): 1}), 300), told);
    }

    #[test]
    fn what_sqs_refuses_counts_as_it_is_escaped() {
        let text = fits(json!({"a": "\u{fffe}".repeat(100)}), 620);
        assert_eq!(text, format!(r#"{{"a":"{}"}}"#, "\\ufffe".repeat(100)));
        assert_eq!(
            fits(json!({"a": "\u{fffe}".repeat(103)}), 620),
            r#"{"a":"omitted: 620 bytes"}"#
        );
    }
}
