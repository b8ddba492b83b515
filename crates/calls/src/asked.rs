//! What a request asked, as far as its operation understood it.

use serde_json::{Map, Value};

use crate::text::in_chars;
use crate::{Parameters, Resource};

/// Most names of unknown members that are told.
pub const MAX_UNKNOWN: usize = 20;
/// Longest name of an unknown member, in characters.
const MAX_NAME_CHARS: usize = 128;

/// What a request asked. It is made of an operation's input, never of a request's body: so nothing that the operation
/// passes over can stand before what it does.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Asked {
    /// what the operation understood
    pub parameters: Parameters,
    /// what it names
    pub resources: Vec<Resource>,
    /// members that the operation does not know
    pub unknown: UnknownMembers,
    /// the size of a request of which nothing is told: it was not understood, or its caller is not known
    pub unread_bytes: Option<usize>,
}

impl Asked {
    /// Of a request of so many bytes nothing was understood.
    pub fn unread(bytes: usize) -> Self {
        Self {
            unread_bytes: Some(bytes),
            ..Self::default()
        }
    }

    /// What is said of it beside the parameters.
    pub(crate) fn besides(&self, said: &mut Map<String, Value>) {
        if let Some(bytes) = self.unread_bytes.filter(|bytes| *bytes > 0) {
            said.insert("RequestBytes".to_owned(), bytes.into());
        }
        if self.unknown.count > 0 {
            let names = self.unknown.names.clone();
            said.insert("UnknownMembers".to_owned(), names.into());
        }
        if self.unknown.count > MAX_UNKNOWN {
            said.insert("UnknownMemberCount".to_owned(), self.unknown.count.into());
        }
    }
}

/// Names of members that were passed over. Their values are nobody's business: they had no effect.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnknownMembers {
    names: Vec<String>,
    count: usize,
}

impl UnknownMembers {
    /// One more, by its path.
    pub fn add(&mut self, path: &str) {
        self.count += 1;
        if self.names.len() < MAX_UNKNOWN {
            self.names.push(in_chars(path, MAX_NAME_CHARS).into_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn said(asked: &Asked) -> Value {
        let mut said = Map::new();
        asked.besides(&mut said);
        said.into()
    }

    #[test]
    fn unknown_members_are_named_and_no_more_than_so_many() {
        let mut asked = Asked::default();
        assert_eq!(said(&asked), json!({}));
        asked.unknown.add("a.b");
        assert_eq!(said(&asked), json!({"UnknownMembers": ["a.b"]}));
        for _ in 1..100 {
            asked.unknown.add(&"n".repeat(1_000));
        }
        let told = said(&asked);
        assert_eq!(told["UnknownMembers"].as_array().unwrap().len(), 20);
        assert_eq!(told["UnknownMemberCount"], 100);
        let longest = told["UnknownMembers"][1].as_str().unwrap();
        assert_eq!(longest.chars().count(), MAX_NAME_CHARS);
    }

    #[test]
    fn of_what_was_not_read_the_size_is_told() {
        assert_eq!(said(&Asked::unread(7)), json!({"RequestBytes": 7}));
        assert_eq!(said(&Asked::unread(0)), json!({}));
    }
}
