//! An event's JSON: the fields that a rule needs, or all of it.

use activity_log_filter::json::{Piece, pieces};
use serde_json::{Map, Value};

/// The fields of one event that were asked for.
#[derive(Debug)]
pub struct Event(Value);

impl Event {
    /// All fields.
    pub fn whole(text: &str) -> Result<Self, String> {
        Self::read(text, |_| true)
    }

    /// Of the top-level fields only these, in the order of their names.
    pub fn fields(text: &str, names: &[String]) -> Result<Self, String> {
        Self::read(text, |name| {
            names
                .binary_search_by(|known| known.as_str().cmp(name))
                .is_ok()
        })
    }

    fn read(text: &str, is_wanted: impl Fn(&str) -> bool) -> Result<Self, String> {
        let mut pieces = pieces(text).filter(|piece| !matches!(piece, Piece::Space(_)));
        let fields = match pieces.next() {
            Some(Piece::Open("{")) => object(&mut pieces, is_wanted),
            _ => None,
        };
        let fields = fields.ok_or("the event is no JSON object")?;
        Ok(Self(Value::Object(fields)))
    }

    /// The scalars that a path leads to, and whether it leads anywhere: through lists to each of their entries.
    pub fn find(&self, path: &[String]) -> (Vec<String>, bool) {
        let (mut found, mut exists) = (vec![], false);
        walk(&self.0, path, &mut found, &mut exists);
        (found, exists)
    }

    /// Every scalar there is.
    pub fn scalars(&self) -> Vec<String> {
        let mut found = vec![];
        all(&self.0, &mut found);
        found
    }
}

fn walk(value: &Value, path: &[String], found: &mut Vec<String>, exists: &mut bool) {
    match (value, path.split_first()) {
        (Value::Array(entries), _) => {
            *exists |= path.is_empty();
            for entry in entries {
                walk(entry, path, found, exists);
            }
        }
        (Value::Object(fields), Some((name, rest))) => {
            if let Some(value) = fields.get(name) {
                walk(value, rest, found, exists);
            }
        }
        (_, Some(_)) => {}
        (value, None) => {
            *exists = true;
            found.extend(text(value));
        }
    }
}

/// A scalar's text; an object's is its JSON.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        value => Some(value.to_string()),
    }
}

fn all(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Array(entries) => entries.iter().for_each(|entry| all(entry, found)),
        Value::Object(fields) => fields.values().for_each(|field| all(field, found)),
        value => found.extend(text(value)),
    }
}

/// Reads an object that is open, and skips all fields but those that are wanted. By pieces: whoever makes a call writes
/// much of its event, and must not be able to hide from a rule, or to stop a report, by what a parser does not take. A
/// name that stands twice has both values, as a list has its entries; half of a surrogate pair is U+FFFD; a number that
/// no float holds is its digits.
fn object<'t>(
    pieces: &mut impl Iterator<Item = Piece<'t>>,
    is_wanted: impl Fn(&str) -> bool,
) -> Option<Map<String, Value>> {
    let mut fields = Map::new();
    loop {
        let name = match pieces.next()? {
            Piece::Close(_) => return Some(fields),
            Piece::Comma(_) => continue,
            piece => piece.text()?,
        };
        let (_, first) = (pieces.next()?, pieces.next()?);
        if !is_wanted(&name) {
            skip(first, pieces)?;
            continue;
        }
        let value = value(first, pieces)?;
        let both = match fields.remove(&*name) {
            Some(earlier) => Value::Array(vec![earlier, value]),
            None => value,
        };
        fields.insert(name.into_owned(), both);
    }
}

/// The value that begins with this piece. Events nest at most 64 deep.
fn value<'t>(first: Piece<'t>, pieces: &mut impl Iterator<Item = Piece<'t>>) -> Option<Value> {
    Some(match first {
        Piece::Open("{") => Value::Object(object_of(pieces)?),
        Piece::Open(_) => Value::Array(array(pieces)?),
        Piece::Scalar(text) => {
            serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
        }
        string => Value::String(string.text()?.into_owned()),
    })
}

/// All fields of an object. Behind a pointer: types that hold themselves have no end.
fn object_of<'t>(pieces: &mut impl Iterator<Item = Piece<'t>>) -> Option<Map<String, Value>> {
    let all: &dyn Fn(&str) -> bool = &|_| true;
    object(pieces, all)
}

fn array<'t>(pieces: &mut impl Iterator<Item = Piece<'t>>) -> Option<Vec<Value>> {
    let mut entries = vec![];
    loop {
        match pieces.next()? {
            Piece::Close(_) => return Some(entries),
            Piece::Comma(_) => {}
            first => entries.push(value(first, pieces)?),
        }
    }
}

fn skip<'t>(first: Piece<'t>, pieces: &mut impl Iterator<Item = Piece<'t>>) -> Option<()> {
    let mut depth = usize::from(matches!(first, Piece::Open(_)));
    while depth > 0 {
        match pieces.next()? {
            Piece::Open(_) => depth += 1,
            Piece::Close(_) => depth -= 1,
            _ => {}
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str, path: &str) -> Vec<String> {
        let path: Vec<String> = path.split('.').map(str::to_owned).collect();
        let needed = [path[0].clone()];
        let fields = Event::fields(text, &needed).unwrap().find(&path);
        assert_eq!(Event::whole(text).unwrap().find(&path), fields);
        fields.0
    }

    #[test]
    fn nothing_that_is_json_hides_a_field() {
        for (text, expected) in [
            (r#"{"x" : {"y":[{}]}, "a": {"b":"c"}}"#, &["c"][..]),
            (r#"{"a":{"b":"c","b":"d"}}"#, &["c", "d"]),
            (r#"{"a":{"b":"c"},"a":1}"#, &["c"]),
            (
                r#"{"n":1e999,"s":"\ud800","a":{"b":[1e999,"\ud800",1.10]}}"#,
                &["1e999", "\u{fffd}", "1.1"],
            ),
            (r#"{"a":{"b":null}}"#, &[]),
            (r#"{"\u0061":{"b":"c"}}"#, &["c"]),
        ] {
            assert_eq!(said(text, "a.b"), expected, "{text}");
        }
        assert!(Event::whole("[1]").is_err());
        assert!(Event::whole("{\"a\":1").is_err());
    }
}
