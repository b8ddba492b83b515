//! What `alog trail verify` prints.

use std::io::{self, Write};

use activity_log_core::causes::chain;
use activity_log_core::instant::Instant;
use activity_log_digest::verify::finding::Finding;
use activity_log_digest::verify::report::Report;
use activity_log_digest::verify::severity::Severity;
use serde_json::json;

use crate::printable;

/// How it is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// for people
    Text,
    /// a JSON object a line
    Json,
}

impl Style {
    /// One finding, as soon as it is found.
    pub fn finding(self, finding: &Finding, out: &mut impl Write) -> io::Result<()> {
        let (severity, text) = (finding.severity().as_str(), chain(finding));
        match self {
            Self::Text => writeln!(out, "{severity}: {}", printable::escape(&text)),
            Self::Json => {
                let kind = finding.kind();
                let finding = json!({ "severity": severity, "kind": kind, "text": text });
                let line = json!({ "finding": finding });
                writeln!(out, "{}", printable::json(&line))
            }
        }
    }

    /// All of it, at the end.
    pub fn summary(self, report: &Report, out: &mut impl Write) -> io::Result<()> {
        match self {
            Self::Text => out.write_all(text(report).as_bytes()),
            Self::Json => writeln!(out, "{}", as_json(report)),
        }
    }
}

fn text(report: &Report) -> String {
    let totals = &report.totals;
    let counts = &totals.counts;
    let period = match (totals.from, totals.to) {
        (Some(from), Some(to)) => format!("{from} to {to}"),
        _ => "nothing".to_owned(),
    };
    let (problems, warnings) = (
        report.count(Severity::Problem),
        report.count(Severity::Warning),
    );
    let verdict = if report.is_valid() {
        format!("VALID, with {warnings} warnings")
    } else {
        format!("NOT VALID: {problems} problems, {warnings} warnings")
    };
    format!(
        "verified {period}\n\
         {} of {} digests valid, {} of {} archives valid, {} events\n\
         {} windows: {} ingested = {} archived + {} filtered out + {} duplicates\n\
         {verdict}\n",
        totals.valid_digests,
        totals.digests,
        totals.valid_archives,
        totals.archives,
        totals.events,
        totals.windows,
        counts.ingested,
        counts.archived,
        counts.filtered_out,
        counts.duplicates,
    )
}

fn as_json(report: &Report) -> serde_json::Value {
    let totals = &report.totals;
    let time = |time: Option<Instant>| time.map(|time| time.to_string());
    json!({ "summary": {
        "valid": report.is_valid(),
        "problems": report.count(Severity::Problem),
        "warnings": report.count(Severity::Warning),
        "from": time(totals.from),
        "to": time(totals.to),
        "digests": totals.digests,
        "validDigests": totals.valid_digests,
        "archives": totals.archives,
        "validArchives": totals.valid_archives,
        "events": totals.events,
        "windows": totals.windows,
        "counts": totals.counts,
    }})
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missing(key: &str) -> Finding {
        Finding::MissingArchive {
            bucket: "logs".to_owned(),
            key: key.to_owned(),
        }
    }

    fn report() -> Report {
        let mut report = Report::default();
        report.add(&missing("k"));
        report.totals.from = Instant::parse("2026-11-20T12:00:00Z");
        report.totals.to = Instant::parse("2026-11-20T13:00:00Z");
        report.totals.archives = 1;
        report.totals.windows = 12;
        report.totals.counts.ingested = 5;
        report.totals.counts.archived = 5;
        report
    }

    fn printed(style: Style, report: &Report) -> String {
        let mut out = Vec::new();
        if report.count(Severity::Problem) > 0 {
            style.finding(&missing("k"), &mut out).unwrap();
        }
        style.summary(report, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn people_read_lines() {
        assert_eq!(
            printed(Style::Text, &report()),
            "problem: archive s3://logs/k is missing\n\
             verified 2026-11-20T12:00:00Z to 2026-11-20T13:00:00Z\n\
             0 of 0 digests valid, 0 of 1 archives valid, 0 events\n\
             12 windows: 5 ingested = 5 archived + 0 filtered out + 0 duplicates\n\
             NOT VALID: 1 problems, 0 warnings\n"
        );
        assert!(printed(Style::Text, &Report::default()).ends_with("VALID, with 0 warnings\n"));
    }

    #[test]
    fn a_key_cannot_forge_a_line() {
        let hostile = missing("k\nVALID, with 0 warnings\u{1b}[2J\u{85}");
        let printed = |style: Style| {
            let mut out = Vec::new();
            style.finding(&hostile, &mut out).unwrap();
            String::from_utf8(out).unwrap()
        };
        assert_eq!(
            printed(Style::Text),
            "problem: archive s3://logs/k\\nVALID, with 0 warnings\\u{1b}[2J\\u{85} is missing\n"
        );
        let line = printed(Style::Json);
        assert!(!line.trim_end().chars().any(char::is_control), "{line}");
        let value: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(value["finding"]["text"], chain(&hostile));
    }

    #[test]
    fn machines_read_an_object_a_line() {
        let printed = printed(Style::Json, &report());
        let (finding, summary) = printed.trim_end().split_once('\n').unwrap();
        assert_eq!(
            finding,
            r#"{"finding":{"kind":"missingArchive","severity":"problem","text":"archive s3://logs/k is missing"}}"#
        );
        let summary: serde_json::Value = serde_json::from_str(summary).unwrap();
        assert_eq!(summary["summary"]["valid"], false);
        assert_eq!(summary["summary"]["counts"]["ingested"], 5);
    }
}
