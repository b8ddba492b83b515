//! Changes fields of a record's text and leaves every other byte as it came.
//!
//! An edit of `None` leaves its field alone. A field that is replaced is replaced wherever it stands: of a key that stands twice every occurrence, at every
//! level of the path, for some reader may look at the other one. A value of [`Edit::Remove`] takes the member out.
//! A field that the record has not got is put at the end of its object, which is made where it is missing or
//! `null`; where something else stands in its place (a text, an array), no object can be and nothing is put.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// What becomes of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// it is taken out
    Remove,
    /// it is this JSON text
    Set(String),
    /// it is this JSON text where there is such a field
    SetIfThere(String),
}

/// A record's text is not what is stored.
#[derive(Debug, thiserror::Error)]
#[error("the record is not a JSON object")]
pub struct EditError(#[source] serde_json::Error);

/// The fields to change, as a tree, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Paths(Vec<Node>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Node {
    name: String,
    /// the edit of this very field
    edit: Option<usize>,
    below: Paths,
}

impl Paths {
    /// Adds the path whose edit has this number. Of one path twice, the first edit counts.
    pub fn insert(&mut self, path: &[String], edit: usize) {
        let Some((name, rest)) = path.split_first() else {
            return;
        };
        let at = self.0.iter().position(|node| node.name == *name);
        let at = at.unwrap_or_else(|| {
            self.0.push(Node {
                name: name.clone(),
                edit: None,
                below: Self::default(),
            });
            self.0.len() - 1
        });
        if rest.is_empty() {
            self.0[at].edit.get_or_insert(edit);
        } else {
            self.0[at].below.insert(rest, edit);
        }
    }

    /// The record with the edits done.
    pub fn apply(&self, record: &str, edits: &[Option<Edit>]) -> Result<String, EditError> {
        self.object(record.trim(), edits).map_err(EditError)
    }

    fn object(&self, object: &str, edits: &[Option<Edit>]) -> serde_json::Result<String> {
        let members = Members::read(object, self)?;
        let mut text = String::with_capacity(object.len() + 64);
        text.push('{');
        let mut found = vec![false; self.0.len()];
        // Behind the value before: a comma, the key and a colon stand between two values.
        let (mut end, mut count) = (1, 0);
        for (node, value) in members.0 {
            let start = value.as_ptr() as usize - object.as_ptr() as usize;
            let (between, is_first) = (&object[end..start], end == 1);
            end = start + value.len();
            let new = match node {
                None => Some(Cow::Borrowed(value)),
                Some(at) => {
                    found[at] = true;
                    self.0[at].value(value, edits)?
                }
            };
            if let Some(new) = new {
                // Where members in front are gone, so is the comma.
                let is_first_now = count == 0 && !is_first;
                text.push_str(if is_first_now {
                    between.trim_start().trim_start_matches(',')
                } else {
                    between
                });
                text.push_str(&new);
                count += 1;
            }
        }
        let missing = self.0.iter().zip(found).filter(|(_, found)| !found);
        for (node, _) in missing {
            if let Some(new) = node.made(edits)? {
                if count > 0 {
                    text.push(',');
                }
                text.push_str(&quoted(&node.name));
                text.push(':');
                text.push_str(&new);
                count += 1;
            }
        }
        text.push_str(&object[end..]);
        Ok(text)
    }
}

impl Node {
    /// The value that stands where `value` stood; `None`: no member.
    fn value<'v>(
        &self,
        value: &'v str,
        edits: &[Option<Edit>],
    ) -> serde_json::Result<Option<Cow<'v, str>>> {
        let value: Cow<'v, str> = match self.edit.and_then(|edit| edits.get(edit)?.as_ref()) {
            Some(Edit::Remove) => return Ok(None),
            Some(Edit::Set(new) | Edit::SetIfThere(new)) => Cow::Owned(new.clone()),
            None => Cow::Borrowed(value),
        };
        if self.below.0.is_empty() {
            return Ok(Some(value));
        }
        let below = match value.trim().as_bytes().first() {
            Some(b'{') => Some(self.below.object(value.trim(), edits)?),
            Some(b'n') => self.below.made(edits)?,
            _ => None,
        };
        Ok(Some(below.map_or(value, Cow::Owned)))
    }

    /// The value where there was no such member.
    fn made(&self, edits: &[Option<Edit>]) -> serde_json::Result<Option<String>> {
        match self.edit.and_then(|edit| edits.get(edit)?.as_ref()) {
            Some(Edit::Set(new)) => Ok(self.value(new, edits)?.map(Cow::into_owned)),
            Some(Edit::Remove | Edit::SetIfThere(_)) => Ok(None),
            None => self.below.made(edits),
        }
    }
}

impl Paths {
    /// An object of what is set in it; `None` if nothing is.
    fn made(&self, edits: &[Option<Edit>]) -> serde_json::Result<Option<String>> {
        let made = self.object("{}", edits)?;
        Ok((made != "{}").then_some(made))
    }
}

/// A text as JSON has it.
pub fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// An object's members in their order: which node each is, and its value.
struct Members<'a>(Vec<(Option<usize>, &'a str)>);

impl<'a> Members<'a> {
    fn read(object: &'a str, paths: &Paths) -> serde_json::Result<Self> {
        let mut json = serde_json::Deserializer::from_str(object);
        let members = json.deserialize_map(Object(paths))?;
        json.end()?;
        Ok(Self(members))
    }
}

struct Object<'p>(&'p Paths);

impl<'de> Visitor<'de> for Object<'_> {
    type Value = Vec<(Option<usize>, &'de str)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = vec![];
        while let Some(node) = map.next_key_seed(Key(self.0))? {
            let value: &'de RawValue = map.next_value()?;
            members.push((node, value.get()));
        }
        Ok(members)
    }
}

/// Finds a key among the nodes. As bytes, for a key may be no Unicode (half of a surrogate pair).
struct Key<'p>(&'p Paths);

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, key: D) -> Result<Self::Value, D::Error> {
        key.deserialize_bytes(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_bytes<E>(self, name: &[u8]) -> Result<Self::Value, E> {
        let mut nodes = self.0.0.iter();
        Ok(nodes.position(|node| node.name.as_bytes() == name))
    }
}

#[cfg(test)]
mod tests;
