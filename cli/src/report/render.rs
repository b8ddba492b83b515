//! How reports are printed for people.

use std::fmt::Write as _;

use indicatif::{HumanBytes, HumanCount};

use super::found::Found;
use crate::printable::escape;

/// A line for each.
pub fn table(reports: &[Found]) -> String {
    let mut text = String::new();
    for report in reports {
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "{}  {:<10}  {:<4}  {}  {}",
            report.id,
            escape(&report.state),
            escape(&report.format),
            escape(&report.created_at),
            escape(&outcome(report)),
        );
    }
    text
}

fn outcome(report: &Found) -> String {
    let rows = HumanCount(report.rows);
    match (report.state.as_str(), &report.error, report.size_bytes) {
        (_, Some(_), _) => report.why_not(),
        ("ready", None, Some(bytes)) => format!("{rows} rows, {}", HumanBytes(bytes)),
        ("generating", None, _) => format!("{}%, {rows} rows", report.percent),
        _ => String::new(),
    }
}

/// All that is known of one.
pub fn details(report: &Found) -> String {
    let mut lines = vec![
        ("report", report.id.to_string()),
        ("state", report.state.clone()),
        ("format", report.format.clone()),
        (
            "asked for",
            format!("{} by {}", report.created_at, report.created_by),
        ),
        (
            "events of",
            format!("{} to {}", report.start_time, report.end_time),
        ),
    ];
    let texts = report.texts.iter();
    lines.extend(texts.map(|text| ("where", text.clone())));
    if !report.columns.is_empty() {
        lines.push(("columns", report.columns.join(", ")));
    }
    if let Some(plugin) = &report.plugin {
        lines.push(("plugin", format!("{}@{}", plugin.name, plugin.version)));
    }
    lines.push((
        "progress",
        format!(
            "{}%: {} scanned, {} matched, {} rows",
            report.percent,
            HumanCount(report.scanned),
            HumanCount(report.matched),
            HumanCount(report.rows)
        ),
    ));
    if let Some(bytes) = report.size_bytes {
        lines.push(("size", HumanBytes(bytes).to_string()));
    }
    if let Some(cells @ 1..) = report.cut_cells {
        let cut =
            format!("{cells} texts were too long for a cell and are cut at 32,767 characters");
        lines.push(("cut", cut));
    }
    if let Some(expires) = &report.expires_at {
        lines.push(("expires", expires.clone()));
    }
    if report.error.is_some() {
        lines.push(("error", report.why_not()));
    }
    let warnings = report.warnings.iter();
    lines.extend(warnings.map(|warning| ("warning", warning.clone())));
    lines.iter().fold(String::new(), |mut text, (name, value)| {
        let _ = writeln!(text, "{name:<10} {}", escape(value));
        text
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::found::tests::{ID, told};
    use super::*;

    fn found(state: &str, more: &Value) -> Found {
        serde_json::from_value(told(state, more)).unwrap()
    }

    #[test]
    fn a_line_says_what_matters_of_each_state() {
        let error = json!({ "code": "PluginFailed", "message": "a\nb" });
        let reports = [
            found("ready", &json!({ "rows": 1234, "sizeBytes": 2048 })),
            found("generating", &json!({ "percent": 40, "rows": 3 })),
            found("failed", &json!({ "error": error })),
            found("queued", &json!({})),
        ];
        assert_eq!(
            table(&reports),
            format!(
                "{ID}  ready       csv   2026-11-20T12:00:00Z  1,234 rows, 2.00 KiB\n\
                 {ID}  generating  csv   2026-11-20T12:00:00Z  40%, 3 rows\n\
                 {ID}  failed      csv   2026-11-20T12:00:00Z  PluginFailed: a\\nb\n\
                 {ID}  queued      csv   2026-11-20T12:00:00Z  \n"
            )
        );
    }

    #[test]
    fn details_are_all_there() {
        let report = found(
            "ready",
            &json!({
                "percent": 100, "scanned": 5000, "matched": 20, "rows": 7, "sizeBytes": 10,
                "cutCells": 2, "expiresAt": "2026-11-23T12:00:00Z",
                "plugin": { "id": ID, "name": "no-mfa", "version": "1.0.0" },
                "where": ["EventName=A,B", "a.b!="], "columns": ["eventTime", "c"],
                "warnings": ["column 'c': no event of the report has it"],
            }),
        );
        assert_eq!(
            details(&report),
            format!(
                "report     {ID}\n\
                 state      ready\n\
                 format     csv\n\
                 asked for  2026-11-20T12:00:00Z by alice\n\
                 events of  2026-11-19T00:00:00Z to 2026-11-20T12:00:00Z\n\
                 where      EventName=A,B\n\
                 where      a.b!=\n\
                 columns    eventTime, c\n\
                 plugin     no-mfa@1.0.0\n\
                 progress   100%: 5,000 scanned, 20 matched, 7 rows\n\
                 size       10 B\n\
                 cut        2 texts were too long for a cell and are cut at 32,767 characters\n\
                 expires    2026-11-23T12:00:00Z\n\
                 warning    column 'c': no event of the report has it\n"
            )
        );
    }
}
