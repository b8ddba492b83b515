//! Events out of a segment: a row's columns and its record put together.

use super::Damaged;
use super::bodies::Bodies;
use super::columns::{Column, Columns};
use crate::instant::Instant;
use crate::page::{FoundEvent, Position, Resource};
use crate::store::StoredSegment;
use crate::store::key::Class;

/// A segment opened for reading whole events.
pub struct View<'s> {
    class: Class,
    columns: Columns<'s>,
    bodies: Bodies,
    /// where each row's resources start in the list of all
    starts: Vec<usize>,
}

impl<'s> View<'s> {
    /// Decodes columns and bodies.
    pub fn open(segment: &'s StoredSegment) -> Result<Self, Damaged> {
        let columns = Columns::decode(&segment.columns)?;
        let lengths = (0..columns.rows()).map(|row| columns.record_bytes(row));
        let bodies = Bodies::decode(&segment.bodies, lengths)?;
        let starts = columns
            .resources
            .counts
            .iter()
            .scan(0, |next, count| {
                let start = *next;
                *next += usize::from(*count);
                Some(start)
            })
            .collect();
        Ok(Self {
            class: segment.key.class,
            columns,
            bodies,
            starts,
        })
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
    pub fn event(&self, row: usize) -> Result<FoundEvent, Damaged> {
        let text = |column| -> Result<Option<String>, Damaged> {
            let column = self.columns.text(column);
            let code = column.codes(self.columns.rows())?.get(row);
            Ok(column.value(code).map(str::to_owned))
        };
        Ok(FoundEvent {
            position: Position {
                time: self.columns.time(row),
                id: self.columns.id(row).into_owned(),
            },
            name: text(Column::Name)?.unwrap_or_default(),
            source: text(Column::Source)?,
            username: text(Column::Username)?,
            access_key_id: text(Column::AccessKeyId)?,
            project: text(Column::Project)?,
            origin: text(Column::Origin)?.unwrap_or_default(),
            read_only: self.class == Class::ReadOnly,
            resources: self.resources(row)?,
            record: self.record(row).to_owned(),
        })
    }

    fn resources(&self, row: usize) -> Result<Vec<Resource>, Damaged> {
        let list = &self.columns.resources;
        let (Some(start), Some(count)) = (self.starts.get(row), list.counts.get(row)) else {
            return Ok(Vec::new());
        };
        let all = list.counts.iter().map(|count| usize::from(*count)).sum();
        let (names, kinds) = (list.names.codes(all)?, list.kinds.codes(all)?);
        Ok((*start..start + usize::from(*count))
            .map(|entry| Resource {
                name: list.names.value(names.get(entry)).map(str::to_owned),
                kind: list.kinds.value(kinds.get(entry)).map(str::to_owned),
            })
            .collect())
    }
}
