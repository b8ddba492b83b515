//! How common values are, as far as blocks were asked: which of them to ask for first in the next ones.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::search::Wanted;
use crate::index::{Block, PAIR_ROWS};
use crate::query::Attribute;

/// Of each hash in how many rows it was, and of how many.
#[derive(Clone, Debug, Default)]
pub(super) struct Shares(Arc<Mutex<HashMap<u64, (u64, u64)>>>);

impl Shares {
    /// So many rows of this block have it.
    pub(super) fn note(&self, hash: u64, count: u32, block: &Block) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (having, all) = seen.entry(hash).or_default();
        *having += u64::from(count);
        *all += u64::from(block.rows);
    }

    /// The share of rows that have it; of what was not asked for yet, `None`.
    #[expect(clippy::cast_precision_loss, reason = "an estimate")]
    fn of(&self, hash: u64) -> Option<f64> {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (having, all) = seen.get(&hash)?;
        Some(*having as f64 / (*all as f64).max(1.0))
    }

    /// Sorts values by how rare they are; those that were not asked for yet come last, by how rare they seem to be.
    pub(super) fn sort(&self, wanted: &mut [Wanted]) {
        let order = |one: &Wanted| {
            let unknown = 1.0 + f64::from(commonness(one.attribute));
            self.of(one.hash).unwrap_or(unknown)
        };
        wanted.sort_by(|one, other| order(one).total_cmp(&order(other)));
    }

    /// Whether a value is likely to be frequent enough in this block for its pairs to be indexed.
    pub(super) fn expects_pairs(&self, hash: u64, block: &Block) -> bool {
        let share = self.of(hash).unwrap_or_default();
        block.tier > 0 && share * f64::from(block.rows) >= f64::from(PAIR_ROWS)
    }
}

/// A guess at how many events have one value of an attribute: less of those with many values.
const fn commonness(attribute: Attribute) -> u8 {
    match attribute {
        Attribute::EventId | Attribute::RequestId => 0,
        Attribute::AccessKeyId | Attribute::ResourceName => 1,
        Attribute::ErrorCode => 2,
        Attribute::Username | Attribute::PrincipalArn | Attribute::SourceIp => 3,
        Attribute::EventName => 4,
        Attribute::Project | Attribute::UserAgent | Attribute::ResourceType => 5,
        Attribute::EventSource => 6,
        Attribute::Region | Attribute::EventType | Attribute::Origin => 7,
        Attribute::ReadOnly => 8,
    }
}
