//! How a trial is printed.

use std::fmt::Write as _;

use activity_log_core::object::Object;
use activity_log_core::plugins::Manifest;
use indicatif::{HumanBytes, HumanCount};
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};
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

/// What names an event, in any dialect: as it stands there.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Record {
    event_time: Option<Box<RawValue>>,
    event_name: Option<Box<RawValue>>,
    #[serde(rename = "eventID")]
    event_id: Option<Box<RawValue>>,
    timestamp: Option<Box<RawValue>>,
    action: Option<Box<RawValue>>,
    #[serde(rename = "event_id")]
    vk_event_id: Option<Box<RawValue>>,
}

/// The same for all dialects.
#[derive(Default)]
struct Named {
    time: Option<Box<RawValue>>,
    name: Option<Box<RawValue>>,
    id: Option<Box<RawValue>>,
}

/// A trial, for machines.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Told<'a> {
    plugin: &'a Manifest,
    events: usize,
    duplicates: usize,
    judged: usize,
    kept: usize,
    dropped: usize,
    rows: Vec<ToldRow<'a>>,
    cost: Value,
    log: Value,
    error: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ToldRow<'a> {
    kept: bool,
    #[serde(rename = "eventID")]
    event_id: Option<Box<RawValue>>,
    event_time: Option<Box<RawValue>>,
    event_name: Option<Box<RawValue>>,
    outputs: Vec<ToldOutput<'a>>,
}

#[derive(Serialize)]
struct ToldOutput<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<ToldCell>,
    after: ToldCell,
}

/// `{}` where there is no such field: `null` is a value.
#[derive(Serialize)]
struct ToldCell {
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Box<RawValue>>,
}

impl ToldCell {
    fn of(cell: &Cell) -> Self {
        let value = match cell {
            Cell::Absent => None,
            // The host has seen that it is JSON.
            Cell::Json(text) => RawValue::from_string(text.clone())
                .or_else(|_| to_raw_value(text))
                .ok(),
        };
        Self { value }
    }
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
        let parts = [named.time, named.name, named.id].map(said);
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
                Some(before) => {
                    let (before, after) = shown_both(before, after);
                    writeln!(text, "         {name}: {before} -> {after}")
                }
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
        let record: Option<Object<Record>> =
            event.and_then(|event| serde_json::from_str(event).ok());
        let Object(record) = record.unwrap_or_default();
        Named {
            time: record.event_time.or(record.timestamp),
            name: record.event_name.or(record.action),
            id: record.event_id.or(record.vk_event_id),
        }
    }

    /// For machines.
    pub fn json(&self) -> serde_json::Result<String> {
        let Recorded {
            kept,
            judged,
            used,
            log,
            ..
        } = self.recorded;
        let rows = self.recorded.rows.iter().map(|row| self.told(row));
        let told = Told {
            plugin: self.manifest,
            events: self.events.len(),
            duplicates: self.duplicates,
            judged: *judged,
            kept: *kept,
            dropped: judged - kept,
            rows: rows.collect(),
            cost: json!({
                "nanosPerEvent": per(used.guest_time.as_nanos(), used.rows),
                "fuelPerEvent": per(used.fuel.into(), used.rows),
                "fuel": used.fuel,
                "peakMemoryBytes": used.memory_bytes,
                "batches": used.batches,
            }),
            log: json!({ "lines": log, "count": used.log_lines, "isCut": used.log_cut }),
            error: self.error,
        };
        Ok(printable::json_text(&serde_json::to_string(&told)?) + "\n")
    }

    fn told<'r>(&self, row: &'r Row) -> ToldRow<'r> {
        let Named { time, name, id } = self.named(row);
        let outputs = row.outputs.iter().map(|written| ToldOutput {
            name: &written.name,
            before: written.before.as_ref().map(ToldCell::of),
            after: ToldCell::of(&written.after),
        });
        ToldRow {
            kept: row.kept,
            event_id: id,
            event_time: time,
            event_name: name,
            outputs: outputs.collect(),
        }
    }
}

