//! Takes the chosen fields out of a record's text.
//!
//! One pass over the record: what is not chosen is skipped, what is chosen is borrowed where it stands. Below
//! a chosen object (`userIdentity.userName`) its text is read again, and no more than that. Keys are compared
//! as bytes and skipped values are not decoded, so that a record with half of a surrogate pair somewhere, which
//! is JSON and was stored, is not a report's end.

use std::cmp::Ordering;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::cell::Cell;
use super::column::Column;

/// A record that cannot be read: stored ones can.
#[derive(Debug, thiserror::Error)]
#[error("the record is not a JSON object")]
pub struct RecordError(#[source] serde_json::Error);

/// The chosen fields as a tree, by the length of the name and the name: most keys of a record are none of them, and
/// their length tells.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fields(Vec<Field>);

#[derive(Clone, Debug)]
struct Field {
    name: String,
    /// the column this very field is
    column: Option<usize>,
    below: Fields,
}

impl Fields {
    pub(crate) fn of(columns: &[Column]) -> Self {
        let mut root = Self::default();
        for (at, column) in columns.iter().enumerate() {
            root.insert(column.path(), at);
        }
        root
    }

    fn insert(&mut self, path: &[String], column: usize) {
        let Some((name, rest)) = path.split_first() else {
            return;
        };
        let at = self
            .0
            .binary_search_by(|field| by_length(&field.name, name.as_bytes()))
            .unwrap_or_else(|at| {
                let field = Field {
                    name: name.clone(),
                    column: None,
                    below: Self::default(),
                };
                self.0.insert(at, field);
                at
            });
        if rest.is_empty() {
            self.0[at].column = Some(column);
        } else {
            self.0[at].below.insert(rest, column);
        }
    }

    fn find(&self, name: &[u8]) -> Option<&Field> {
        self.0
            .binary_search_by(|field| by_length(&field.name, name))
            .ok()
            .map(|at| &self.0[at])
    }

    /// Fills the cells of the fields that the object has.
    pub(crate) fn fill<'a>(
        &self,
        object: &'a str,
        cells: &mut [Cell<'a>],
    ) -> Result<(), RecordError> {
        self.read(object, cells).map_err(RecordError)
    }

    fn read<'a>(&self, object: &'a str, cells: &mut [Cell<'a>]) -> serde_json::Result<()> {
        let mut json = serde_json::Deserializer::from_str(object);
        let fields = self;
        json.deserialize_map(Object { fields, cells })?;
        json.end()
    }

    fn clear(&self, cells: &mut [Cell<'_>]) {
        for field in &self.0 {
            if let Some(column) = field.column {
                cells[column] = Cell::Absent;
            }
            field.below.clear(cells);
        }
    }
}

fn by_length(known: &str, name: &[u8]) -> Ordering {
    let lengths = known.len().cmp(&name.len());
    lengths.then_with(|| known.as_bytes().cmp(name))
}

impl Field {
    fn fill<'a>(&self, json: &'a str, cells: &mut [Cell<'a>]) -> serde_json::Result<()> {
        if let Some(column) = self.column {
            cells[column] = Cell::from_json(json);
        }
        if self.below.0.is_empty() {
            return Ok(());
        }
        // Of a key that stands twice the last counts, as for Python and JavaScript.
        self.below.clear(cells);
        if json.starts_with('{') {
            self.below.read(json, cells)?;
        }
        Ok(())
    }
}

/// Reads one object's fields into cells.
struct Object<'f, 'c, 'de> {
    fields: &'f Fields,
    cells: &'c mut [Cell<'de>],
}

impl<'de> Visitor<'de> for Object<'_, '_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(field) = map.next_key_seed(Key(self.fields))? {
            if let Some(field) = field {
                let value: &'de RawValue = map.next_value()?;
                field
                    .fill(value.get(), self.cells)
                    .map_err(A::Error::custom)?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

/// Finds a key among the chosen fields.
struct Key<'f>(&'f Fields);

impl<'de, 'f> DeserializeSeed<'de> for Key<'f> {
    type Value = Option<&'f Field>;

