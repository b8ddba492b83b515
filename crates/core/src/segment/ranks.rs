//! How far each row of a segment is believed about its id.

use super::Damaged;
use super::columns::{Column, Columns};
use super::dictionary::Codes;
use crate::origin::{Origin, Rank};

/// The ranks of a segment's rows ([`Origin::rank`]), read once for each distinct origin.
pub struct RowRanks<'c> {
    codes: Codes<'c>,
    /// by code
    ranks: Vec<Rank>,
}

impl<'c> RowRanks<'c> {
    /// Of these columns.
    pub fn of(columns: &'c Columns<'_>) -> Result<Self, Damaged> {
        let column = columns.text(Column::Origin);
        let rank = |text: &&str| text.parse().map_or(Rank::LOWEST, |one: Origin| one.rank());
        let absent = std::iter::once(Rank::LOWEST);
        Ok(Self {
            codes: column.codes(columns.rows())?,
            ranks: absent.chain(column.values().iter().map(rank)).collect(),
        })
    }

    /// The rank of a row.
    pub fn get(&self, row: usize) -> Rank {
        let code = self.codes.get(row) as usize;
        self.ranks.get(code).copied().unwrap_or(Rank::LOWEST)
    }
}
