//! What a call asked, without secrets and within bounds.
//!
//! | What | Becomes |
//! |---|---|
//! | a member with a secret's name, at any depth | [`HIDDEN`] |
//! | the `Value` beside a `Name` or `Key` that names a secret | [`HIDDEN`] |
//! | a text that is a signed URL, a credential's header or a private key | [`HIDDEN`] |
//! | an object or array nested deeper than [`MAX_DEPTH`] levels | a text that says so |
//! | a body that is no JSON object, or has over [`MAX_BODY_BYTES`] bytes or [`MAX_VALUES`] values | `{"bodyBytes": N}` |
//! | members because of which the whole is too large for a record | texts that say how large they were |

mod fit;
mod read;
mod secret;

use percent_encoding::percent_decode_str;
use serde::de::DeserializeSeed as _;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

pub(crate) use fit::fitted;
pub use read::{MAX_DEPTH, MAX_VALUES};
use read::{Reader, insert};
pub use secret::HIDDEN;

/// Largest body that is read, in bytes: what our protocols take.
pub const MAX_BODY_BYTES: usize = 1 << 20;
/// Most pairs of a query that are read.
pub const MAX_PAIRS: usize = 1_000;
/// What a body is said to have that is not kept.
const BODY_BYTES: &str = "bodyBytes";

/// What a call asked: the record's `requestParameters`. Secrets are gone from the moment it is made.
///
/// A name that is given more than once has an array of what was given.
///
/// ```
/// use activity_log_calls::Parameters;
/// let asked = Parameters::from_json_body(br#"{"Name": "t", "secretAccessKey": "x"}"#)
///     .with_query("limit=5&marker=a%20b")
///     .with("trail", "t");
/// assert_eq!(
///     asked.to_json(),
///     r#"{"Name":"t","limit":"5","marker":"a b","secretAccessKey":"HIDDEN_DUE_TO_SECURITY_REASONS","trail":"t"}"#
/// );
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parameters(Map<String, Value>);

impl Parameters {
    /// Nothing was asked but the operation.
    pub fn none() -> Self {
        Self::default()
    }

    /// A body: the members of a JSON object; of any other body its size, of none nothing.
    pub fn from_json_body(body: &[u8]) -> Self {
        if body.is_empty() {
            return Self::none();
        }
        let read = (body.len() <= MAX_BODY_BYTES).then(|| object(body));
        match read.flatten() {
            Some(members) => Self(members),
            None => Self::none().with(BODY_BYTES, body.len()),
        }
    }

    /// Adds a query's pairs, decoded; a plus is a plus.
    #[must_use]
    pub fn with_query(mut self, query: &str) -> Self {
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        for pair in pairs.take(MAX_PAIRS) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            self.add(&decoded(name), &decoded(value).into());
        }
        secret::hide_named_values(&mut self.0);
        self
    }

    /// Adds a value, such as an id of the path.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.add(name, &value.into());
        secret::hide_named_values(&mut self.0);
        self
    }

    fn add(&mut self, name: &str, value: &Value) {
        insert(&mut self.0, name.to_owned(), cleaned_member(name, value));
    }

    /// Whether there is none.
    pub fn is_none(&self) -> bool {
        self.0.is_empty()
    }

    /// Their JSON text, an object, however large.
    pub fn to_json(&self) -> String {
        crate::text::json(&self.0)
    }

    /// In at most `max` bytes; `None` if there is none.
    pub(crate) fn fitted(&self, max: usize) -> Option<Box<RawValue>> {
        (!self.is_none()).then(|| fitted(self.0.clone(), max))?
    }
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

fn object(body: &[u8]) -> Option<Map<String, Value>> {
    let mut parser = serde_json::Deserializer::from_slice(body);
    let read = Reader::new(&mut MAX_VALUES.clone()).deserialize(&mut parser);
    parser.end().ok()?;
    match read.ok()? {
        Value::Object(members) => Some(members),
        _ => None,
    }
}

/// The members without secrets and within bounds.
pub(crate) fn cleaned(members: &Map<String, Value>) -> Map<String, Value> {
    let members = members.iter();
    members
        .map(|(name, value)| (name.clone(), cleaned_member(name, value)))
        .collect()
}

fn cleaned_member(name: &str, value: &Value) -> Value {
    if secret::is_secret(name) {
        return HIDDEN.into();
    }
    let read = Reader::new(&mut MAX_VALUES.clone()).deserialize(value);
    read.unwrap_or_else(|_| format!("omitted: more than {MAX_VALUES} values").into())
}

#[cfg(test)]
mod tests;
