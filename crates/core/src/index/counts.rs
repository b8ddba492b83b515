//! A first look at all rows of a block: how often each value occurs, and when.

use super::build::Source;
use super::entries::Entries;
use super::hash::error_hash;
use super::hours::{self, Hours};
use super::pairs::ByHash;
use super::rows::{self, Rows};
use crate::damaged::Damaged;

/// What a first look at all rows says.
pub(super) struct Counts {
    /// hashes of values, ascending, with how many rows have each
    totals: Vec<(u64, u32)>,
    /// different hashes, ids included
    pub entries: u64,
    /// what putting them together takes
    pub bytes: u64,
    pub hours: hours::Coded,
}

impl Counts {
    pub fn of<R: Rows>(sources: &[Source<'_, R>]) -> Result<Self, Damaged> {
        let mut totals = Vec::new();
        let mut hours = Hours::default();
        let mut bytes: u64 = 0;
        for (_, part) in sources.iter().flat_map(Source::parts) {
            let mut has_failed = vec![false; part.count()];
            rows::common(part, &mut |common| {
                let count = u32::try_from(common.rows.len()).unwrap_or(u32::MAX);
                totals.push((common.hash, count));
                bytes += Entries::bytes(count);
                if common.hash == error_hash() {
                    for row in common.rows {
                        has_failed[*row as usize] = true;
                    }
                }
            })?;
            for (row, failed) in has_failed.into_iter().enumerate() {
                hours.add(part.time(row).millis(), part.is_read_only(row), failed);
            }
        }
        totals.sort_unstable();
        totals.dedup_by(|one, sum| {
            let is_same = one.0 == sum.0;
            if is_same {
                sum.1 += one.1;
            }
            is_same
        });
        let rows: u64 = sources.iter().map(|one| u64::from(one.rows())).sum();
        Ok(Self {
            entries: totals.len() as u64 + rows,
            bytes: bytes + rows * Entries::ID_BYTES,
            totals,
            hours: hours.coded(),
        })
    }

    /// The values that at least so many rows have.
    pub fn frequent(&self, least: u32) -> ByHash<u32> {
        let totals = self.totals.iter().copied();
        totals.filter(|(_, total)| *total >= least).collect()
    }
}
