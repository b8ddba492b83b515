//! Events out of a segment: a row's columns and its record put together.

use super::Damaged;
use super::bodies::Bodies;
use super::columns::{Column, Columns};
use crate::instant::Instant;
use crate::page::{FoundEvent, Position, Resource};
use crate::store::StoredSegment;

/// A segment opened for reading whole events.
pub struct View<'s> {
    /// apart, as views are held while others are waited for
    columns: Box<Columns<'s>>,
    bodies: Bodies,
}

impl<'s> View<'s> {
    /// Decodes columns and bodies.
    pub fn open(segment: &'s StoredSegment) -> Result<Self, Damaged> {
        let columns = Box::new(Columns::decode(&segment.columns)?);
        let lengths = (0..columns.rows()).map(|row| columns.record_bytes(row));
        let bodies = Bodies::decode(&segment.bodies, lengths)?;
        Ok(Self { columns, bodies })
    }

    /// How many events.
    pub fn rows(&self) -> usize {
        self.columns.rows()
    }

    /// When a row's call was made.
    pub fn time(&self, row: usize) -> Instant {
        self.columns.time(row)
    }

    /// A row's record, verbatim.
    pub fn record(&self, row: usize) -> &str {
        self.bodies.get(row)
    }

    /// A row as readers get it.
    pub fn event(&self, row: usize) -> FoundEvent {
        let text = |column| self.columns.text(column).of_row(row).map(str::to_owned);
        FoundEvent {
            position: Position {
                time: self.columns.time(row),
                id: self.columns.id(row).into_owned(),
            },
            name: text(Column::Name).unwrap_or_default(),
            source: text(Column::Source),
            username: text(Column::Username),
            access_key_id: text(Column::AccessKeyId),
            project: text(Column::Project),
            origin: text(Column::Origin).unwrap_or_default(),
            read_only: self.columns.read_only(row),
            resources: self.resources(row),
            record: self.record(row).to_owned(),
        }
    }

    fn resources(&self, row: usize) -> Vec<Resource> {
        let all = self.columns.resources().of_row(row);
        all.map(|(name, kind)| Resource {
            name: name.map(str::to_owned),
            kind: kind.map(str::to_owned),
        })
        .collect()
    }
}
