//! Reports as the service tells of them.

use activity_log_core::reports::{Failure, ReportId};
use serde::Deserialize;

/// All of an account's.
#[derive(Debug, Deserialize)]
pub struct List {
    /// newest first
    pub reports: Vec<Found>,
}

/// A report. What the service says besides is not ours to check.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Found {
    /// its id
    pub id: ReportId,
    /// queued, generating, ready, failed, cancelled, expired
    pub state: String,
    /// csv, json, ndjson, xlsx
    pub format: String,
    /// RFC 3339
    pub created_at: String,
    /// the user
    pub created_by: String,
    /// RFC 3339, inclusive
    pub start_time: String,
    /// RFC 3339, inclusive
    pub end_time: String,
    /// what was asked of events
    #[serde(rename = "where")]
    pub texts: Vec<String>,
    /// those that were chosen
    pub columns: Vec<String>,
    /// of the time range
    pub percent: u8,
    /// events that were looked at
    pub scanned: u64,
    /// events that match, before the plugin
    pub matched: u64,
    /// rows written
    pub rows: u64,
    /// of the file
    pub size_bytes: Option<u64>,
    /// XLSX: texts that were cut
    pub cut_cells: Option<u64>,
    /// until when it can be downloaded
    pub expires_at: Option<String>,
    /// the filter it uses
    pub plugin: Option<Plugin>,
    /// why there is no file
    pub error: Option<Failure>,
    /// such as a field that no event has
    pub warnings: Vec<String>,
}

/// A report's plugin.
#[derive(Clone, Debug, Deserialize, PartialEq)]
pub struct Plugin {
    /// from its manifest
    pub name: String,
    /// from its manifest
    pub version: String,
}

impl Found {
    /// Whether it can be downloaded.
    pub fn is_ready(&self) -> bool {
        self.state == "ready"
    }

    /// Whether nothing more will be done.
    pub fn is_finished(&self) -> bool {
        !matches!(self.state.as_str(), "queued" | "generating")
    }

    /// Why there is no file, in the service's words.
    pub fn why_not(&self) -> String {
        match &self.error {
            Some(Failure { code, message }) => format!("{code}: {message}"),
            None => format!("the report is {}", self.state),
        }
    }
}

#[cfg(test)]
pub mod tests {
    use serde_json::{Value, json};

    use super::*;

    pub const ID: &str = "01939c1e-7b5a-7000-8000-0123456789ab";

    /// A report in this state, as the service tells it, with these fields besides.
    pub fn told(state: &str, more: &Value) -> Value {
        let mut report = json!({
            "id": ID, "state": state, "format": "csv", "createdAt": "2026-11-20T12:00:00Z",
            "createdBy": "alice", "startTime": "2026-11-19T00:00:00Z",
            "endTime": "2026-11-20T12:00:00Z", "filters": [], "where": [], "columns": [], "warnings": [],
            "percent": 0, "scanned": 0, "matched": 0, "rows": 0,
        });
        let fields = more.as_object().cloned().unwrap_or_default();
        report.as_object_mut().unwrap().extend(fields);
        report
    }

    #[test]
    fn states_say_whether_to_wait() {
        for (state, is_finished) in [
            ("queued", false),
            ("generating", false),
            ("ready", true),
            ("failed", true),
            ("cancelled", true),
            ("expired", true),
        ] {
            let report: Found = serde_json::from_value(told(state, &json!({}))).unwrap();
            assert_eq!(report.is_finished(), is_finished, "{state}");
        }
    }
}
