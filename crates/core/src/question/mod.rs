//! Questions as people write them: `EventName=StopInstances,TerminateInstances`, `ErrorCode!=`,
//! `requestParameters.bucketName^=prod-`. One parser for the terminal, the API and whatever comes after.
//!
//! A text is `NAME OP VALUE`, with spaces around `OP` where one likes.
//!
//! | `OP` | holds if the value |
//! |---|---|
//! | `=` | is this, or one of these with commas between them; `NAME=` alone: is not there, or empty |
//! | `!=` | is none of these; `NAME!=` alone: is there, and not empty |
//! | `^=`, `!^=` | begins with this, or does not |
//! | `*=`, `!*=` | contains this, or does not |
//! | `~=`, `!~=`, `^~=`, `!^~=`, `*~=`, `!*~=` | the same, whatever letters are capital |
//! | `in (A, B)`, `not in (A, B)` | as `=` and `!=` |
//!
//! In a value, `\,` is a comma, `\\` a backslash, and a backslash keeps a space at the start or the end. What is negated holds
//! also where there is no value.
//!
//! A name is an [attribute](crate::query::Attribute) in any case, a short name ([`names`]), or a path in the record. A name
//! that begins with a dot is always a path: `.userName`.

mod display;
pub mod names;
mod parse;
mod text;

#[cfg(test)]
mod tests;

use std::str::FromStr;

use crate::query::Filter;
use crate::reports::Condition;

/// Longest text of one clause, in bytes: a list of [`MAX_VALUES`](crate::query::MAX_VALUES) long values.
pub const MAX_TEXT_BYTES: usize = 256 * 1024;

/// One thing that is asked of an event; all that are asked must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Clause {
    /// of an attribute: columns and indexes tell
    Attribute(Filter),
    /// of a field of the record: only the record tells
    Field(Condition),
}

/// A text is no clause.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}, column {column}: {expected}", crate::quoted::quoted(.text))]
pub struct QuestionError {
    /// what was written
    pub text: String,
    /// where it stops making sense: which of its characters, from 1
    pub column: usize,
    /// what was expected there
    pub expected: String,
}

impl FromStr for Clause {
    type Err = QuestionError;

    fn from_str(text: &str) -> Result<Self, QuestionError> {
        parse::clause(text)
    }
}

/// Filters and conditions apart, each in its order.
pub fn apart(clauses: impl IntoIterator<Item = Clause>) -> (Vec<Filter>, Vec<Condition>) {
    let (mut filters, mut conditions) = (Vec::new(), Vec::new());
    for clause in clauses {
        match clause {
            Clause::Attribute(filter) => filters.push(filter),
            Clause::Field(condition) => conditions.push(condition),
        }
    }
    (filters, conditions)
}

/// All of them as they are written.
pub fn written(filters: &[Filter], conditions: &[Condition]) -> Vec<String> {
    let filters = filters.iter().cloned().map(Clause::Attribute);
    let conditions = conditions.iter().cloned().map(Clause::Field);
    let clauses = filters.chain(conditions);
    clauses.map(|clause| clause.to_string()).collect()
}
