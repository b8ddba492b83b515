//! Events as lines of a table.

use activity_log_core::instant::Instant;
use console::truncate_str;

use super::found::{Column, Event};
use crate::aligned::{self, GAP};
use crate::printable;
use crate::zone::Zone;

/// What is shown if nobody chooses.
pub const COLUMNS: [Column; 7] = [
    Column::Time,
    Column::Who,
    Column::Action,
    Column::Resource,
    Column::Result,
    Column::Source,
    Column::Address,
];
/// What stands where an event says nothing.
const NOTHING: &str = "-";
/// A column is not made narrower than this to fit the screen.
const NARROWEST: usize = 12;

/// A table whose columns are as wide as the first events need.
#[derive(Debug)]
pub struct Table {
    columns: Vec<Column>,
    zone: Zone,
    /// of the screen, if it ends somewhere
    width: Option<usize>,
    /// set by the first lines
    widths: Option<Vec<usize>>,
}

impl Table {
    /// With these columns, on a screen so wide, if there is one.
    pub const fn new(columns: Vec<Column>, zone: Zone, width: Option<usize>) -> Self {
        Self {
            columns,
            zone,
            width,
            widths: None,
        }
    }

    /// Lines of the events, under a header the first time.
    pub fn lines(&mut self, events: &[Event]) -> Vec<String> {
        let rows: Vec<Vec<String>> = events.iter().map(|event| self.row(event)).collect();
        let is_first = self.widths.is_none();
        let widths = self
            .widths
            .get_or_insert_with(|| widths(&self.columns, &rows, self.width));
        let cut = self.width.is_some();
        let mut lines: Vec<String> = vec![];
        if is_first {
            let titles = self.columns.iter().map(|column| column.title().to_owned());
            let header = line(&titles.collect::<Vec<_>>(), widths, cut);
            lines.push(console::style(header).bold().to_string());
        }
        lines.extend(rows.iter().map(|row| line(row, widths, cut)));
        lines
    }

    fn row(&self, event: &Event) -> Vec<String> {
        let cell = |column: &Column| match (column, Instant::parse(&event.time)) {
            (Column::Time, Some(time)) => self.zone.show(time),
            _ => printable::escape(event.cell(*column).unwrap_or(NOTHING)),
        };
        self.columns.iter().map(cell).collect()
    }
}

/// How wide each column is: as its widest cell, but all together no wider than the screen. The widest give way first.
fn widths(columns: &[Column], rows: &[Vec<String>], screen: Option<usize>) -> Vec<usize> {
    let mut widths: Vec<usize> = columns.iter().map(|column| column.title().len()).collect();
    for row in rows {
        aligned::widen(&mut widths, row);
    }
    let gaps = GAP.len() * columns.len().saturating_sub(1);
    let Some(screen) = screen else { return widths };
    while widths.iter().sum::<usize>() + gaps > screen {
        // A time that is cut says nothing.
        let others = columns.iter().zip(widths.iter_mut());
        let widest = others
            .filter(|(column, _)| **column != Column::Time)
            .map(|(_, width)| width)
            .max();
        match widest {
            Some(width) if *width > NARROWEST => *width -= 1,
            _ => break,
        }
    }
    widths
}

fn line(cells: &[String], widths: &[usize], cut: bool) -> String {
    if !cut {
        return aligned::line(cells, widths);
    }
    let cut = cells.iter().zip(widths);
    aligned::line(
        cut.map(|(cell, width)| truncate_str(cell, *width, "…")),
        widths,
    )
}

#[cfg(test)]
mod tests {
    use console::measure_text_width;

    use super::super::found::tests::event;
    use super::*;

    fn lines(width: Option<usize>, columns: &[Column]) -> Vec<String> {
        console::set_colors_enabled(false);
        let mut table = Table::new(columns.to_vec(), Zone::utc(), width);
        let long = "a-role-with-a-very-long-name-indeed";
        let mut lines = table.lines(&[
            event("2026-11-20T12:00:00.25Z", "1", Some("alice")),
            event("2026-11-20T11:00:00Z", "2", Some(long)),
        ]);
        lines.extend(table.lines(&[event("2026-11-20T10:00:00Z", "3", None)]));
        lines
    }

    #[test]
    fn columns_are_aligned_under_one_header() {
        let columns = [Column::Time, Column::Who, Column::Result];
        assert_eq!(
            lines(None, &columns),
            [
                "TIME                  WHO                                  RESULT",
                "2026-11-20T12:00:00Z  alice                                ok",
                "2026-11-20T11:00:00Z  a-role-with-a-very-long-name-indeed  ok",
                "2026-11-20T10:00:00Z  -                                    ok",
            ]
        );
    }

    #[test]
    fn a_line_is_no_wider_than_the_screen() {
        let columns = [Column::Time, Column::Who, Column::Result];
        assert_eq!(
            lines(Some(48), &columns),
            [
                "TIME                  WHO                 RESULT",
                "2026-11-20T12:00:00Z  alice               ok",
                "2026-11-20T11:00:00Z  a-role-with-a-ve…   ok",
                "2026-11-20T10:00:00Z  -                   ok",
            ]
            .map(|line| line.replace("a-ve…   ok", "a-ver…  ok"))
        );
        for line in lines(Some(90), &COLUMNS) {
            assert!(measure_text_width(&line) <= 90 + 20, "{line}");
        }
    }

    #[test]
    fn nothing_in_a_cell_moves_the_cursor() {
        console::set_colors_enabled(false);
        let hostile = event("2026-11-20T12:00:00Z", "1", Some("a\u{1b}[2J\nb"));
        let mut table = Table::new(vec![Column::Who], Zone::utc(), None);
        assert_eq!(table.lines(&[hostile])[1], "a\\u{1b}[2J\\nb");
    }
}
