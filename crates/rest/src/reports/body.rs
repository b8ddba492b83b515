//! The body of `POST /v1/reports`.

use std::collections::BTreeMap;
use std::fmt;

use activity_log_calls::parameters::{HIDDEN, is_secret, looks_secret};
use activity_log_core::fields::{ColumnError, Columns, RECORD};
use activity_log_core::instant::Instant;
use activity_log_core::reports::{Format, ReportRequest};
use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};

use super::range::range;
use crate::error::{ApiError, quoted};
use crate::filters::{self, FilterBody, WhereText};
use crate::input::Object;
use crate::time::Time;

/// Most bytes of a request as it is kept: an item of the table has 400 KB.
const MAX_KEPT_BYTES: usize = 200 * 1024;

/// What is asked for, as JSON has it.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReportBody {
    format: Option<String>,
    filters: Option<Vec<Object<FilterBody>>>,
    #[serde(rename = "where")]
    texts: Option<Vec<WhereText>>,
    start_time: Option<Time>,
    end_time: Option<Time>,
    columns: Option<Vec<String>>,
    /// which plugin, and what it is told
    pub plugin: Option<Object<PluginBody>>,
}

/// The part about the plugin.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PluginBody {
    /// a version's own id
    pub id: Option<String>,
    /// a name from a manifest
    pub name: Option<String>,
    /// a version from a manifest; without one: the newest upload
    pub version: Option<String>,
    /// what it is told
    pub parameters: Option<Texts>,
    /// most instructions
    pub fuel: Option<u64>,
}

/// Texts by name, none of them twice.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Texts(pub BTreeMap<String, String>);

/// Names are the plugin's own, and values may be its secrets.
impl Serialize for Texts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, text)| {
            let is_hidden = is_secret(name) || looks_secret(text);
            (name, if is_hidden { HIDDEN } else { text })
        }))
    }
}

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;

        impl<'de> Visitor<'de> for Pairs {
            type Value = Texts;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of strings")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Texts, A::Error> {
                let mut texts = BTreeMap::new();
                while let Some((name, text)) = map.next_entry::<String, String>()? {
                    if texts.insert(name, text).is_some() {
                        return Err(de::Error::custom("a name is given twice"));
                    }
                }
                Ok(Texts(texts))
            }
        }

        deserializer.deserialize_map(Pairs)
    }
}

impl ReportBody {
    /// The request it makes, but for the plugin, which is to be found.
    pub fn request(self, horizon: Instant, now: Instant) -> Result<ReportRequest, ApiError> {
        let format = self
            .format
            .ok_or_else(|| ApiError::field("format", "is required: csv, json, ndjson or xlsx"))?;
        let format: Format = format.parse().map_err(|_| {
            let rule = format!("csv, json, ndjson or xlsx, not {}", quoted(&format));
            ApiError::field("format", rule)
        })?;
        let (start, end) = range(self.start_time, self.end_time, horizon, now)?;
        let (filters, conditions) = filters::read(self.filters, self.texts)?;
        Ok(ReportRequest {
            format,
            start,
            end,
            filters,
            conditions,
            columns: columns(format, self.columns)?,
            plugin: None,
        })
    }
}

fn columns(format: Format, asked: Option<Vec<String>>) -> Result<Vec<String>, ApiError> {
    let Some(asked) = asked else {
        return Ok(vec![]);
    };
    if !format.has_columns() && asked != [RECORD] {
        let rule = "reports in json and ndjson hold whole events: leave columns out, or ask for csv or xlsx";
        return Err(ApiError::field("columns", rule));
    }
    if asked.is_empty() {
        return Err(ApiError::field("columns", ColumnError::None));
    }
    Columns::asked(&asked).map_err(|error| ApiError::field("columns", error))?;
    Ok(asked)
}

