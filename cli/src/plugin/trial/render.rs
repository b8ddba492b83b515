//! How a trial is printed.

use std::fmt::Write as _;

use activity_log_core::plugins::Manifest;
use indicatif::{HumanBytes, HumanCount};
use serde::Deserialize;
use serde_json::{Value, json};

use super::recorder::{Cell, Recorded, Row, Written};
use crate::plugin::render;
use crate::printable;

/// Fewer events than this tell little about time: a batch has so many.
const FEW: u64 = 4_096;
/// Longest value that is printed, in characters.
const MAX_CHARS: usize = 200;

/// What is to be told.
pub struct Outcome<'a> {
    /// what the filter says of itself
    pub manifest: &'a Manifest,
    /// events that stood there twice
    pub duplicates: usize,
    /// all events, in the order of a report
    pub events: &'a [String],
    /// what the filter said
    pub recorded: &'a Recorded,
    /// why it failed
    pub error: Option<&'a str>,
}

/// What names an event, in any dialect.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Named {
    #[serde(rename = "eventTime", alias = "timestamp")]
    time: Value,
    #[serde(rename = "eventName", alias = "action")]
    name: Value,
    #[serde(rename = "eventID", alias = "event_id")]
    id: Value,
}

impl Outcome<'_> {
    /// For people.
    pub fn text(&self) -> String {
        let mut text = String::new();
        self.head(&mut text);
        for row in &self.recorded.rows {
            self.row(row, &mut text);
        }
        if self.recorded.more > 0 {
            let more = HumanCount(self.recorded.more as u64);
            let _ = writeln!(text, "… and {more} more (--rows)");
        }
        if !self.recorded.rows.is_empty() {
            text.push('\n');
        }
        self.cost(&mut text);
        let log = &self.recorded.log;
        if !log.is_empty() {
            let _ = writeln!(text, "log         {} lines", self.recorded.used.log_lines);
            for line in log {
                let _ = writeln!(text, "  | {}", printable::escape(line));
            }
        }
        text
    }

    // Writing to a String cannot fail.
    fn head(&self, text: &mut String) {
        let Manifest { name, version, .. } = self.manifest;
        let _ = writeln!(text, "plugin      {name}@{version}");
        text.push_str(&render::manifest(self.manifest));
        let Recorded { kept, judged, .. } = self.recorded;
        let events = self.events.len();
        let _ = write!(
            text,
            "\nkept {kept} of {events} events, dropped {}",
            judged - kept
        );
        if self.error.is_some() {
            let _ = write!(text, ", failed before the other {}", events - judged);
        }
        if self.duplicates > 0 {
            let _ = write!(
                text,
                " ({} more stand there twice and count once)",
                self.duplicates
            );
        }
        text.push_str("\n\n");
    }

    fn row(&self, row: &Row, text: &mut String) {
        let named = self.named(row);
        let verdict = if row.kept { "kept" } else { "dropped" };
        let parts = [&named.time, &named.name, &named.id].map(|part| match part {
            Value::String(part) => printable::escape(part),
            part => printable::json(part),
        });
        let _ = writeln!(text, "{verdict:<8} {}", parts.join("  "));
        for Written {
            name,
            before,
            after,
        } in &row.outputs
        {
            let name = printable::escape(name);
            let _ = match before {
                None => writeln!(text, "         {name} = {}", shown(after)),
                Some(before) if before == after => continue,
                Some(before) => writeln!(
                    text,
                    "         {name}: {} -> {}",
                    shown(before),
                    shown(after)
                ),
            };
        }
    }

    fn cost(&self, text: &mut String) {
        let used = &self.recorded.used;
        if used.rows == 0 {
            return;
        }
        let _ = writeln!(
            text,
            "cost        {} ns and {} fuel an event, peak memory {}, batches {}",
            HumanCount(per(used.guest_time.as_nanos(), used.rows)),
            HumanCount(per(used.fuel.into(), used.rows)),
            HumanBytes(used.memory_bytes as u64),
            used.batches
        );
        if used.rows < FEW {
            text.push_str(
                "            (of so few events most is the cost of the call; try some thousands)\n",
            );
        }
    }

    fn named(&self, row: &Row) -> Named {
        let event = self.events.get(row.event);
        event
            .and_then(|event| serde_json::from_str(event).ok())
            .unwrap_or_default()
    }

    /// For machines.
    pub fn json(&self) -> String {
        let Recorded {
            kept,
            judged,
            used,
            log,
            ..
        } = self.recorded;
        let rows: Vec<Value> = self
            .recorded
            .rows
            .iter()
            .map(|row| self.row_json(row))
            .collect();
        let outcome = json!({
            "plugin": self.manifest,
            "events": self.events.len(),
            "duplicates": self.duplicates,
            "judged": judged,
            "kept": kept,
            "dropped": judged - kept,
            "rows": rows,
            "cost": {
                "nanosPerEvent": per(used.guest_time.as_nanos(), used.rows),
                "fuelPerEvent": per(used.fuel.into(), used.rows),
                "fuel": used.fuel,
                "peakMemoryBytes": used.memory_bytes,
                "batches": used.batches,
            },
            "log": { "lines": log, "count": used.log_lines, "isCut": used.log_cut },
            "error": self.error,
        });
        printable::json(&outcome) + "\n"
    }

    fn row_json(&self, row: &Row) -> Value {
        let named = self.named(row);
        let outputs = row.outputs.iter().map(|written| {
            let mut value = json!({ "name": written.name, "after": cell_json(&written.after) });
            if let Some(before) = &written.before {
                value["before"] = cell_json(before);
            }
            value
        });
        json!({
            "kept": row.kept,
            "eventID": named.id,
            "eventTime": named.time,
            "eventName": named.name,
            "outputs": outputs.collect::<Vec<_>>(),
        })
    }
}

