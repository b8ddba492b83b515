//! An event's JSON: the fields that a rule needs, or all of it.

use activity_log_filter::Value as Handed;
use activity_log_filter::json::pieces;

use crate::tree::{Tree, object, parse};

/// JSON in a string in JSON in a string…: as deep as this it is looked into.
const INSIDE: usize = 4;

/// The fields of one event that were asked for.
#[derive(Debug)]
pub struct Event(Tree);

/// What an event says in one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    pub text: String,
    /// a number, not a string of its digits
    pub is_number: bool,
}

impl Said {
    fn text(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            is_number: false,
        }
    }

    fn number(digits: impl Into<String>) -> Self {
        Self {
            text: digits.into(),
            is_number: true,
        }
    }
}

/// What a place of an event says: nothing where it is absent or `null`, several things where it is a list or an object.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Found {
    pub said: Vec<Said>,
    /// it is there, be it `null`
    pub exists: bool,
}

impl Found {
    /// What a column says.
    pub fn of(value: &Handed) -> Self {
        let mut found = Self {
            said: vec![],
            exists: *value != Handed::Absent,
        };
        match value {
            Handed::Absent | Handed::Null => {}
            Handed::Integer(_) | Handed::Float(_) => {
                found.said.push(Said::number(value.to_text()));
            }
            Handed::Json(json) => match parse(json) {
                Some(tree) => walk(&tree, "", &mut found),
                None => found.said.push(Said::text(json)),
            },
            Handed::Boolean(_) | Handed::Text(_) => found.said.push(Said::text(value.to_text())),
        }
        found
    }
}

impl Event {
    /// All fields.
    pub fn whole(text: &str) -> Result<Self, String> {
        Self::read(text, &|_| true)
    }

    /// Of the top-level fields only those through which these paths lead.
    pub fn fields(text: &str, paths: &[String]) -> Result<Self, String> {
        Self::read(text, &|name| {
            paths.iter().any(|path| behind(path, name).is_some())
        })
    }

    fn read(text: &str, is_wanted: &dyn Fn(&str) -> bool) -> Result<Self, String> {
        let fields = object(&mut pieces(text), is_wanted);
        Ok(Self(fields.ok_or("the event is no JSON object")?))
    }

    /// What stands where a path leads: through lists to each of their entries. A name may have dots in it, so that
    /// `tags.example.com` leads to `{"tags":{"example.com":…}}` too.
    pub fn find(&self, path: &str) -> Found {
        let mut found = Found::default();
        walk(&self.0, path, &mut found);
        found
    }

    /// Every scalar there is, also those of JSON in strings.
    pub fn scalars(&self) -> Found {
        let mut found = Found {
            said: vec![],
            exists: true,
        };
        all(&self.0, INSIDE, &mut found.said);
        found
    }
}

/// What is left of a path behind a name: the path is the name, or goes on with a dot.
fn behind<'p>(path: &'p str, name: &str) -> Option<&'p str> {
    let rest = path.strip_prefix(name)?;
    if rest.is_empty() {
        Some(rest)
    } else {
        rest.strip_prefix('.').filter(|rest| !rest.is_empty())
    }
}

fn walk(tree: &Tree, path: &str, found: &mut Found) {
    match tree {
        Tree::List(entries) => {
            found.exists |= path.is_empty();
            for entry in entries {
                walk(entry, path, found);
            }
        }
        Tree::Map(fields) if !path.is_empty() => {
            for (name, tree) in fields {
                if let Some(rest) = behind(path, name) {
                    walk(tree, rest, found);
                }
            }
        }
        _ if !path.is_empty() => {}
        tree => {
            found.exists = true;
            texts(tree, &mut found.said);
        }
    }
}

/// A scalar's text. An object's are its JSON, the same with the JSON of its strings instead of the strings, and those
/// strings.
fn texts(tree: &Tree, said: &mut Vec<Said>) {
    said.extend(scalar(tree));
    if matches!(tree, Tree::Map(_)) {
        said.push(Said::text(tree.to_json()));
        let mut inside = vec![];
        let opened = opened(tree, INSIDE, &mut inside);
        if !inside.is_empty() {
            said.push(Said::text(opened.to_json()));
            said.extend(inside.into_iter().map(Said::text));
        }
    }
}

