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
