//! Reading a request's JSON into an operation's input, and saying which field is wrong.

pub use activity_log_core::object::Object;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::{ApiError, Code};

/// Reads the body as `T`. An empty body is `{}`, as AWS takes it; unknown fields are ignored, as AWS does,
/// so that newer clients go on working.
pub fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    let body = if body.is_empty() { b"{}" } else { body };
    check_whole(body)?;
    let mut json = serde_json::Deserializer::from_slice(body);
    let Object(input) = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        refusal(&path, &error.into_inner())
    })?;
    json.end().map_err(|error| refusal(".", &error))?;
    Ok(input)
}

/// Most values of a request, at any depth.
const MAX_VALUES: usize = 1_000;

/// Refuses what could be carried out and not be told of: the event of a call has the whole request, and so must be
/// able to hold it. Fields that are ignored are read here too, with their escapes and numbers.
fn check_whole(body: &[u8]) -> Result<(), ApiError> {
    let all: Value = serde_json::from_slice(body).map_err(|error| refusal(".", &error))?;
    let values = count(&all);
    if values > MAX_VALUES {
        return Err(ApiError::new(
            Code::SERIALIZATION,
            format!("The request has {values} values; at most {MAX_VALUES} are read"),
        ));
    }
    Ok(())
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(values) => values.iter().map(count).sum(),
        Value::Object(members) => members.values().map(count).sum(),
        _ => 0,
    }
}

fn refusal(path: &str, error: &serde_json::Error) -> ApiError {
    let message = match (error.classify(), path) {
        (serde_json::error::Category::Data, ".") => {
            format!("The request is not a JSON object: {}", reason(error))
        }
        (serde_json::error::Category::Data, path) => format!("{path}: {}", reason(error)),
        _ => format!(
            "The request is not valid JSON (line {}, column {})",
            error.line(),
            error.column()
        ),
    };
    ApiError::new(Code::SERIALIZATION, message)
}

/// The error's text without its place in the text (the path is better), and not longer than a message should be.
fn reason(error: &serde_json::Error) -> String {
    const SHOWN: usize = 200;
    let text = error.to_string();
    let text = text
        .rsplit_once(" at line ")
        .map_or(&*text, |(text, _)| text);
    text.chars().take(SHOWN).collect()
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::timestamp::EpochSeconds;

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Input {
        max_results: Option<i32>,
        list: Option<Vec<Object<Member>>>,
        time: Option<EpochSeconds>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Member {
        key: Option<String>,
    }

    fn message(body: &str) -> String {
        let error = read::<Input>(body.as_bytes()).unwrap_err();
        assert_eq!(error.code(), Code::SERIALIZATION, "{body}");
        error.message().to_owned()
    }

    #[test]
    fn absent_null_and_unknown_fields_are_fine() {
        for body in ["", "{}", r#"{"MaxResults":null,"Other":[1,{}]}"#] {
            let input: Input = read(body.as_bytes()).unwrap();
            assert!(input.max_results.is_none() && input.time.is_none());
        }
        let input: Input = read(br#"{"List":[{"Key":"k"}],"Time":1.5}"#).unwrap();
        assert_eq!(input.list.unwrap()[0].0.key.as_deref(), Some("k"));
        assert_eq!(input.time, Some(EpochSeconds(1.5)));
    }

    #[test]
    fn a_wrong_type_names_the_field() {
        assert_eq!(
            message(r#"{"MaxResults":"7"}"#),
            "MaxResults: invalid type: string \"7\", expected i32"
        );
        assert_eq!(
            message(r#"{"List":[{"Key":"k"},{"Key":7}]}"#),
            "List[1].Key: invalid type: integer `7`, expected a string"
        );
        assert_eq!(
            message(r#"{"List":[["k"]]}"#),
            "List[0]: invalid type: sequence, expected an object"
        );
        assert_eq!(
            message(r#"{"Time":"2026-11-20"}"#),
            "Time: invalid type: string \"2026-11-20\", expected a number of seconds since 1970-01-01T00:00:00Z"
        );
    }

    #[test]
    fn what_is_not_an_object_is_refused() {
        assert_eq!(
            message("[]"),
            "The request is not a JSON object: invalid type: sequence, expected an object"
        );
        for body in ["{", "{}{}", "\u{0}", r#"{"a":1,}"#] {
            assert!(
                message(body).starts_with("The request is not valid JSON"),
                "{body}"
            );
        }
        assert!(message(&"[".repeat(1_000)).starts_with("The request is not"));
    }
}
