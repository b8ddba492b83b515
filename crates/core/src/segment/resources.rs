//! The resources of rows: all of them in one list, of which a row has as many as its count says.

use serde::{Deserialize, Serialize};

use super::Damaged;
use super::dictionary::Dictionary;
use super::numbers::Numbers;
use crate::event::Event;

/// Name and type of every resource of every row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resources<'a> {
    #[serde(borrow)]
    counts: Numbers<'a>,
    #[serde(borrow)]
    pub(super) names: Dictionary<'a>,
    #[serde(borrow)]
    pub(super) kinds: Dictionary<'a>,
}

impl Resources<'_> {
    pub(super) fn of(events: &[&Event<'_>]) -> Resources<'static> {
        let all = || events.iter().flat_map(|event| &event.fields.resources);
        let counts = events.iter().map(|event| event.fields.resources.len());
        Resources {
            counts: Numbers::of(counts.map(|count| count as u64)),
            names: Dictionary::encode(all().map(|one| one.name.as_deref())),
            kinds: Dictionary::encode(all().map(|one| one.kind.as_deref())),
        }
    }

    pub(super) fn measure(&mut self, rows: usize) -> Result<(), Damaged> {
        self.counts.measure(rows)?;
        let all = self.first_of(rows);
        self.names.measure(all)?;
        self.kinds.measure(all)
    }

    /// Name and type of each resource of a row.
    pub fn of_row(&self, row: usize) -> impl Iterator<Item = (Option<&str>, Option<&str>)> {
        let first = self.first_of(row);
        let places = first..first.saturating_add(self.count(row));
        places.map(|place| (self.names.of_row(place), self.kinds.of_row(place)))
    }

    /// The row each resource of the list belongs to, ascending.
    pub(super) fn owners(&self, rows: u32) -> impl Iterator<Item = u32> {
        // Where there are none, nothing is looked through.
        let rows = if self.counts.are_zero() { 0 } else { rows };
        (0..rows).flat_map(|row| std::iter::repeat_n(row, self.count(row as usize)))
    }

    /// Where the resources of a row begin in the list of all.
    fn first_of(&self, row: usize) -> usize {
        usize::try_from(self.counts.sum(row)).unwrap_or(usize::MAX)
    }

    fn count(&self, row: usize) -> usize {
        usize::try_from(self.counts.get(row)).unwrap_or(usize::MAX)
    }
}