    fn deserialize<D: Deserializer<'de>>(self, key: D) -> Result<Self::Value, D::Error> {
        key.deserialize_bytes(self)
    }
}

impl<'f> Visitor<'_> for Key<'f> {
    type Value = Option<&'f Field>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_bytes<E>(self, name: &[u8]) -> Result<Self::Value, E> {
        Ok(self.0.find(name))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;
    use crate::fields::Columns;

    fn project<'a>(paths: &[&str], record: &'a str) -> Vec<Cell<'a>> {
        Columns::parse(paths).unwrap().project(record).unwrap()
    }

    #[test]
    fn fields_are_found_at_every_depth() {
        let record = r#" {"a":{"b":{"c":"deep"},"n":1}, "t" : "text","d.o\\t":true,"l":[{"x":1}],"z":null} "#;
        let paths = [
            "a.b.c", "a.b", "a", "t", r"d\.o\\t", "l", "z", "a.n.x", "l.x", "q",
        ];
        let cells = project(&paths, record);
        let expected = [
            Cell::Text("deep".into()),
            Cell::Json(r#"{"c":"deep"}"#.into()),
            Cell::Json(r#"{"b":{"c":"deep"},"n":1}"#.into()),
            Cell::Text("text".into()),
            Cell::Boolean(true),
            Cell::Json(r#"[{"x":1}]"#.into()),
            Cell::Null,
            Cell::Absent,
            Cell::Absent,
            Cell::Absent,
        ];
        assert_eq!(cells, expected);
    }

    #[test]
    fn of_a_key_that_stands_twice_the_last_counts() {
        let record = r#"{"a":{"b":1},"c":1,"a":{"d":2},"c":2}"#;
        let cells = project(&["a.b", "a.d", "c"], record);
        assert_eq!(cells, [Cell::Absent, Cell::Integer(2), Cell::Integer(2)]);
        let gone = project(&["a.b"], r#"{"a":{"b":1},"a":null}"#);
        assert_eq!(gone, [Cell::Absent]);
    }

    #[test]
    fn odd_but_valid_records_are_read() {
        let record = r#"{"\ud800":1,"s":"\udfff","a":{"\ud800":"\ud800","b":1},"n":1e999,"\u0065":"escaped key"}"#;
        let cells = project(&["a.b", "n.x", "s.x", "e", "s"], record);
        let expected = [
            Cell::Integer(1),
            Cell::Absent,
            Cell::Absent,
            Cell::Text("escaped key".into()),
            Cell::Json(r#""\udfff""#.into()),
        ];
        assert_eq!(cells, expected);
    }

    #[test]
    fn deep_records_are_skipped() {
        let deep = format!(
            "{{\"d\":{}1{},\"a\":2}}",
            "[".repeat(50_000),
            "]".repeat(50_000)
        );
        assert_eq!(project(&["a"], &deep), [Cell::Integer(2)]);
    }

    #[test]
    fn what_is_no_object_is_an_error() {
        let columns = Columns::parse(["a"]).unwrap();
        for record in ["", "[]", "1", "{\"a\":1", "{\"a\":1} x"] {
            assert!(columns.project(record).is_err(), "{record}");
        }
    }

    fn json() -> impl Strategy<Value = Value> {
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

    proptest! {
        #[test]
        fn as_a_tree_would_have_it(
            fields in prop::collection::hash_map("[abc]", json(), 0..4),
            paths in prop::collection::hash_set("[abc](\\.[abc]){0,3}", 1..8),
        ) {
            let tree = Value::Object(fields.into_iter().collect());
            let record = tree.to_string();
            let columns = Columns::parse(&paths).unwrap();
            let cells = columns.project(&record).unwrap();
            for (path, cell) in paths.iter().zip(&cells) {
                let found = path.split('.').try_fold(&tree, |value, name| {
                    value.as_object().and_then(|object| object.get(name))
                });
                let text = found.map(Value::to_string);
                let expected = text.as_deref().map_or(Cell::Absent, Cell::from_json);
                prop_assert_eq!(cell, &expected);
            }
        }
    }
}
