//! A page of an answer that no index has: what is not to be there, and parts of values. Rows are found by columns, the newest
//! part first, and records are read of those rows alone that are given.

use std::collections::HashSet;

use super::feed::{Pace, decoded};
use super::fetch::Fetch;
use super::fresh::Fresh;
use super::holds::found;
use super::merge::{Merge, Next, PartRow};
use super::part::{self, Part, Records};
use super::search::Search;
use crate::columns::Column;
use crate::event::Event;
use crate::items::ItemReader;
use crate::items::key::RunId;
use crate::page::{FoundEvent, Page, PageRequest, Position};
use crate::reader::ReadError;

/// The page; its `next` is `None` where all was looked at that was read of what is not rolled up.
pub(super) async fn find<R: ItemReader>(
    fetch: &Fetch<'_, R>,
    search: &Search<'_>,
    fresh: &Fresh,
    page: &PageRequest,
) -> Result<Page, ReadError> {
    let mut merge = Merge::new(search, fresh, Pace::PAGE)?;
    let mut picked = Picked::default();
    let next = loop {
        match merge.next(fetch, search).await? {
            Next::Row(row) => {
                if picked.is_full(&row, page, fetch.budget.items()) {
                    break picked.rows.last().map(|last| last.position.clone());
                }
                picked.push(row)?;
            }
            Next::Spent(frontier) => break Some(frontier),
            Next::End => break None,
        }
    };
    let events = picked.events(fetch, search).await?;
    Ok(Page { events, next })
}

/// Rows of the page.
#[derive(Default)]
struct Picked {
    rows: Vec<PickedRow>,
    /// of their records
    bytes: usize,
    /// that are to be read
    frames: HashSet<(RunId, u32, usize)>,
}

struct PickedRow {
    position: Position,
    /// without its columns
    part: Part,
    row: usize,
    origin: String,
}

impl Picked {
    /// Whether another row is for the next page: also if more frames would be read than may be.
    fn is_full(&self, row: &PartRow, page: &PageRequest, most_frames: usize) -> bool {
        let is_read = |frame| self.frames.len() < most_frames || self.frames.contains(&frame);
        !self.rows.is_empty()
            && (self.rows.len() >= page.max_events
                || self.bytes + row.bytes > page.max_bytes
                || !row.part.frame_of(row.row).is_none_or(is_read))
    }

    fn push(&mut self, row: PartRow) -> Result<(), ReadError> {
        let columns = decoded(&row.part)?;
        let origin = columns.text(Column::Origin).of_row(row.row);
        let origin = origin.unwrap_or_default().to_owned();
        self.bytes += row.bytes;
        self.frames.extend(row.part.frame_of(row.row));
        self.rows.push(PickedRow {
            position: row.position,
            part: row.part.without_columns(),
            row: row.row,
            origin,
        });
        Ok(())
    }

    /// Reads the records: one round.
    async fn events<R: ItemReader>(
        &self,
        fetch: &Fetch<'_, R>,
        search: &Search<'_>,
    ) -> Result<Vec<FoundEvent>, ReadError> {
        let mut records = Records::with_capacity(self.rows.len());
        let rows = self.rows.iter().map(|row| Some((&row.part, row.row)));
        let rows: Vec<_> = rows.collect();
        fetch.budget.round();
        part::records(fetch, search.account, &rows, &mut records).await?;
        let events = self.rows.iter().enumerate();
        let events = events.map(|(nth, row)| row.event(records.get(nth)));
        events.collect()
    }
}

impl PickedRow {
    fn event(&self, record: &str) -> Result<FoundEvent, ReadError> {
        let event = Event::stored(record, &self.origin);
        let event = event.map_err(|source| ReadError::Damaged {
            key: self.part.name(),
            source: Box::new(source),
        })?;
        Ok(found(event))
    }
}
