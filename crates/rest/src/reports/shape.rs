//! A report as clients see it.

use std::collections::BTreeMap;

use activity_log_core::instant::Instant;
use activity_log_core::query::Filter;
use activity_log_core::question::written;
use activity_log_core::reports::{Condition, Failure, Format, PluginUse, Report, State};
use serde::Serialize;

use crate::time::At;

/// A report in an answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReportShape<'a> {
    id: String,
    state: &'static str,
    format: Format,
    created_at: At,
    created_by: &'a str,
    start_time: At,
    end_time: At,
    filters: Vec<FilterShape<'a>>,
    /// the same as people write it
    #[serde(rename = "where")]
    texts: Vec<String>,
    columns: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    plugin: Option<PluginShape<'a>>,
    percent: u8,
    scanned: u64,
    matched: u64,
    rows: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    size_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cut_cells: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    finished_at: Option<At>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<At>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Failure>,
    warnings: &'a [String],
}

/// A filter, as it was asked for.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum FilterShape<'a> {
    Attribute(&'a Filter),
    Field(&'a Condition),
}

/// The very plugin that is used.
#[derive(Debug, Serialize)]
struct PluginShape<'a> {
    id: String,
    name: &'a str,
    version: &'a str,
    sha256: &'a str,
    parameters: &'a BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fuel: Option<u64>,
}

impl<'a> PluginShape<'a> {
    fn of(plugin: &'a PluginUse) -> Self {
        Self {
            id: plugin.id.to_string(),
            name: &plugin.name,
            version: &plugin.version,
            sha256: &plugin.sha256,
            parameters: &plugin.parameters,
            fuel: plugin.fuel,
        }
    }
}

impl<'a> ReportShape<'a> {
    /// The report as it is now.
    pub fn of(report: &'a Report, now: Instant) -> Self {
        let (request, progress) = (&report.request, &report.progress);
        let shown = report.state_at(now);
        let attributes = request.filters.iter().map(FilterShape::Attribute);
        let fields = request.conditions.iter().map(FilterShape::Field);
        let mut shape = Self {
            id: report.id.to_string(),
            state: shown.as_str(),
            format: request.format,
            created_at: At(report.created),
            created_by: &report.created_by,
            start_time: At(request.start),
            end_time: At(request.end),
            filters: attributes.chain(fields).collect(),
            texts: written(&request.filters, &request.conditions),
            columns: &request.columns,
            plugin: request.plugin.as_ref().map(PluginShape::of),
            percent: progress.percent,
            scanned: progress.scanned,
            matched: progress.matched,
            rows: progress.rows,
            size_bytes: None,
            cut_cells: None,
            finished_at: shown.finished().map(At),
            expires_at: None,
            error: None,
            warnings: &report.warnings,
        };
        shape.end(&report.state, shown);
        shape
    }

    /// What only a finished one has. An expired report still says what it was when it was ready.
    fn end(&mut self, stored: &State, shown: State) {
        if let State::Failed { error, .. } = shown {
            self.error = Some(error);
        }
        match stored {
            State::Ready {
                finished,
                expires,
                size_bytes,
                cut_cells,
            } => {
                self.percent = 100;
                self.finished_at = Some(At(*finished));
                self.expires_at = Some(At(*expires));
                self.size_bytes = Some(*size_bytes);
                self.cut_cells = Some(*cut_cells).filter(|_| self.format == Format::Xlsx);
            }
            State::Expired { expired } => {
                self.percent = 100;
                self.expires_at = Some(At(*expired));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use activity_log_core::query::{Attribute, Says, Test};
    use activity_log_core::reports::{LIFETIME_MS, ReportId, ReportRequest, STALLED_MS};
    use serde_json::{Value, json};

    use super::*;

    const NOW: Instant = Instant::from_seconds(1_795_176_000);

    fn report(format: Format) -> Report {
        let request = ReportRequest {
            format,
            start: NOW.plus_millis(-1_500),
            end: NOW,
            filters: vec![Filter::is(Attribute::EventName, "StopInstances")],
            conditions: vec![Condition {
                field: "userAgent".to_owned(),
                test: Test::of(Says::Prefix("aws-cli/".to_owned())),
            }],
            columns: vec!["eventTime".to_owned()],
            plugin: None,
        };
        let id = ReportId::new(NOW, [1; 10]);
        let account = "111122223333".parse().unwrap();
        Report::new(account, id, "alice".to_owned(), request, NOW)
    }

    fn shown(report: &Report, now: Instant) -> Value {
        serde_json::to_value(ReportShape::of(report, now)).unwrap()
    }

    #[test]
    fn a_queued_report_says_what_was_asked() {
        let report = report(Format::Csv);
        assert_eq!(
            shown(&report, NOW),
            json!({
                "id": report.id.to_string(), "state": "queued", "format": "csv",
                "createdAt": "2026-11-20T12:00:00Z", "createdBy": "alice",
                "startTime": "2026-11-20T11:59:58.5Z", "endTime": "2026-11-20T12:00:00Z",
                "filters": [
                    {"attribute": "EventName", "equals": "StopInstances"},
                    {"field": "userAgent", "prefix": "aws-cli/"},
                ],
                "where": ["EventName=StopInstances", "userAgent^=aws-cli/"],
                "columns": ["eventTime"], "percent": 0, "scanned": 0, "matched": 0, "rows": 0,
                "warnings": [],
            })
        );
        let stalled = shown(&report, NOW.plus_millis(STALLED_MS));
        assert_eq!(stalled["error"]["code"], "Stalled");
        assert_eq!(stalled["finishedAt"], "2026-11-20T15:00:00Z");
    }

    #[test]
    fn a_ready_report_has_a_size_and_an_end() {
        let mut report = report(Format::Xlsx);
        report.progress.percent = 99;
        report.state = State::Ready {
            finished: NOW,
            expires: NOW.plus_millis(LIFETIME_MS),
            size_bytes: 7,
            cut_cells: 2,
        };
        for (now, state) in [(NOW, "ready"), (NOW.plus_millis(LIFETIME_MS), "expired")] {
            let shown = shown(&report, now);
            assert_eq!(shown["state"], state);
            assert_eq!(
                (&shown["percent"], &shown["sizeBytes"]),
                (&json!(100), &json!(7))
            );
            assert_eq!(shown["cutCells"], 2);
            assert_eq!(shown["finishedAt"], "2026-11-20T12:00:00Z");
            assert_eq!(shown["expiresAt"], "2026-11-23T12:00:00Z");
        }
        report.request.format = Format::Csv;
        assert_eq!(shown(&report, NOW).get("cutCells"), None);
    }
}
