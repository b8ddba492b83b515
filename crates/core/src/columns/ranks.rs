//! How far each row is believed about its id.

use super::block::{Column, Columns};
use super::dictionary::Dictionary;
use crate::origin::{Origin, Rank};

/// The ranks of rows ([`Origin::rank`]), read once for each distinct origin.
pub struct RowRanks<'c> {
    origins: &'c Dictionary<'c>,
    /// by code
    ranks: Vec<Rank>,
}

impl<'c> RowRanks<'c> {
    /// Of these columns.
    pub fn of(columns: &'c Columns<'_>) -> Self {
        let origins = columns.text(Column::Origin);
        let rank = |text: &str| text.parse().map_or(Rank::LOWEST, |one: Origin| one.rank());
        Self {
            origins,
            ranks: origins.values().map(rank).collect(),
        }
    }

    /// The rank of a row.
    pub fn get(&self, row: usize) -> Rank {
        let code = self.origins.code(row) as usize;
        self.ranks.get(code).copied().unwrap_or(Rank::LOWEST)
    }
}