fn scalar(tree: &Tree) -> Option<Said> {
    match tree {
        Tree::Null | Tree::List(_) | Tree::Map(_) => None,
        Tree::Truth(truth) => Some(Said::text(truth.to_string())),
        Tree::Number(digits) => Some(Said::number(digits)),
        Tree::Text(text) => Some(Said::text(text)),
    }
}

/// The tree with every string that holds an object or a list replaced by that; the strings are added to `inside`.
fn opened(tree: &Tree, depth: usize, inside: &mut Vec<String>) -> Tree {
    match tree {
        Tree::Text(text) if depth > 0 => match inner(text) {
            Some(tree) => {
                inside.push(text.clone());
                opened(&tree, depth - 1, inside)
            }
            None => tree.clone(),
        },
        Tree::List(entries) => Tree::List(
            entries
                .iter()
                .map(|entry| opened(entry, depth, inside))
                .collect(),
        ),
        Tree::Map(fields) => Tree::Map(
            fields
                .iter()
                .map(|(name, field)| (name.clone(), opened(field, depth, inside)))
                .collect(),
        ),
        other => other.clone(),
    }
}

/// The object or list that a string holds.
fn inner(text: &str) -> Option<Tree> {
    text.trim_start()
        .starts_with(['{', '['])
        .then(|| parse(text))?
}

fn all(tree: &Tree, depth: usize, said: &mut Vec<Said>) {
    match tree {
        Tree::List(entries) => entries.iter().for_each(|entry| all(entry, depth, said)),
        Tree::Map(fields) => fields.iter().for_each(|(_, field)| all(field, depth, said)),
        other => {
            said.extend(scalar(other));
            if let Tree::Text(text) = other
                && depth > 0
                && let Some(tree) = inner(text)
            {
                all(&tree, depth - 1, said);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str, path: &str) -> Vec<String> {
        let found = Event::fields(text, &[path.to_owned()]).unwrap().find(path);
        assert_eq!(Event::whole(text).unwrap().find(path), found);
        found.said.into_iter().map(|said| said.text).collect()
    }

    #[test]
    fn nothing_that_is_json_hides_a_field() {
        for (text, expected) in [
            (r#"{"x" : {"y":[{}]}, "a": {"b":"c"}}"#, &["c"][..]),
            (r#"{"a":{"b":"c","b":"d"}}"#, &["c", "d"]),
            (r#"{"a":{"b":"c"},"a":1}"#, &["c"]),
            (
                r#"{"n":1e999,"s":"\ud800","a":{"b":[1e999,"\ud800",1.10]}}"#,
                &["1e999", "\u{fffd}", "1.10"],
            ),
            (r#"{"a":{"b":null}}"#, &[]),
            (r#"{"\u0061":{"b":"c"}}"#, &["c"]),
        ] {
            assert_eq!(said(text, "a.b"), expected, "{text}");
        }
        assert!(Event::whole("[1]").is_err());
        assert!(Event::whole("{\"a\":1").is_err());
    }

    #[test]
    fn names_may_have_dots() {
        let text =
            r#"{"a":{"b.c":"1","b":{"c":"2"},"b.":"3"},"a.b":{"c":"4"},"a.b.c":"5","a.b.cd":"6"}"#;
        assert_eq!(said(text, "a.b.c"), ["1", "2", "4", "5"]);
    }

    #[test]
    fn an_objects_text_has_the_json_of_its_strings() {
        let text = r#"{"a":{"policy":"{\"Effect\": \"Allow\",\"in\":\"[\\\"x\\\"]\"}","n":1.10}}"#;
        let expected = [
            r#"{"policy":"{\"Effect\": \"Allow\",\"in\":\"[\\\"x\\\"]\"}","n":1.10}"#,
            r#"{"policy":{"Effect":"Allow","in":["x"]},"n":1.10}"#,
            r#"{"Effect": "Allow","in":"[\"x\"]"}"#,
            r#"["x"]"#,
        ];
        assert_eq!(said(text, "a"), expected);
        assert_eq!(said(r#"{"a":{"b":"{no"}}"#, "a"), [r#"{"b":"{no"}"#]);
    }
}
