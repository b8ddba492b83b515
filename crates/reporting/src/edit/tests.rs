use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;

fn path(text: &str) -> Vec<String> {
    text.split('.').map(str::to_owned).collect()
}

fn apply(record: &str, edits: &[(&str, Edit)]) -> String {
    let mut paths = Paths::default();
    for (at, (name, _)) in edits.iter().enumerate() {
        paths.insert(&path(name), at);
    }
    let edits: Vec<_> = edits.iter().map(|(_, edit)| Some(edit.clone())).collect();
    paths.apply(record, &edits).unwrap()
}

fn set(json: &str) -> Edit {
    Edit::Set(json.to_owned())
}

#[test]
fn every_other_byte_stays() {
    let record = r#"{ "a" : 1.10 , "b":{"c" : "\u00e9", "d":[ 1 ]},"e":null }"#;
    let expected = [
        (
            "a",
            set("2"),
            r#"{ "a" : 2 , "b":{"c" : "\u00e9", "d":[ 1 ]},"e":null }"#,
        ),
        (
            "b.c",
            set("\"x\""),
            r#"{ "a" : 1.10 , "b":{"c" : "x", "d":[ 1 ]},"e":null }"#,
        ),
        (
            "b.c",
            Edit::Remove,
            r#"{ "a" : 1.10 , "b":{ "d":[ 1 ]},"e":null }"#,
        ),
        (
            "b.d",
            Edit::Remove,
            r#"{ "a" : 1.10 , "b":{"c" : "\u00e9"},"e":null }"#,
        ),
        (
            "a",
            Edit::Remove,
            r#"{ "b":{"c" : "\u00e9", "d":[ 1 ]},"e":null }"#,
        ),
        (
            "q.r",
            set("1"),
            r#"{ "a" : 1.10 , "b":{"c" : "\u00e9", "d":[ 1 ]},"e":null,"q":{"r":1} }"#,
        ),
        (
            "e.r",
            set("1"),
            r#"{ "a" : 1.10 , "b":{"c" : "\u00e9", "d":[ 1 ]},"e":{"r":1} }"#,
        ),
        (
            "e",
            Edit::SetIfThere("1".to_owned()),
            r#"{ "a" : 1.10 , "b":{"c" : "\u00e9", "d":[ 1 ]},"e":1 }"#,
        ),
    ];
    for (path, edit, text) in expected {
        assert_eq!(
            apply(record, &[(path, edit.clone())]),
            text,
            "{path} {edit:?}"
        );
    }
    for (path, edit) in [
        ("q", Edit::Remove),
        ("q.r", Edit::Remove),
        ("e.r", Edit::Remove),
        ("a.x", set("1")),
        ("b.d.x", set("1")),
        ("q", Edit::SetIfThere("1".to_owned())),
    ] {
        let same = apply(record, &[(path, edit)]);
        assert_eq!(same, record, "{path}");
    }
}

#[test]
fn a_key_that_stands_twice_is_changed_twice() {
    let record = r#"{"a":{"b":"s1","\u0062":"s2"},"\u0061":{"b":"s3"},"a":["s4"],"a":{}}"#;
    let text = apply(record, &[("a.b", set("0"))]);
    assert_eq!(
        text,
        r#"{"a":{"b":0,"\u0062":0},"\u0061":{"b":0},"a":["s4"],"a":{"b":0}}"#
    );
    let gone = apply(record, &[("a.b", Edit::Remove)]);
    assert_eq!(gone, r#"{"a":{},"\u0061":{},"a":["s4"],"a":{}}"#);
}

#[test]
fn a_field_below_one_that_is_set_is_changed_in_what_is_set() {
    let edits = [("a", set(r#"{"b":"secret","c":1}"#)), ("a.b", set("0"))];
    assert_eq!(apply(r#"{"a":null}"#, &edits), r#"{"a":{"b":0,"c":1}}"#);
    assert_eq!(apply("{}", &edits), r#"{"a":{"b":0,"c":1}}"#);
}

#[test]
fn what_is_no_object_is_an_error() {
    let mut paths = Paths::default();
    paths.insert(&path("a"), 0);
    for record in ["", "[]", "1", "{\"a\":1", "{\"a\":1} x"] {
        assert!(paths.apply(record, &[None]).is_err(), "{record}");
    }
}

/// The same on a tree.
fn edit_tree(object: &mut Map<String, Value>, path: &[String], edit: &Edit) {
    let (name, rest) = path.split_first().unwrap();
    if rest.is_empty() {
        match edit {
            Edit::Remove => drop(object.remove(name)),
            Edit::SetIfThere(_) if !object.contains_key(name) => {}
            Edit::Set(json) | Edit::SetIfThere(json) => {
                object.insert(name.clone(), serde_json::from_str(json).unwrap());
            }
        }
        return;
    }
    match object.get_mut(name) {
        Some(Value::Object(below)) => edit_tree(below, rest, edit),
        None | Some(Value::Null) => {
            let mut below = Map::new();
            edit_tree(&mut below, rest, edit);
            if !below.is_empty() {
                object.insert(name.clone(), below.into());
            }
        }
        Some(_) => {}
    }
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map("[abc]", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        Just(Edit::Remove),
        value().prop_map(|value| Edit::Set(value.to_string())),
    ]
}

proptest! {
    #[test]
    fn as_a_tree_would_have_it(
        fields in prop::collection::hash_map("[abc]", value(), 0..4),
        edits in prop::collection::btree_map("[abc](\\.[abc]){0,3}", edit(), 1..5),
        pretty in any::<bool>(),
    ) {
        let mut tree: Map<String, Value> = fields.into_iter().collect();
        let record = if pretty {
            serde_json::to_string_pretty(&tree).unwrap()
        } else {
            json!(tree).to_string()
        };
        let list: Vec<(&str, Edit)> = edits.iter().map(|(path, edit)| (path.as_str(), edit.clone())).collect();
        let text = apply(&record, &list);
        // A map's paths are in order: what is above comes first. Below what is taken out nothing is put.
        for (name, edit) in &list {
            let is_below = |(other, edit): &(&str, Edit)| {
                *edit == Edit::Remove && name.starts_with(&format!("{other}."))
            };
            if !list.iter().any(is_below) {
                edit_tree(&mut tree, &path(name), edit);
            }
        }
        let after: Value = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(after, Value::Object(tree));
    }

    #[test]
    fn where_it_is_there_it_is_set(
        fields in prop::collection::hash_map("[abc]", value(), 0..4),
        place in "[abc]",
        new in value(),
    ) {
        let mut tree: Map<String, Value> = fields.into_iter().collect();
        let edit = Edit::SetIfThere(new.to_string());
        let text = apply(&json!(tree).to_string(), &[(&place, edit.clone())]);
        edit_tree(&mut tree, &path(&place), &edit);
        let after: Value = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(after, Value::Object(tree));
    }

    #[test]
    fn what_is_replaced_is_nowhere_any_more(
        fields in prop::collection::hash_map("[abc]", value(), 0..4),
        place in "[abc](\\.[abc]){0,3}",
        remove in any::<bool>(),
    ) {
        let secret = json!("S3CR3T");
        let mut tree: Map<String, Value> = fields.into_iter().collect();
        edit_tree(&mut tree, &path(&place), &Edit::Set(secret.to_string()));
        let edit = if remove { Edit::Remove } else { Edit::Set("null".to_owned()) };
        let text = apply(&json!(tree).to_string(), &[(&place, edit)]);
        prop_assert!(!text.contains("S3CR3T"), "{text}");
    }
}
