//! What a call asked or was answered, without secrets and within bounds.
//!
//! | What | Becomes |
//! |---|---|
//! | of an input: a member with a secret's name, such as `nextToken` | [`HIDDEN`] |
//! | of an answer: the same, and a text that is a signed URL, a credential's header or a private key | [`HIDDEN`] |
//! | members because of which the whole is too large for a record | texts that say how large they were |
//!
//! What is a secret's name, and looks like a secret, is said once, in `activity-log-secrets`.
//!
//! Names of an input are its operation's own, so nobody hides a value by giving it a name. Nor by what stands beside
//! it: an input that carries secrets in pairs, as reports' filters do, hides them itself, by [`is_secret`].

mod fit;

use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

pub use activity_log_secrets::{is_secret, looks_secret};
pub(crate) use fit::fitted;

/// What stands for a secret: AWS's words.
pub const HIDDEN: &str = "HIDDEN_DUE_TO_SECURITY_REASONS";

/// Largest `requestParameters`, in bytes: CloudTrail's.
pub const PARAMETERS_BYTES: usize = 100 * 1024;

/// What an operation understood, or answered: the record's `requestParameters` or `responseElements`. Secrets are gone
/// from the moment it is made.
///
/// ```
/// use activity_log_calls::Parameters;
/// #[derive(serde::Serialize)]
/// #[serde(rename_all = "camelCase")]
/// struct Input { trail_name: &'static str, next_token: Option<&'static str>, end_time: Option<u32> }
/// let input = Input { trail_name: "t", next_token: Some("x"), end_time: None };
/// assert_eq!(
///     Parameters::of(&input).with("id", "r-1").to_json(),
///     r#"{"id":"r-1","nextToken":"HIDDEN_DUE_TO_SECURITY_REASONS","trailName":"t"}"#
/// );
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parameters(Map<String, Value>);

/// What was understood is more than an event can tell.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "What is asked for takes {bytes} bytes in the event of the call (requestParameters), at most {PARAMETERS_BYTES} \
     are kept, and nothing is done that cannot be told whole"
)]
pub struct TooLarge {
    /// as JSON
    pub bytes: usize,
}

impl Parameters {
    /// Nothing was asked but the operation, or there is no answer.
    pub fn none() -> Self {
        Self::default()
    }

    /// An operation's input: what it has. Of one that is no object, and of one that cannot be written, nothing.
    pub fn of(input: &impl Serialize) -> Self {
        Self::read(input, |_| false)
    }

    /// An answer.
    pub fn of_answer(answer: &impl Serialize) -> Self {
        Self::read(answer, looks_secret)
    }

    fn read(value: &impl Serialize, looks: fn(&str) -> bool) -> Self {
        match serde_json::to_value(value) {
            Ok(Value::Object(mut members)) => {
                clean(&mut members, looks);
                Self(members)
            }
            _ => Self::none(),
        }
    }

    /// Adds a value, such as an id of the path.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.to_owned(), value.into());
        self
    }

    /// Refuses what does not fit into its record.
    pub fn check(&self) -> Result<(), TooLarge> {
        let bytes = self.to_json().len();
        if bytes > PARAMETERS_BYTES {
            return Err(TooLarge { bytes });
        }
        Ok(())
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

/// The members without secrets.
pub(crate) fn cleaned(members: &Map<String, Value>) -> Map<String, Value> {
    let mut members = members.clone();
    clean(&mut members, looks_secret);
    members
}

/// Hides secrets, and drops what is not there.
fn clean(members: &mut Map<String, Value>, looks: fn(&str) -> bool) {
    members.retain(|_, value| !value.is_null());
    for (name, value) in members {
        if is_secret(name) {
            *value = HIDDEN.into();
        } else {
            clean_value(value, looks);
        }
    }
}

fn clean_value(value: &mut Value, looks: fn(&str) -> bool) {
    match value {
        Value::String(text) if looks(text) => *value = HIDDEN.into(),
        Value::Array(values) => {
            for value in values {
                clean_value(value, looks);
            }
        }
        Value::Object(members) => clean(members, looks),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// What no parameter may show.
    const SECRET: &str = "hunter2";

    #[test]
    fn secrets_are_hidden_by_name_wherever_they_stand() {
        let cases = [
            json!({"password": SECRET}),
            json!({"a": [{"b": {"secretAccessKey": SECRET}}]}),
            json!({"credentials": {"id": "x", "value": [SECRET, {"y": SECRET}]}}),
        ];
        for value in cases {
            for read in [Parameters::of(&value), Parameters::of_answer(&value)] {
                let read = read.to_json();
                assert!(read.contains(HIDDEN) && !read.contains(SECRET), "{read}");
            }
        }
        let link =
            json!({"links": [{"url": format!("https://b.test/k?X-Amz-Signature={SECRET}")}]});
        let expected = json!({"links": [{"url": HIDDEN}]}).to_string();
        assert_eq!(Parameters::of_answer(&link).to_json(), expected);
    }

    #[test]
    fn nothing_that_was_asked_is_hidden_by_its_neighbour_or_its_look() {
        for asked in [
            json!({"lookupAttributes": [{"attributeKey": "token", "attributeValue": "x"}]}),
            json!({"tagsList": [{"key": "db_password", "value": "x"}]}),
            json!({"s3KeyPrefix": "a?signature=b", "name": "Bearer x"}),
        ] {
            assert_eq!(Parameters::of(&asked).to_json(), asked.to_string());
        }
    }

    #[test]
    fn what_is_not_there_is_not_told() {
        let asked = json!({"a": null, "b": [{"c": null, "d": 1}], "e": []});
        let told = Parameters::of(&asked);
        assert_eq!(told.to_json(), r#"{"b":[{"d":1}],"e":[]}"#);
        assert!(Parameters::of(&[1]).is_none() && Parameters::none().is_none());
        assert!(Parameters::of(&json!({"a": null})).is_none());
    }

    #[test]
    fn what_does_not_fit_is_refused_after_escaping() {
        let asked = |count| Parameters::none().with("a", "\u{ffff}".repeat(count));
        // {"a":""} and six bytes a character.
        let most = (PARAMETERS_BYTES - 8) / 6;
        assert_eq!(asked(most).check(), Ok(()));
        let refused = asked(most + 1).check().unwrap_err();
        assert_eq!(
            refused.to_string(),
            "What is asked for takes 102404 bytes in the event of the call (requestParameters), at most 102400 are \
             kept, and nothing is done that cannot be told whole"
        );
    }
}
