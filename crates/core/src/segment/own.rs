//! Which rows of a segment only the service and its operator can have told.

use super::Damaged;
use super::columns::{Column, Columns};
use super::dictionary::Codes;
use crate::origin::Origin;

/// Tells a segment's own rows ([`Origin::is_own`]) from others.
pub struct OwnRows<'c> {
    codes: Codes<'c>,
    /// codes of own origins; seldom more than one
    own: Vec<u32>,
}

impl<'c> OwnRows<'c> {
    /// Of these columns.
    pub fn of(columns: &'c Columns<'_>) -> Result<Self, Damaged> {
        let column = columns.text(Column::Origin);
        let is_own = |text: &&&str| text.parse().is_ok_and(|origin: Origin| origin.is_own());
        let own = column.values().iter().filter(is_own);
        Ok(Self {
            codes: column.codes(columns.rows())?,
            own: own.filter_map(|text| column.code_of(text)).collect(),
        })
    }

    /// Whether this row is one.
    pub fn has(&self, row: usize) -> bool {
        !self.own.is_empty() && self.own.contains(&self.codes.get(row))
    }
}
