//! Tags, and the two of them that mean something: [`PROJECT_TAG`] limits a trail to a project, [`FORMAT_TAG`] says what
//! its archives are.

use std::collections::BTreeMap;

use activity_log_core::instant::Instant;
use activity_log_core::trail::format::{FORMAT_TAG, Format};
use activity_log_core::trail::selection::Selection;
use activity_log_core::trail::{PROJECT_TAG, Trail};
use serde::{Deserialize, Serialize};

use crate::error::{ApiError, Code, quoted};
use crate::input::Object;

/// Most tags of a trail, as in AWS.
const MAX_TAGS: usize = 50;
/// Most tags in a request, as in AWS's model.
const MAX_SENT: usize = 200;
/// Longest key, in characters.
const MAX_KEY_CHARS: usize = 128;
/// Longest value, in characters.
const MAX_VALUE_CHARS: usize = 256;
/// What keys of AWS's own tags start with.
const RESERVED: &str = "aws:";

/// A tag in a request; a value left out is empty.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all(deserialize = "PascalCase", serialize = "camelCase"))]
pub struct Tag {
    key: Option<String>,
    value: Option<String>,
}

/// A tag in a reply.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Written {
    key: String,
    value: String,
}

/// Reads the tags of a request.
pub fn read(tags: &[Object<Tag>]) -> Result<BTreeMap<String, String>, ApiError> {
    let mut read = BTreeMap::new();
    for (key, Object(tag)) in keys(tags)?.into_iter().zip(tags) {
        let value = tag.value.clone().unwrap_or_default();
        check(&key, &value)?;
        if read.contains_key(&key) {
            return Err(invalid(format!(
                "TagsList has the key {} twice",
                quoted(&key)
            )));
        }
        read.insert(key, value);
    }
    Ok(read)
}

/// Reads the keys of tags of a request.
pub fn keys(tags: &[Object<Tag>]) -> Result<Vec<String>, ApiError> {
    if tags.len() > MAX_SENT {
        return Err(invalid(format!(
            "TagsList has {} tags; at most {MAX_SENT} are allowed",
            tags.len()
        )));
    }
    let key = |(at, Object(tag)): (usize, &Object<Tag>)| {
        let key = tag.key.as_deref().unwrap_or_default();
        let length = key.chars().count();
        if (1..=MAX_KEY_CHARS).contains(&length) {
            return Ok(key.to_owned());
        }
        Err(invalid(format!(
            "TagsList[{at}].Key has {length} characters; it must have 1 to {MAX_KEY_CHARS}"
        )))
    };
    tags.iter().enumerate().map(key).collect()
}

fn check(key: &str, value: &str) -> Result<(), ApiError> {
    let length = value.chars().count();
    if length > MAX_VALUE_CHARS {
        return Err(invalid(format!(
            "The value of tag {} has {length} characters; at most {MAX_VALUE_CHARS} are allowed",
            quoted(key)
        )));
    }
    if key
        .get(..RESERVED.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(RESERVED))
    {
        return Err(invalid(format!(
            "The key of tag {} starts with {RESERVED}, which is reserved",
            quoted(key)
        )));
    }
    if key == PROJECT_TAG && value.is_empty() {
        return Err(invalid(format!(
            "The value of tag '{PROJECT_TAG}' is empty; it must name a project"
        )));
    }
    if key == FORMAT_TAG && Format::from_word(value).is_none() {
        let words = Format::ALL.map(Format::as_str).join(" or ");
        return Err(invalid(format!(
            "The value of tag '{FORMAT_TAG}' is {}; it must be {words}",
            quoted(value)
        )));
    }
    Ok(())
}

/// Tags the trail; keys it has get the new values.
pub fn put(
    trail: &mut Trail,
    tags: &BTreeMap<String, String>,
    now: Instant,
) -> Result<(), ApiError> {
    let own = &mut trail.settings.tags;
    own.extend(tags.iter().map(|(key, value)| (key.clone(), value.clone())));
    if own.len() > MAX_TAGS {
        return Err(ApiError::new(
            Code::client("TagsLimitExceededException"),
            format!(
                "The trail would have {} tags; at most {MAX_TAGS} are allowed",
                own.len()
            ),
        ));
    }
    apply(trail, now);
    Ok(())
}

/// Takes tags away; one the trail has not is no error.
pub fn remove(trail: &mut Trail, keys: &[String], now: Instant) {
    for key in keys {
        trail.settings.tags.remove(key);
    }
    apply(trail, now);
}

/// The trail's tags, by key.
pub fn write(trail: &Trail) -> Vec<Written> {
    let tags = trail.settings.tags.iter();
    tags.map(|(key, value)| Written {
        key: key.clone(),
        value: value.clone(),
    })
    .collect()
}

/// Does what the tags say.
fn apply(trail: &mut Trail, now: Instant) {
    limit_to_project(trail, now);
    let format = trail.settings.tags.get(FORMAT_TAG);
    let format = format.and_then(|word| Format::from_word(word));
    trail.set_format(format.unwrap_or_default(), now);
}

fn limit_to_project(trail: &mut Trail, now: Instant) {
    let selection = trail.settings.selections.latest();
    let project = trail.settings.tags.get(PROJECT_TAG).cloned();
    if selection.project != project {
        let selection = Selection {
            project,
            ..selection
        };
        trail.select(selection, now);
    }
}

/// The tags are not ones we take.
pub fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::new(Code::client("InvalidTagParameterException"), message.into())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read_json(json: Value) -> Result<BTreeMap<String, String>, String> {
        let tags: Vec<Object<Tag>> = serde_json::from_value(json).unwrap();
        read(&tags).map_err(|error| {
            assert_eq!(error.code().name(), "InvalidTagParameterException");
            error.message().to_owned()
        })
    }

    #[test]
    fn tags_are_read_with_or_without_values() {
        let longest = json!([{"Key": "é".repeat(128), "Value": "é".repeat(256)}, {"Key": "k"}]);
        assert_eq!(read_json(longest).unwrap()["k"], "");
    }

    #[test]
    fn bad_tags_are_refused_by_name() {
        for (sent, says) in [
            (json!([{}]), "TagsList[0].Key has 0 characters"),
            (
                json!([{"Key": "k".repeat(129)}]),
                "TagsList[0].Key has 129 characters",
            ),
            (
                json!([{"Key": "k", "Value": "v".repeat(257)}]),
                "The value of tag 'k' has 257 characters",
            ),
            (
                json!([{"Key": "AWS:k"}]),
                "The key of tag 'AWS:k' starts with aws:",
            ),
            (
                json!([{"Key": "k", "Value": "1"}, {"Key": "k", "Value": "2"}]),
                "TagsList has the key 'k' twice",
            ),
            (
                json!([{"Key": PROJECT_TAG}]),
                "The value of tag 'activity-log:project' is empty",
            ),
            (
                json!([{"Key": FORMAT_TAG, "Value": "zip"}]),
                "The value of tag 'activity-log:format' is 'zip'; it must be tar.gz or json.gz",
            ),
            (
                json!([{"Key": FORMAT_TAG}]),
                "The value of tag 'activity-log:format' is ''; it must be tar.gz or json.gz",
            ),
            (json!(vec![json!({"Key": "k"}); 201]), "TagsList has 201"),
        ] {
            let refused = read_json(sent).unwrap_err();
            assert!(refused.starts_with(says), "{refused}");
        }
    }
}
