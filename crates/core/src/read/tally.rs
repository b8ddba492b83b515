//! Counts by cells of time: parts of buckets that are counted whole or not at all.

use std::collections::BTreeMap;

use super::values::Values;
use crate::columns::{Column, Columns};
use crate::instant::{DAY, Instant, MINUTE};
use crate::query::Attribute;

/// An hour, in milliseconds.
pub(super) const HOUR: i64 = 60 * MINUTE;

/// Buckets, cut where a day begins (or an hour), so that a question about one long bucket can be answered in parts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cells {
    start: i64,
    width: i64,
    buckets: i64,
    cut: i64,
}

impl Cells {
    pub(super) fn new(start: Instant, width_ms: i64, buckets: usize, by_hours: bool) -> Self {
        Self {
            start: start.millis(),
            width: width_ms.max(1),
            buckets: i64::try_from(buckets).unwrap_or(1),
            cut: if by_hours { HOUR } else { DAY },
        }
    }

    /// The first time behind all buckets.
    pub(super) fn end(&self) -> Instant {
        let length = self.width.saturating_mul(self.buckets);
        Instant::from_millis(self.start.saturating_add(length))
    }

    /// Where the cell begins that has this time.
    pub(super) fn of(&self, time: Instant) -> Instant {
        let time = time.millis();
        let in_bucket = (time - self.start).rem_euclid(self.width);
        let in_cut = time.rem_euclid(self.cut);
        Instant::from_millis(time - in_bucket.min(in_cut))
    }

    /// Where the next cell begins.
    pub(super) fn edge_above(&self, time: Instant) -> Instant {
        let time = time.millis();
        let in_bucket = (time - self.start).rem_euclid(self.width);
        let in_cut = time.rem_euclid(self.cut);
        let left = (self.width - in_bucket).min(self.cut - in_cut);
        Instant::from_millis(time.saturating_add(left))
    }

    /// Which bucket a time is in.
    pub(super) fn bucket(&self, time: Instant) -> usize {
        let number = (time.millis() - self.start).div_euclid(self.width);
        usize::try_from(number).unwrap_or(usize::MAX)
    }
}

/// Bytes of the values of a cell. Some hundreds of cells are counted at once.
const CELL_BYTES: usize = 256 * 1024;
/// Bytes of the values of all cells that are counted.
const SUM_BYTES: usize = 16 * 1024 * 1024;

/// Events of a cell.
#[derive(Clone, Debug, Default)]
pub(super) struct Cell {
    pub events: u64,
    pub failed: u64,
    /// by value of the attribute asked for
    pub values: Values,
}

/// Counts of all cells.
#[derive(Clone, Debug)]
pub(super) struct Tally {
    pub cells: Cells,
    /// whose top values are asked for
    pub top: Option<Attribute>,
    counted: BTreeMap<Instant, Cell>,
    /// values of cells to which nothing comes any more
    settled: Values,
}

impl Tally {
    pub(super) fn new(cells: Cells, top: Option<Attribute>) -> Self {
        Self {
            cells,
            top,
            counted: BTreeMap::new(),
            settled: Values::default(),
        }
    }

    /// An empty one of the same kind.
    pub(super) fn like(&self) -> Self {
        Self::new(self.cells, self.top)
    }

    /// The cell of a time.
    pub(super) fn at(&mut self, time: Instant) -> &mut Cell {
        self.counted.entry(self.cells.of(time)).or_default()
    }

    /// Counts an event.
    pub(super) fn event(&mut self, time: Instant, failed: bool) {
        let cell = self.at(time);
        cell.events += 1;
        cell.failed += u64::from(failed);
    }

    /// Counts rows by their columns.
    pub(super) fn columns(&mut self, columns: &Columns<'_>, rows: impl Iterator<Item = usize>) {
        let mut values: Vec<String> = Vec::new();
        let mut codes: Vec<Vec<u32>> = Vec::new();
        if let Some(top) = self.top {
            let column = columns.values_of(top);
            values.resize_with(column.codes() as usize, String::new);
            codes.resize_with(columns.rows(), Vec::new);
            column.visit_values(|code, value| value.clone_into(&mut values[code as usize]));
            column.visit_rows(|row, code| codes[row as usize].push(code));
        }
        for row in rows {
            let failed = columns.text(Column::ErrorCode).of_row(row).is_some();
            let time = columns.time(row);
            self.event(time, failed);
            for code in codes.get(row).into_iter().flatten() {
                let cell = self.at(time);
                cell.values.add(&values[*code as usize], 1, CELL_BYTES);
            }
        }
    }

    pub(super) fn add(&mut self, other: Self) {
        for (start, cell) in other.counted {
            let into = self.counted.entry(start).or_default();
            into.events += cell.events;
            into.failed += cell.failed;
            into.values.add_all(&cell.values, CELL_BYTES);
        }
    }

    /// Nothing comes any more to cells that begin at `edge` or later: their values need not be kept apart.
    pub(super) fn settle(&mut self, edge: Instant) {
        for (_, cell) in self.counted.range_mut(edge..) {
            let values = std::mem::take(&mut cell.values);
            self.settled.add_all(&values, SUM_BYTES);
        }
    }

    /// The values that most events have of all cells that begin at `from` or later.
    pub(super) fn top(&self, from: Option<Instant>, most: usize) -> Vec<(String, u64)> {
        let mut sum = self.settled.clone();
        let cells = self.counted.iter();
        for (_, cell) in cells.filter(|(start, _)| from.is_none_or(|from| **start >= from)) {
            sum.add_all(&cell.values, SUM_BYTES);
        }
        sum.into_top(most)
    }

    pub(super) fn counted(&self) -> impl Iterator<Item = (Instant, &Cell)> {
        self.counted.iter().map(|(start, cell)| (*start, cell))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_buckets_cut_at_days() {
        let at = Instant::from_millis;
        let cells = Cells::new(at(DAY - 10), 25 * HOUR, 3, false);
        assert_eq!(cells.of(at(DAY - 1)), at(DAY - 10));
        assert_eq!(cells.edge_above(at(DAY - 1)), at(DAY));
        assert_eq!(cells.of(at(DAY + 5)), at(DAY));
        assert_eq!(cells.edge_above(at(DAY)), at(2 * DAY));
        assert_eq!(cells.edge_above(at(2 * DAY)), at(2 * DAY - 10 + HOUR));
        assert_eq!(cells.bucket(at(2 * DAY - 11 + HOUR)), 0);
        assert_eq!(cells.bucket(at(2 * DAY - 10 + HOUR)), 1);
        assert_eq!(cells.end(), at(DAY - 10 + 75 * HOUR));
    }
}
