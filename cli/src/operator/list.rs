//! Lists: a line a thing under a header, or all of them as one JSON document.

use std::io::Write;

use clap::Args;
use serde_json::{Map, Value};

use crate::aligned;
use crate::printable;

/// How a list is printed.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct Shape {
    /// Print one JSON document instead of a table
    #[arg(long)]
    pub json: bool,
}

/// Things of a kind, each with a cell under each heading.
#[derive(Debug)]
pub struct List<const COLUMNS: usize> {
    name: &'static str,
    lines: Vec<[String; COLUMNS]>,
    values: Vec<Value>,
}

impl<const COLUMNS: usize> List<COLUMNS> {
    /// None yet. `name` is the member of the JSON document that has them.
    pub fn new(name: &'static str, header: [&'static str; COLUMNS]) -> Self {
        Self {
            name,
            lines: vec![header.map(str::to_owned)],
            values: Vec::new(),
        }
    }

    /// Adds a thing: what people read of it, and what machines do.
    pub fn add(&mut self, cells: [String; COLUMNS], value: Value) {
        let shown = |cell: String| match printable::escape(&cell) {
            cell if cell.is_empty() => "-".to_owned(),
            cell => cell,
        };
        self.lines.push(cells.map(shown));
        self.values.push(value);
    }

    /// Prints all of them, in the order in which they came.
    pub fn print(self, shape: Shape, out: &mut impl Write) -> std::io::Result<()> {
        if shape.json {
            let values = Value::Array(self.values);
            let document = Map::from_iter([(self.name.to_owned(), values)]);
            return writeln!(out, "{}", printable::json(&document.into()));
        }
        let mut widths = [0; COLUMNS];
        for cells in &self.lines {
            aligned::widen(&mut widths, cells);
        }
        for cells in self.lines {
            writeln!(out, "{}", aligned::line(cells, &widths))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn list() -> List<3> {
        let mut list = List::new("users", ["NAME", "GRANTS", "CREATED"]);
        for (name, grants, created) in [
            ("alice", "administrator, producer", "2026"),
            ("jürgen\n\u{1b}[2J", "", "2027"),
            ("x", "auditor", ""),
        ] {
            let cells = [name, grants, created].map(str::to_owned);
            list.add(cells, json!({"name": name}));
        }
        list
    }

    fn printed(list: List<3>, json: bool) -> String {
        let mut out = Vec::new();
        list.print(Shape { json }, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn columns_stand_under_their_headings_and_nothing_trails() {
        assert_eq!(
            printed(list(), false),
            "NAME               GRANTS                   CREATED\n\
             alice              administrator, producer  2026\n\
             jürgen\\n\\u{1b}[2J  -                        2027\n\
             x                  auditor                  -\n"
        );
        let none = List::new("users", ["NAME", "GRANTS", "CREATED"]);
        assert_eq!(printed(none, false), "NAME  GRANTS  CREATED\n");
    }

    #[test]
    fn machines_get_one_document_on_one_line() {
        let text = printed(list(), true);
        assert_eq!(text.lines().count(), 1);
        let document: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            document,
            json!({"users": [{"name": "alice"}, {"name": "jürgen\n\u{1b}[2J"}, {"name": "x"}]})
        );
        let none = List::new("users", ["NAME", "GRANTS", "CREATED"]);
        assert_eq!(printed(none, true), "{\"users\":[]}\n");
    }
}
