//! The resources of rows: all of them in one list, of which a row has as many as its count says.

use super::dictionary::Dictionary;
use super::numbers::Numbers;
use super::stored::Reader;
use crate::damaged::Damaged;
use crate::event::Event;

/// Name and type of every resource of every row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resources<'a> {
    counts: Numbers<'a>,
    pub(super) names: Dictionary<'a>,
    pub(super) kinds: Dictionary<'a>,
}

impl<'a> Resources<'a> {
    pub(super) fn read(from: &mut Reader<'a>, rows: usize) -> Result<Self, Damaged> {
        let counts = Numbers::read(from, rows)?;
        let all = usize::try_from(counts.sum(rows)).unwrap_or(usize::MAX);
        Ok(Self {
            counts,
            names: Dictionary::read(from, all)?,
            kinds: Dictionary::read(from, all)?,
        })
    }
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

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        self.counts.write(out);
        self.names.write(out);
        self.kinds.write(out);
    }

    /// Name and type of each resource of a row.
    pub fn of_row(&self, row: usize) -> impl Iterator<Item = (Option<&str>, Option<&str>)> {
        let first = self.first_of(row);
        let places = first..first.saturating_add(self.count(row));
        places.map(|place| (self.names.of_row(place), self.kinds.of_row(place)))
    }

    /// The names of all resources, each once, by their codes. Their [other names](crate::event::other_names), by which they
    /// are found too, are not among them.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.values()
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
