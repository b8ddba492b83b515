//! Reading a request's JSON, and saying which field is wrong. Nothing that was sent is ignored.

pub use activity_log_core::object::Object;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use crate::MAX_BODY_BYTES;
use crate::error::{ApiError, Code};

/// Reads the body as `T`, whose fields are all there are (`deny_unknown_fields`). An empty body is `{}`.
pub fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    if body.len() > MAX_BODY_BYTES {
        return Err(ApiError::new(
            Code::PAYLOAD_TOO_LARGE,
            format!(
                "body: {} bytes; at most {MAX_BODY_BYTES} of JSON",
                body.len()
            ),
        ));
    }
    let body = if body.is_empty() { b"{}" } else { body };
    let mut json = serde_json::Deserializer::from_slice(body);
    let Object(input) = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        refusal(&path, &error.into_inner())
    })?;
    json.end().map_err(|error| refusal(".", &error))?;
    Ok(input)
}

fn refusal(path: &str, error: &serde_json::Error) -> ApiError {
    match (error.classify(), path) {
        (Category::Data, ".") => {
            ApiError::new(Code::UNREADABLE_BODY, format!("body: {}", reason(error)))
        }
        (Category::Data, path) => ApiError::field(path, reason(error)),
        _ => ApiError::new(
            Code::UNREADABLE_BODY,
            format!(
                "body: not valid JSON (line {}, column {})",
                error.line(),
                error.column()
            ),
        ),
    }
}

/// The error's text without its place in the text (the path is better), and no longer than a message should be.
fn reason(error: &serde_json::Error) -> String {
    const SHOWN: usize = 300;
    let text = error.to_string();
    let text = text
        .rsplit_once(" at line ")
        .map_or(&*text, |(text, _)| text);
    text.chars()
        .filter(|char| !char.is_control())
        .take(SHOWN)
        .collect()
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Input {
        format: Option<String>,
        list: Option<Vec<Object<Member>>>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Member {
        key: Option<u32>,
    }

    fn told(body: &str) -> String {
        read::<Input>(body.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn what_is_read() {
        assert!(read::<Input>(b"").unwrap().format.is_none());
        let input: Input = read(br#"{"format":"csv","list":[{"key":7},{}]}"#).unwrap();
        let keys: Vec<_> = input
            .list
            .unwrap()
            .iter()
            .map(|Object(one)| one.key)
            .collect();
        assert_eq!(keys, [Some(7), None]);
    }

    #[test]
    fn a_wrong_field_is_named() {
        for (body, told_of) in [
            (
                r#"{"format":7}"#,
                "InvalidParameter: format: invalid type: integer `7`, expected a string",
            ),
            (
                r#"{"list":[{"key":1},{"key":"x"}]}"#,
                "InvalidParameter: list[1].key: invalid type: string \"x\", expected u32",
            ),
            (
                r#"{"list":[{"kex":1}]}"#,
                "InvalidParameter: list[0].kex: unknown field `kex`, expected `key`",
            ),
            (
                r#"{"list":[[1]]}"#,
                "InvalidParameter: list[0]: invalid type: sequence, expected an object",
            ),
            (
                r#"{"other":null}"#,
                "InvalidParameter: other: unknown field `other`, expected `format` or `list`",
            ),
            (
                r#"{"format":"a","format":"b"}"#,
                "UnreadableBody: body: duplicate field `format`",
            ),
        ] {
            assert_eq!(told(body), told_of);
        }
    }

    #[test]
    fn what_is_no_object_is_refused() {
        assert_eq!(
            told("[]"),
            "UnreadableBody: body: invalid type: sequence, expected an object"
        );
        for body in ["{", "{}{}", "\u{0}", r#"{"format":"a",}"#] {
            let told = told(body);
            assert!(
                told.starts_with("UnreadableBody: body: not valid JSON"),
                "{body} {told}"
            );
        }
        assert!(told(&"[".repeat(1_000)).starts_with("UnreadableBody: body: "));
        let deep = format!(r#"{{"list":{}"#, "[".repeat(100_000));
        assert!(read::<Input>(deep.as_bytes()).is_err());
        let long = vec![b' '; MAX_BODY_BYTES + 1];
        let error = read::<Input>(&long).unwrap_err();
        assert_eq!(
            error.message(),
            "body: 1048577 bytes; at most 1048576 of JSON"
        );
    }
}
