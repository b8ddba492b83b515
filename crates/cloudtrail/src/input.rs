//! Reading a request's JSON into an operation's input, and saying which field is wrong.

use std::fmt;

use activity_log_calls::UnknownMembers;
pub use activity_log_core::object::Object;
use serde::de::{DeserializeOwned, Deserializer, IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use serde_ignored::Path;
use serde_path_to_error::Track;

use crate::error::{ApiError, Code};

/// Reads the body as `T`. An empty body is `{}`, as AWS takes it; unknown members are passed over, as AWS does, so that
/// newer clients go on working, and the event of the call names them.
pub fn read<T: DeserializeOwned>(body: &[u8]) -> Result<(T, UnknownMembers), ApiError> {
    let body = if body.is_empty() { b"{}" } else { body };
    let mut json = serde_json::Deserializer::from_slice(body);
    let mut track = Track::new();
    let mut unknown = UnknownMembers::default();
    let read = Object::deserialize(serde_ignored::Deserializer::new(
        serde_path_to_error::Deserializer::new(&mut json, &mut track),
        &mut |path: Path<'_>| unknown.add(&written(&path)),
    ));
    let Object(input) = read.map_err(|error| refusal(&track.path().to_string(), &error))?;
    json.end().map_err(|error| refusal(".", &error))?;
    Ok((input, unknown))
}

/// As errors write paths: `List[1].Key`.
fn written(path: &Path<'_>) -> String {
    match path {
        Path::Root => String::new(),
        Path::Seq { parent, index } => format!("{}[{index}]", written(parent)),
        Path::Map { parent, key } => match written(parent) {
            outer if outer.is_empty() => key.clone(),
            outer => format!("{outer}.{key}"),
        },
        Path::Some { parent }
        | Path::NewtypeStruct { parent }
        | Path::NewtypeVariant { parent } => written(parent),
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

/// A list of what is not served: only how long it is counts.
#[derive(Clone, Copy, Debug)]
pub struct Unserved(pub usize);

impl<'de> Deserialize<'de> for Unserved {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct List;

        impl<'de> Visitor<'de> for List {
            type Value = Unserved;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a sequence")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Unserved, A::Error> {
                let mut count = 0;
                while list.next_element::<IgnoredAny>()?.is_some() {
                    count += 1;
                }
                Ok(Unserved(count))
            }
        }

        deserializer.deserialize_seq(List)
    }
}

impl Serialize for Unserved {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{} entries", self.0))
    }
}

/// A member that an operation takes no notice of, where another that shares its input does.
#[derive(Clone, Copy, Debug, Default)]
pub struct PassedOver;

impl<'de> Deserialize<'de> for PassedOver {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| Self)
    }
}

impl Serialize for PassedOver {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_unit()
    }
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
            let (input, _): (Input, _) = read(body.as_bytes()).unwrap();
            assert!(input.max_results.is_none() && input.time.is_none());
        }
        let (input, unknown): (Input, _) = read(br#"{"List":[{"Key":"k"}],"Time":1.5}"#).unwrap();
        assert_eq!(input.list.unwrap()[0].0.key.as_deref(), Some("k"));
        assert_eq!(input.time, Some(EpochSeconds(1.5)));
        assert_eq!(unknown, UnknownMembers::default());
    }

    #[test]
    fn unknown_members_are_named_by_their_path() {
        let junk = "0,".repeat(20_000);
        let body = format!(
            r#"{{"Other":[{junk}0],"maxResults":{{}},"List":[{{}},{{"Key":"k","key":"token"}}]}}"#
        );
        let (_, unknown) = read::<Input>(body.as_bytes()).unwrap();
        let mut expected = UnknownMembers::default();
        for path in ["Other", "maxResults", "List[1].key"] {
            expected.add(path);
        }
        assert_eq!(unknown, expected);
    }

    #[test]
    fn a_list_of_what_is_not_served_is_counted() {
        let Unserved(count) = serde_json::from_str(r#"[1,{"a":[]}]"#).unwrap();
        assert_eq!(count, 2);
        assert_eq!(serde_json::to_value(Unserved(2)).unwrap(), "2 entries");
        assert!(serde_json::from_str::<Unserved>("{}").is_err());
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
