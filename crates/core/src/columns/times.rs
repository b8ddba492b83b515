//! When the calls of rows were made, and in which slots they came.

use super::numbers::Numbers;
use super::stored::Reader;
use crate::damaged::Damaged;
use crate::event::Event;
use crate::instant::Instant;
use crate::slot::Slot;

/// How much older than the newest row each is: in seconds where all are whole ones, as they mostly are, else in
/// milliseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ages<'a> {
    are_seconds: bool,
    numbers: Numbers<'a>,
}

const SECOND: u64 = 1_000;

impl<'a> Ages<'a> {
    pub(super) fn read(from: &mut Reader<'a>, rows: usize) -> Result<Self, Damaged> {
        let are_seconds = match from.byte()? {
            0 => false,
            1 => true,
            _ => return Err(Damaged::Inconsistent("times are of no unit")),
        };
        Ok(Self {
            are_seconds,
            numbers: Numbers::read(from, rows)?,
        })
    }

    pub(super) fn of(ages: impl Iterator<Item = u64> + Clone) -> Self {
        let are_seconds = ages.clone().all(|age| age % SECOND == 0);
        let unit = if are_seconds { SECOND } else { 1 };
        Self {
            are_seconds,
            numbers: Numbers::of(ages.map(|age| age / unit)),
        }
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        out.push(u8::from(self.are_seconds));
        self.numbers.write(out);
    }

    /// In milliseconds.
    #[inline]
    pub(super) fn get(&self, row: usize) -> u64 {
        let number = self.numbers.get(row);
        if self.are_seconds {
            number.saturating_mul(SECOND)
        } else {
            number
        }
    }
}

/// In which slots the rows came. Mostly they came a few slots after the call was made: kept is how many, which takes less
/// than the slot does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Slots<'a> {
    /// how many slots after its own time a row came at least; negative if it came before
    least: i64,
    /// how many more each row's were
    more: Numbers<'a>,
}

impl<'a> Slots<'a> {
    /// Reads them, if they are there.
    pub(super) fn read(from: &mut Reader<'a>, rows: usize) -> Result<Option<Self>, Damaged> {
        if from.byte()? == 0 {
            return Ok(None);
        }
        Ok(Some(Self {
            least: from.long()?,
            more: Numbers::read(from, rows)?,
        }))
    }

    pub(super) fn write(slots: Option<&Self>, out: &mut Vec<u8>) {
        out.push(u8::from(slots.is_some()));
        if let Some(slots) = slots {
            out.extend(slots.least.to_le_bytes());
            slots.more.write(out);
        }
    }

    pub(super) fn of(events: &[&Event<'_>], slots: &[Slot]) -> Self {
        let rows = events.iter().zip(slots);
        let delays = rows.map(|(event, slot)| {
            let own = Slot::of(event.time).number();
            slot.number().saturating_sub(own)
        });
        let least = delays.clone().min().unwrap_or(0);
        Slots {
            least,
            more: Numbers::of(delays.map(|delay| delay.abs_diff(least))),
        }
    }

    pub(super) fn get(&self, row: usize, time: Instant) -> Slot {
        let first = Slot::of(time).number().saturating_add(self.least);
        Slot::from_number(first.saturating_add_unsigned(self.more.get(row)))
    }
}
