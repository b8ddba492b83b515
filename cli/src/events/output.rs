//! As what events are printed.

use clap::Args;

use super::found::{Column, Event};
use super::screen::screen;
use super::table::{COLUMNS, Table};
use crate::printable;
use crate::zone::Zone;

/// How to print.
#[derive(Clone, Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an option of its own on the command line"
)]
pub struct Output {
    /// The records, whole, as one JSON array
    #[arg(long, conflicts_with = "ndjson")]
    json: bool,
    /// The records, whole, one a line
    #[arg(long)]
    ndjson: bool,
    /// Columns of the table, in this order
    #[arg(long, value_enum, value_delimiter = ',', ignore_case = true, value_name = "NAMES", conflicts_with_all = ["json", "ndjson"])]
    columns: Vec<Column>,
    /// Times in the time zone of this machine (or of TZ); days begin there too [default: UTC]
    #[arg(long)]
    local: bool,
    /// Cells as long as they are, also on a terminal
    #[arg(long)]
    wide: bool,
}

/// Makes lines of events, portion by portion.
#[derive(Debug)]
pub enum Lines {
    /// for people
    Table(Table),
    /// a record a line
    Records,
    /// one array
    Array {
        /// no record came yet
        is_empty: bool,
    },
}

impl Output {
    /// In which zone times are meant.
    pub fn zone(&self) -> Zone {
        if self.local {
            Zone::local()
        } else {
            Zone::utc()
        }
    }

    /// Whether it is for people.
    pub const fn is_table(&self) -> bool {
        !self.json && !self.ndjson
    }

    /// Whether it is one JSON value, which has an end.
    pub const fn is_array(&self) -> bool {
        self.json
    }

    /// What makes the lines.
    pub fn lines(&self) -> Lines {
        if self.json {
            return Lines::Array { is_empty: true };
        }
        if self.ndjson {
            return Lines::Records;
        }
        let columns = if self.columns.is_empty() {
            COLUMNS.to_vec()
        } else {
            self.columns.clone()
        };
        let width = screen().filter(|_| !self.wide).map(|screen| screen.width);
        Lines::Table(Table::new(columns, self.zone(), width))
    }
}

impl Lines {
    /// Of these events.
    pub fn of(&mut self, events: &[Event]) -> Vec<String> {
        let record = |event: &Event| printable::json_text(event.record.get());
        match self {
            Self::Table(table) => table.lines(events),
            Self::Records => events.iter().map(record).collect(),
            Self::Array { is_empty } => {
                let lines = events.iter().map(|event| {
                    let before = if std::mem::take(is_empty) { "[" } else { "," };
                    format!("{before}{}", record(event))
                });
                lines.collect()
            }
        }
    }

    /// What comes after the last.
    pub const fn end(&self) -> Option<&'static str> {
        match self {
            Self::Array { is_empty: true } => Some("[]"),
            Self::Array { is_empty: false } => Some("]"),
            Self::Table(_) | Self::Records => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::found::tests::event;
    use super::*;

    #[test]
    fn json_is_one_value_however_many_records() {
        for count in 0..3 {
            let mut lines = Lines::Array { is_empty: true };
            let mut text = String::new();
            for id in 0..count {
                let event = event("2026-11-20T12:00:00Z", &id.to_string(), None);
                text.extend(lines.of(&[event]));
            }
            text.extend(lines.end());
            let value: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
            assert_eq!(value.len(), count);
        }
    }
}
