//! A filter at work as in a report, and what it says written down.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use activity_log_core::plugins::Manifest;
use activity_log_plugin::{
    Batch, Column, Failure, OwnedColumn, OwnedValue, Plugin, Run, Used, Value as Handed, Verdict,
};
use activity_log_reporting::{Judge, Spent};
use serde::Serialize;

/// Longest that the row at fault is looked for, as in the service.
const BLAME_TIME: Duration = Duration::from_secs(5);

/// Which rows are written down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Which {
    /// those in the report
    pub kept: bool,
    /// those that are not
    pub dropped: bool,
}

/// What the filter said.
#[derive(Debug, Default)]
pub struct Recorded {
    which: Which,
    most: usize,
    /// rows it judged
    pub judged: usize,
    /// rows it kept
    pub kept: usize,
    /// of the rows that are wanted, the first
    pub rows: Vec<Row>,
    /// how many more there are
    pub more: usize,
    /// what it needed
    pub used: Used,
    /// its log
    pub log: Vec<String>,
}

/// What it said of a row.
#[derive(Debug)]
pub struct Row {
    /// which event: the order of a report
    pub event: usize,
    /// whether it is in the report
    pub kept: bool,
    /// what the filter wrote, an output each
    pub outputs: Vec<Written>,
}

/// What it wrote into one column.
#[derive(Debug, PartialEq)]
pub struct Written {
    /// the column, or the field that is replaced
    pub name: String,
    /// what the field said; none for a column that is added
    pub before: Option<Cell>,
    /// what it says now
    pub after: Cell,
}

/// A value, or that there is none.
#[derive(Debug, PartialEq)]
pub enum Cell {
    /// no such field
    Absent,
    /// this, as JSON: an object or a list to the byte, as it stands in the event or as the filter wrote it
    Json(String),
}

impl Cell {
    fn of(value: impl Serialize) -> Self {
        // What fails is no number, string or truth.
        serde_json::to_string(&value).map_or(Self::Absent, Self::Json)
    }
}

impl Recorded {
    /// Nothing yet. At most so many rows of these will be written down.
    pub fn new(which: Which, most: usize) -> Self {
        Self {
            which,
            most,
            ..Self::default()
        }
    }

    fn add(&mut self, outputs: &[Output], batch: &Batch<'_>, verdict: &Verdict) {
        for (row, kept) in verdict.keep.iter().copied().enumerate() {
            let is_wanted = if kept {
                self.which.kept
            } else {
                self.which.dropped
            };
            if is_wanted && self.rows.len() < self.most {
                // What a dropped row would have had is nowhere.
                let written = outputs.iter().zip(&verdict.outputs).filter(|_| kept);
                self.rows.push(Row {
                    event: self.judged + row,
                    kept,
                    outputs: written
                        .map(|(output, column)| output.written(batch, column, row))
                        .collect(),
                });
            } else if is_wanted {
                self.more += 1;
            }
            self.kept += usize::from(kept);
        }
        self.judged += verdict.keep.len();
    }
}

/// An output of the manifest.
struct Output {
    name: String,
    /// the input that it replaces
    input: Option<usize>,
}

impl Output {
    fn of(manifest: &Manifest) -> Vec<Self> {
        let outputs = manifest.outputs.iter().map(|name| Self {
            name: name.clone(),
            input: manifest.inputs.iter().position(|input| input == name),
        });
        outputs.collect()
    }

    fn written(&self, batch: &Batch<'_>, column: &OwnedColumn, row: usize) -> Written {
        let before = self.input.and_then(|input| batch.columns.get(input));
        Written {
            name: self.name.clone(),
            before: before.map(|column| handed(column, row)),
            after: owned(column, row),
        }
    }
}

fn handed(column: &Column<'_>, row: usize) -> Cell {
    let code = column.index.get(row).map(|code| *code as usize);
    match code.and_then(|code| column.values.get(code)) {
        None | Some(Handed::Absent) => Cell::Absent,
        Some(Handed::Null) => Cell::of(()),
        Some(Handed::Boolean(value)) => Cell::of(value),
        Some(Handed::Integer(value)) => Cell::of(value),
        Some(Handed::Float(value)) => Cell::of(value),
        Some(Handed::Text(text)) => Cell::of(text),
        Some(Handed::Json(text)) => Cell::Json((*text).to_owned()),
    }
}