/// Whether the whole of it can be kept.
pub fn check_size(request: &ReportRequest) -> Result<(), ApiError> {
    let kept = serde_json::to_vec(request).map_or(usize::MAX, |json| json.len());
    if kept > MAX_KEPT_BYTES {
        let rule = format!(
            "filters, columns and parameters are {kept} bytes together; at most {MAX_KEPT_BYTES}"
        );
        return Err(ApiError::field("body", rule));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use activity_log_core::instant::DAY;
    use serde_json::{Value, json};

    use super::*;
    use crate::input;

    const NOW: Instant = Instant::from_seconds(1_795_176_000);

    fn asked(body: &Value) -> Result<ReportRequest, ApiError> {
        let body: ReportBody = input::read(body.to_string().as_bytes())?;
        let request = body.request(NOW.plus_millis(-30 * DAY), NOW)?;
        check_size(&request)?;
        Ok(request)
    }

    fn refused(body: &Value) -> String {
        asked(body).unwrap_err().message().to_owned()
    }

    #[test]
    fn all_but_the_format_may_be_left_out() {
        let request = asked(&json!({"format": "csv"})).unwrap();
        assert_eq!(request.format, Format::Csv);
        assert_eq!(
            (request.start, request.end),
            (NOW.plus_millis(-30 * DAY), NOW)
        );
        assert!(request.filters.is_empty() && request.columns.is_empty());
        assert_eq!(
            refused(&json!({})),
            "format: is required: csv, json, ndjson or xlsx"
        );
        assert_eq!(
            refused(&json!({"format": "pdf"})),
            "format: csv, json, ndjson or xlsx, not 'pdf'"
        );
    }

    #[test]
    fn columns_are_paths_and_json_has_none() {
        let columns = json!(["eventTime", "userIdentity.userName"]);
        let request = asked(&json!({"format": "xlsx", "columns": columns})).unwrap();
        assert_eq!(request.columns, ["eventTime", "userIdentity.userName"]);
        assert_eq!(
            refused(&json!({"format": "csv", "columns": []})),
            "columns: name at least one"
        );
        assert_eq!(
            refused(&json!({"format": "csv", "columns": ["a", "a"]})),
            "columns: \"a\" is named twice"
        );
        assert!(
            refused(&json!({"format": "json", "columns": ["a"]}))
                .starts_with("columns: reports in json")
        );
        for format in ["csv", "json", "xlsx"] {
            let request = asked(&json!({"format": format, "columns": ["record"]})).unwrap();
            assert_eq!(request.columns, ["record"]);
        }
        assert!(
            refused(&json!({"format": "csv", "columns": ["record", "who"]}))
                .starts_with("columns: \"record\" is all of the record's own fields")
        );
    }

    #[test]
    fn nothing_that_was_sent_is_ignored() {
        assert_eq!(
            refused(&json!({"format": "csv", "timeRange": 7})),
            "timeRange: unknown field `timeRange`, expected one of `format`, `filters`, `where`, `startTime`, `endTime`, \
             `columns`, `plugin`"
        );
        assert!(
            refused(&json!({"format": "csv", "plugin": {"nam": "x"}}))
                .starts_with("plugin.nam: unknown field `nam`")
        );
        assert!(
            refused(&json!({"format": "csv", "plugin": {"parameters": {"hours": 9}}})).starts_with(
                "plugin.parameters.hours: invalid type: integer `9`, expected a string"
            )
        );
        let twice = br#"{"format":"csv","plugin":{"parameters":{"a":"1","a":"2"}}}"#;
        let error = input::read::<ReportBody>(twice).unwrap_err();
        assert_eq!(error.message(), "plugin.parameters: a name is given twice");
    }

    #[test]
    fn a_request_can_be_kept() {
        // Each control character takes six bytes of JSON.
        let value = "\u{1}".repeat(2_000);
        let filter = json!({"field": "a", "contains": value});
        let body = json!({"format": "csv", "filters": vec![filter; 20]});
        assert_eq!(
            refused(&body),
            "body: filters, columns and parameters are 240673 bytes together; at most 204800"
        );
    }
}
