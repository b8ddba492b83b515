//! Goes through a JSON value and gives its texts and numbers, with the member each stands under.
//!
//! Nothing is built and nothing is unescaped: this is on every event's way in. What is given was read as JSON before; of what
//! is none, something is given and nothing breaks.

use super::known::{self, Member};
use crate::event::limits::DEPTH;

/// A value as it stands in the JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value<'a> {
    /// with its quotes
    Text(&'a str),
    /// its digits
    Number(&'a str),
}

/// Members that only wrap what the member around them names: `"NatGatewayId":{"tag":1,"content":"nat-1"}`.
const WRAPPING: [&str; 4] = ["content", "items", "item", "member"];

/// Gives every text, and every number that stands under a known member. What stands in an array, or under a wrapping member,
/// stands under the member around that. What is nested deeper than a record may be ends it.
pub(super) fn scan<'a>(json: &'a str, mut each: impl FnMut(Option<Member>, Value<'a>)) {
    let bytes = json.as_bytes();
    // By depth: the member that an array or an object stands under.
    let mut around: [Option<Member>; DEPTH] = [None; DEPTH];
    let (mut depth, mut member, mut at) = (0_usize, None, 0);
    while let Some(byte) = bytes.get(at) {
        let start = at;
        at += 1;
        match byte {
            b'"' => {
                at = end_of_text(bytes, at);
                let Some(text) = json.get(start..at) else {
                    return;
                };
                if is_name(bytes, at) {
                    let name = text.get(1..text.len() - 1).unwrap_or_default();
                    member = if WRAPPING.contains(&name) {
                        depth.checked_sub(1).and_then(|depth| around[depth])
                    } else {
                        known::member(name)
                    };
                } else {
                    each(member, Value::Text(text));
                }
            }
            b'{' | b'[' => {
                let Some(place) = around.get_mut(depth) else {
                    return;
                };
                *place = member;
                depth += 1;
            }
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                member = around[depth];
            }
            b'-' | b'0'..=b'9' if member.is_some() => {
                let is_rest =
                    |byte: &u8| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-');
                let rest = &bytes[at..];
                at += rest
                    .iter()
                    .position(|byte| !is_rest(byte))
                    .unwrap_or(rest.len());
                each(member, Value::Number(&json[start..at]));
            }
            _ => {}
        }
    }
}

/// Where a text ends of which the quote in front is read: behind its other quote.
fn end_of_text(bytes: &[u8], mut at: usize) -> usize {
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    // Not JSON: there is no text here.
    usize::MAX
}

/// Whether a text that ends here is a member's name.
fn is_name(bytes: &[u8], end: usize) -> bool {
    let mut rest = bytes.get(end..).unwrap_or_default().iter();
    rest.find(|byte| !byte.is_ascii_whitespace()) == Some(&b':')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value as Json;

    use super::*;

    fn scanned(json: &str) -> Vec<(bool, Value<'_>)> {
        let mut found = Vec::new();
        scan(json, |member, value| found.push((member.is_some(), value)));
        found
    }

    #[test]
    fn a_value_stands_under_the_member_around_it() {
        let (text, number) = (Value::Text, Value::Number);
        let expected: [(&str, &[(bool, Value<'_>)]); 8] = [
            (
                r#"{"instanceId" : "i-1","x":"y"}"#,
                &[(true, text("\"i-1\"")), (false, text("\"y\""))],
            ),
            (
                r#"{"instanceIds":["a",["b"]],"x":["c"]}"#,
                &[
                    (true, text("\"a\"")),
                    (true, text("\"b\"")),
                    (false, text("\"c\"")),
                ],
            ),
            (
                r#"{"R":{"NatGatewayId":{"tag":1,"content":"n"}}}"#,
                &[(true, text("\"n\""))],
            ),
            (
                r#"{"instanceId":{"x":"a"},"y":"b"}"#,
                &[(false, text("\"a\"")), (false, text("\"b\""))],
            ),
            (
                r#"{"instanceId":[{"x":1},"a", 12.5e+3]}"#,
                &[(true, text("\"a\"")), (true, number("12.5e+3"))],
            ),
            (
                r#"{"volumeId":-7,"x":8,"imageId":null}"#,
                &[(true, number("-7"))],
            ),
            (r#""a\"b""#, &[(false, text(r#""a\"b""#))]),
            (r#"{"content":"a"}"#, &[(false, text("\"a\""))]),
        ];
        for (json, values) in expected {
            assert_eq!(scanned(json), values, "{json}");
        }
    }

    #[test]
    fn what_is_too_deep_or_no_json_breaks_nothing() {
        let nested = |depth: usize| format!("{}\"a\"{}", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(scanned(&nested(DEPTH)).len(), 1);
        assert_eq!(scanned(&nested(DEPTH + 1)).len(), 0);
        for json in [
            "",
            "\"",
            "\"\\",
            "]]\"a\"",
            "{\"instanceId\":",
            "{\"instanceId\":-",
        ] {
            assert!(scanned(json).len() <= 1, "{json}");
        }
    }

    fn json() -> impl Strategy<Value = Json> {
        let leaf = prop_oneof![
            Just(Json::Null),
            any::<bool>().prop_map(Json::from),
            any::<i64>().prop_map(Json::from),
            any::<String>().prop_map(Json::from),
        ];
        leaf.prop_recursive(5, 48, 5, |inner| {
            let name = prop_oneof!["instanceId", "x", "items", ".*"];
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
                prop::collection::vec((name, inner), 0..4)
                    .prop_map(|all| Json::Object(all.into_iter().collect())),
            ]
        })
    }

    /// The same by a tree.
    fn walk(json: &Json, member: bool, found: &mut Vec<(bool, String)>) {
        match json {
            Json::String(text) => found.push((member, Json::from(&**text).to_string())),
            Json::Number(number) if member => found.push((true, number.to_string())),
            Json::Array(all) => all.iter().for_each(|one| walk(one, member, found)),
            Json::Object(all) => {
                for (name, value) in all {
                    let name = Json::from(&**name).to_string();
                    let name = &name[1..name.len() - 1];
                    let inner = if WRAPPING.contains(&name) {
                        member
                    } else {
                        known::member(name).is_some()
                    };
                    walk(value, inner, found);
                }
            }
            _ => {}
        }
    }

    proptest! {
        #[test]
        fn as_a_tree_has_it(tree in json(), pretty in any::<bool>()) {
            let text = if pretty { serde_json::to_string_pretty(&tree).unwrap() } else { tree.to_string() };
            let mut expected = Vec::new();
            walk(&tree, false, &mut expected);
            let found = scanned(&text);
            let found: Vec<_> = found.into_iter().map(|(member, value)| match value {
                Value::Text(text) | Value::Number(text) => (member, text.to_owned()),
            }).collect();
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn any_text_is_gone_through(text in ".*") {
            scanned(&text);
        }
    }
}