fn per(total: u128, rows: u64) -> u64 {
    let rows = u128::from(rows.max(1));
    u64::try_from((total + rows / 2) / rows).unwrap_or(u64::MAX)
}

fn shown(cell: &Cell) -> String {
    match cell {
        Cell::Absent => "(absent)".to_owned(),
        Cell::Json(value) => {
            let text = printable::json(value);
            match text.char_indices().nth(MAX_CHARS) {
                Some((end, _)) => format!("{}…", &text[..end]),
                None => text,
            }
        }
    }
}

/// `{}` where there is no such field: `null` is a value.
fn cell_json(cell: &Cell) -> Value {
    match cell {
        Cell::Absent => json!({}),
        Cell::Json(value) => json!({ "value": value }),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use activity_log_plugin::Used;

    use super::*;

    fn recorded() -> Recorded {
        let mut recorded = Recorded::default();
        recorded.judged = 2;
        recorded.kept = 1;
        recorded.more = 1;
        recorded.rows = vec![
            Row {
                event: 1,
                kept: true,
                outputs: vec![
                    Written {
                        name: "risk".to_owned(),
                        before: None,
                        after: Cell::Json("a\u{1b}".into()),
                    },
                    Written {
                        name: "userAgent".to_owned(),
                        before: Some(Cell::Json("x".repeat(300).into())),
                        after: Cell::Absent,
                    },
                    Written {
                        name: "same".to_owned(),
                        before: Some(Cell::Json(Value::Null)),
                        after: Cell::Json(Value::Null),
                    },
                ],
            },
            Row {
                event: 0,
                kept: false,
                outputs: vec![],
            },
        ];
        recorded.used = Used {
            fuel: 2_001,
            memory_bytes: 1_114_112,
            guest_time: Duration::from_micros(3),
            batches: 1,
            rows: 2,
            log_lines: 1,
            log_cut: false,
        };
        recorded.log = vec!["hello\nthere".to_owned()];
        recorded
    }

    fn events() -> Vec<String> {
        vec![
            r#"{"timestamp":"2026-11-20T12:00:00Z","action":"read","event_id":"1"}"#.to_owned(),
            r#"{"eventTime":"2026-11-19T12:00:00Z","eventName":"Stop\u001b","eventID":"0"}"#
                .to_owned(),
            "{}".to_owned(),
        ]
    }

    fn manifest() -> Manifest {
        Manifest {
            name: "night".to_owned(),
            version: "1.0.0".to_owned(),
            inputs: vec!["userAgent".to_owned()],
            outputs: vec!["risk".to_owned(), "userAgent".to_owned()],
            ..Manifest::default()
        }
    }

    #[test]
    fn people_see_what_was_kept_and_written() {
        let (manifest, events, recorded) = (manifest(), events(), recorded());
        let outcome = Outcome {
            manifest: &manifest,
            duplicates: 3,
            events: &events,
            recorded: &recorded,
            error: Some("PluginFailed: x"),
        };
        let long = "x".repeat(199);
        assert_eq!(
            outcome.text(),
            format!(
                "plugin      night@1.0.0\n\
                 inputs      userAgent\n\
                 outputs     adds risk, replaces userAgent\n\
                 \n\
                 kept 1 of 3 events, dropped 1, failed before the other 1 (3 more stand there twice and count once)\n\
                 \n\
                 kept     2026-11-19T12:00:00Z  Stop\\u{{1b}}  0\n\
                 \x20        risk = \"a\\u001b\"\n\
                 \x20        userAgent: \"{long}… -> (absent)\n\
                 dropped  2026-11-20T12:00:00Z  read  1\n\
                 … and 1 more (--rows)\n\
                 \n\
                 cost        1,500 ns and 1,001 fuel an event, peak memory 1.06 MiB, batches 1\n\
                 \x20           (of so few events most is the cost of the call; try some thousands)\n\
                 log         1 lines\n\
                 \x20 | hello\\nthere\n"
            )
        );
    }

    #[test]
    fn machines_get_the_same() {
        let (manifest, events, recorded) = (manifest(), events(), recorded());
        let outcome = Outcome {
            manifest: &manifest,
            duplicates: 0,
            events: &events,
            recorded: &recorded,
            error: None,
        };
        let value: Value = serde_json::from_str(&outcome.json()).unwrap();
        assert_eq!(value["plugin"]["name"], "night");
        assert_eq!(
            (&value["kept"], &value["dropped"], &value["events"]),
            (&json!(1), &json!(1), &json!(3))
        );
        assert_eq!(
            value["rows"][0]["outputs"][0],
            json!({ "name": "risk", "after": { "value": "a\u{1b}" } })
        );
        assert_eq!(value["rows"][0]["outputs"][1]["after"], json!({}));
        assert_eq!(value["rows"][1]["eventName"], "read");
        assert_eq!(value["cost"]["fuelPerEvent"], 1_001);
        assert_eq!(value["log"]["lines"], json!(["hello\nthere"]));
        assert_eq!(value["error"], Value::Null);
    }
}