fn owned(column: &OwnedColumn, row: usize) -> Cell {
    let code = column.index.get(row).map(|code| *code as usize);
    match code.and_then(|code| column.values.get(code)) {
        None | Some(OwnedValue::Absent) => Cell::Absent,
        Some(OwnedValue::Null) => Cell::of(()),
        Some(OwnedValue::Boolean(value)) => Cell::of(value),
        Some(OwnedValue::Integer(value)) => Cell::of(value),
        Some(OwnedValue::Float(value)) => Cell::of(value),
        Some(OwnedValue::Text(text)) => Cell::of(text),
        Some(OwnedValue::Json(text)) => Cell::Json(text.clone()),
    }
}

/// Runs the filter and writes down what it says.
pub struct Recorder {
    plugin: Plugin,
    run: Run,
    parameters: Vec<(String, String)>,
    outputs: Vec<Output>,
    recorded: Arc<Mutex<Recorded>>,
}

impl Recorder {
    /// Of a run.
    pub fn new(
        plugin: Plugin,
        run: Run,
        parameters: Vec<(String, String)>,
        manifest: &Manifest,
        recorded: &Arc<Mutex<Recorded>>,
    ) -> Self {
        Self {
            plugin,
            run,
            parameters,
            outputs: Output::of(manifest),
            recorded: Arc::clone(recorded),
        }
    }
}

impl Judge for Recorder {
    fn judge(&mut self, batch: &Batch<'_>) -> Result<Verdict, Failure> {
        let verdict = self.run.filter(batch);
        let mut recorded = self.recorded.lock().unwrap_or_else(PoisonError::into_inner);
        if let Ok(verdict) = &verdict {
            recorded.add(&self.outputs, batch, verdict);
        }
        recorded.used = self.run.used();
        recorded.log = self.run.log().to_vec();
        verdict
    }

    fn blame(&self, batch: &Batch<'_>, failure: &Failure) -> Option<u32> {
        self.plugin
            .blame(&self.parameters, batch, failure, BLAME_TIME)
    }

    fn used(&self) -> Spent {
        let used = self.run.used();
        Spent {
            fuel: used.fuel,
            time_ms: u64::try_from(used.guest_time.as_millis()).unwrap_or(u64::MAX),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest() -> Manifest {
        Manifest {
            inputs: vec!["eventName".to_owned(), "userAgent".to_owned()],
            outputs: vec!["risk".to_owned(), "userAgent".to_owned()],
            ..Manifest::default()
        }
    }

    #[test]
    fn wanted_rows_are_written_down_and_the_rest_counted() {
        let batch = Batch {
            rows: 4,
            columns: vec![
                Column {
                    values: vec![Handed::Text("A")],
                    index: &[0, 0, 0, 0],
                },
                Column {
                    values: vec![Handed::Absent, Handed::Text("cli")],
                    index: &[1, 0, 1, 1],
                },
            ],
        };
        let verdict = Verdict {
            keep: vec![true, false, true, true],
            outputs: vec![
                OwnedColumn {
                    values: vec![
                        OwnedValue::Integer(7),
                        OwnedValue::Json("[1.10, 1]".to_owned()),
                    ],
                    index: vec![0, 0, 1, 1],
                },
                OwnedColumn {
                    values: vec![OwnedValue::Absent],
                    index: vec![0; 4],
                },
            ],
        };
        let which = Which {
            kept: true,
            dropped: false,
        };
        let mut recorded = Recorded::new(which, 3);
        let outputs = Output::of(&manifest());
        recorded.add(&outputs, &batch, &verdict);
        recorded.add(&outputs, &batch, &verdict);
        assert_eq!((recorded.judged, recorded.kept, recorded.more), (8, 6, 3));
        let events: Vec<usize> = recorded.rows.iter().map(|row| row.event).collect();
        assert_eq!(events, [0, 2, 3]);
        assert_eq!(
            recorded.rows[1].outputs,
            [
                Written {
                    name: "risk".to_owned(),
                    before: None,
                    after: Cell::Json("[1.10, 1]".to_owned())
                },
                Written {
                    name: "userAgent".to_owned(),
                    before: Some(Cell::Json("\"cli\"".to_owned())),
                    after: Cell::Absent,
                },
            ]
        );

        let which = Which {
            kept: false,
            dropped: true,
        };
        let mut recorded = Recorded::new(which, 3);
        recorded.add(&outputs, &batch, &verdict);
        assert_eq!(recorded.rows.len(), 1);
        assert!(!recorded.rows[0].kept && recorded.rows[0].outputs.is_empty());
    }
}