/// A text without its quotation marks, and whatever else it is as it stands.
fn said(part: Option<Box<RawValue>>) -> String {
    let Some(part) = part else {
        return "null".to_owned();
    };
    match serde_json::from_str::<String>(part.get()) {
        Ok(text) => printable::escape(&text),
        Err(_) => printable::json_text(part.get()),
    }
}

fn per(total: u128, rows: u64) -> u64 {
    let rows = u128::from(rows.max(1));
    u64::try_from((total + rows / 2) / rows).unwrap_or(u64::MAX)
}

fn shown(cell: &Cell) -> String {
    cut(&whole(cell), 0)
}

/// Both from where they begin to differ, if that is further than what is shown.
fn shown_both(before: &Cell, after: &Cell) -> (String, String) {
    let (before, after) = (whole(before), whole(after));
    let pairs = before.chars().zip(after.chars());
    let same = pairs.take_while(|(one, other)| one == other).count();
    let from = if same < MAX_CHARS / 2 {
        0
    } else {
        same - MAX_CHARS / 4
    };
    (cut(&before, from), cut(&after, from))
}

fn whole(cell: &Cell) -> String {
    match cell {
        Cell::Absent => "(absent)".to_owned(),
        Cell::Json(text) => printable::json_text(text),
    }
}

/// The characters from there on, as many as are shown.
fn cut(text: &str, from: usize) -> String {
    let mut shown = String::from(if from > 0 { "…" } else { "" });
    let mut rest = text.chars().skip(from);
    shown.extend(rest.by_ref().take(MAX_CHARS));
    if rest.next().is_some() {
        shown.push('…');
    }
    shown
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
                        after: Cell::Json(r#""a\u001b""#.to_owned()),
                    },
                    Written {
                        name: "userAgent".to_owned(),
                        before: Some(Cell::Json(format!("{:?}", "x".repeat(300)))),
                        after: Cell::Absent,
                    },
                    Written {
                        name: "same".to_owned(),
                        before: Some(Cell::Json("null".to_owned())),
                        after: Cell::Json("null".to_owned()),
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
    fn values_are_shown_to_the_byte() {
        let cell = |json: &str| Cell::Json(json.to_owned());
        let long = |end: &str| cell(&format!("[{:?},{end}]", "x".repeat(300)));
        for (before, after, expected) in [
            (cell("1.10"), cell("1.1"), ("1.10", "1.1")),
            (
                cell(r#"{"a":1,"a":1e999}"#),
                cell("{\n\"a\":\"\\u0041\" }"),
                (r#"{"a":1,"a":1e999}"#, r#"{ "a":"\u0041" }"#),
            ),
            (Cell::Absent, cell("null"), ("(absent)", "null")),
        ] {
            let shown = shown_both(&before, &after);
            assert_eq!((shown.0.as_str(), shown.1.as_str()), expected);
        }
        let (before, after) = shown_both(&long("1.10"), &long("1.1"));
        assert!(
            before.starts_with("…x") && before.ends_with("x\",1.10]"),
            "{before}"
        );
        assert!(
            after.starts_with("…x") && after.ends_with("x\",1.1]"),
            "{after}"
        );
        let told = serde_json::to_string(&ToldCell::of(&cell("{\"a\":1.10,\"a\":1}"))).unwrap();
        assert_eq!(told, r#"{"value":{"a":1.10,"a":1}}"#);
    }

    #[test]
    fn an_event_is_named_as_it_says() {
        let events = [
            r#"{"eventTime":1689000000.250,"timestamp":"x","eventName":"\ud800","eventID":"1"}"#
                .to_owned(),
        ];
        let (manifest, recorded) = (manifest(), Recorded::default());
        let outcome = Outcome {
            manifest: &manifest,
            duplicates: 0,
            events: &events,
            recorded: &recorded,
            error: None,
        };
        let row = Row {
            event: 0,
            kept: true,
            outputs: vec![],
        };
        let mut text = String::new();
        outcome.row(&row, &mut text);
        assert_eq!(text, "kept     1689000000.250  \"\\ud800\"  1\n");
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
        let value: Value = serde_json::from_str(&outcome.json().unwrap()).unwrap();
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
