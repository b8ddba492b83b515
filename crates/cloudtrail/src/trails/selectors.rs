//! Event selectors on the wire.

use std::collections::BTreeSet;

use activity_log_core::trail::selection::{ReadWrite, Selector};
use serde::{Deserialize, Serialize};

use crate::error::{ApiError, Code, quoted};
use crate::input::{Object, Unserved};

/// Most selectors of a trail, as in AWS.
const MAX_SELECTORS: usize = 5;
/// Most event sources that a selector excludes. AWS knows two.
const MAX_SOURCES: usize = 20;
/// Longest name of an event source, in characters.
const MAX_SOURCE_CHARS: usize = 128;

/// A selector in a request.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all(deserialize = "PascalCase", serialize = "camelCase"))]
pub struct EventSelector {
    read_write_type: Option<String>,
    include_management_events: Option<bool>,
    data_resources: Option<Unserved>,
    exclude_management_event_sources: Option<Vec<String>>,
}

/// A selector in a reply. Lists are there when they are empty, as AWS has it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Written {
    read_write_type: &'static str,
    include_management_events: bool,
    data_resources: [(); 0],
    exclude_management_event_sources: BTreeSet<String>,
}

impl Written {
    /// Of this selector.
    pub fn of(selector: Selector) -> Self {
        Self {
            read_write_type: selector.read_write.as_str(),
            include_management_events: true,
            data_resources: [],
            exclude_management_event_sources: selector.excluded_sources,
        }
    }
}

/// Reads the selectors of a request.
pub fn read(selectors: &[Object<EventSelector>]) -> Result<Vec<Selector>, ApiError> {
    if !(1..=MAX_SELECTORS).contains(&selectors.len()) {
        return Err(invalid(format!(
            "EventSelectors has {} selectors; it must have 1 to {MAX_SELECTORS}",
            selectors.len()
        )));
    }
    let read = selectors.iter().enumerate();
    read.map(|(at, Object(selector))| read_one(at, selector))
        .collect()
}

fn read_one(at: usize, selector: &EventSelector) -> Result<Selector, ApiError> {
    if selector.data_resources.is_some_and(|some| some.0 > 0) {
        return Err(invalid(format!(
            "EventSelectors[{at}].DataResources is not supported; a trail has every event that is sent to the service"
        )));
    }
    if selector.include_management_events == Some(false) {
        return Err(invalid(format!(
            "EventSelectors[{at}].IncludeManagementEvents is false and there are no DataResources: it would select nothing"
        )));
    }
    let read_write = match selector.read_write_type.as_deref() {
        None => ReadWrite::All,
        Some(word) => ReadWrite::from_word(word).ok_or_else(|| {
            invalid(format!(
                "EventSelectors[{at}].ReadWriteType {} is not valid; it must be All, ReadOnly or WriteOnly",
                quoted(word)
            ))
        })?,
    };
    let sources = selector.exclude_management_event_sources.as_deref();
    Ok(Selector {
        read_write,
        excluded_sources: read_sources(at, sources.unwrap_or_default())?,
    })
}

fn read_sources(at: usize, sources: &[String]) -> Result<BTreeSet<String>, ApiError> {
    let field = format!("EventSelectors[{at}].ExcludeManagementEventSources");
    if sources.len() > MAX_SOURCES {
        return Err(invalid(format!(
            "{field} has {} sources; at most {MAX_SOURCES} are allowed",
            sources.len()
        )));
    }
    for source in sources {
        let length = source.chars().count();
        if !(1..=MAX_SOURCE_CHARS).contains(&length) {
            return Err(invalid(format!(
                "{field} has a source of {length} characters; it must have 1 to {MAX_SOURCE_CHARS}"
            )));
        }
    }
    Ok(sources.iter().cloned().collect())
}

/// The selectors are not ones we take.
pub fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::new(
        Code::client("InvalidEventSelectorsException"),
        message.into(),
    )
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read_json(json: Value) -> Result<Value, String> {
        let selectors: Vec<Object<EventSelector>> = serde_json::from_value(json).unwrap();
        let read = read(&selectors).map_err(|error| {
            assert_eq!(error.code().name(), "InvalidEventSelectorsException");
            error.message().to_owned()
        })?;
        let written: Vec<_> = read.into_iter().map(Written::of).collect();
        Ok(serde_json::to_value(written).unwrap())
    }

    #[test]
    fn a_selector_is_echoed_with_its_defaults() {
        assert_eq!(
            read_json(
                json!([{}, {"ReadWriteType": "WriteOnly", "IncludeManagementEvents": true, "DataResources": [],
                "ExcludeManagementEventSources": ["kms.amazonaws.com", "billing.k2.cloud", "kms.amazonaws.com"]}])
            ),
            Ok(json!([
                {"ReadWriteType": "All", "IncludeManagementEvents": true, "DataResources": [], "ExcludeManagementEventSources": []},
                {"ReadWriteType": "WriteOnly", "IncludeManagementEvents": true, "DataResources": [],
                    "ExcludeManagementEventSources": ["billing.k2.cloud", "kms.amazonaws.com"]},
            ]))
        );
    }

    #[test]
    fn what_is_not_selected_so_is_refused_by_name() {
        let many = vec![json!({}); 6];
        for (sent, says) in [
            (json!([]), "EventSelectors has 0 selectors"),
            (json!(many), "EventSelectors has 6 selectors"),
            (
                json!([{}, {"DataResources": [{"Type": "AWS::S3::Object"}]}]),
                "EventSelectors[1].DataResources",
            ),
            (
                json!([{"IncludeManagementEvents": false}]),
                "EventSelectors[0].IncludeManagementEvents is false",
            ),
            (
                json!([{"ReadWriteType": "read-only"}]),
                "EventSelectors[0].ReadWriteType 'read-only' is not valid",
            ),
            (
                json!([{"ExcludeManagementEventSources": vec!["a"; 21]}]),
                "EventSelectors[0].ExcludeManagementEventSources has 21 sources",
            ),
            (
                json!([{"ExcludeManagementEventSources": [""]}]),
                "EventSelectors[0].ExcludeManagementEventSources has a source of 0 characters",
            ),
        ] {
            let refused = read_json(sent).unwrap_err();
            assert!(refused.starts_with(says), "{refused}");
        }
    }
}
