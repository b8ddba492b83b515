//! The index of L1: blocks over one run or several. A block maps hashes of values, of event ids and of pairs of frequent
//! values to the rows that have them, and knows where each row lies.
//!
//! Rows of a block are numbered in read order: its newest run first, and within a run the newest row first. Nothing
//! here reads or writes: it makes items and asks, and decodes what they hold.
//!
//! Hashes are cut: about one that is not there in 4,096 seems to be, and a set may have rows that do not belong. So rows
//! are verified on their records. What the index does not find is not there.

mod asks;
mod bits;
mod block;
mod bucket;
mod buckets;
mod build;
mod chunk;
mod counts;
mod directory;
mod entries;
mod frames;
mod hash;
mod hours;
mod item;
mod pairs;
mod pieces;
mod rows;
mod rowset;
mod single;
#[cfg(test)]
mod tests;

use crate::columns::Columns;
use crate::query::Attribute;

pub use asks::{bucket_ask, chunk_key, contents_key, directory_ask, hours_ask};
pub use block::{Block, Dropped, Layout, Run, VALUES_VERSION};
pub use bucket::Bucket;
pub use build::build;
pub use chunk::chunk_rows;
pub use directory::{Directory, FrameRef, Piece, contents, hours};
pub use hash::{error_hash, pair_hash, value_hash};
pub use hours::HourCount;

/// Values with at least so many rows of a block of tier 1 or more have their pairs indexed ([`Entry::is_paired`]).
pub const PAIR_ROWS: u32 = 256;
/// Most pairs of a block; it has no more of them than rows either. Where the values with [`PAIR_ROWS`] rows would have more, as
/// those of events with hundreds of resources do, only values with twice as many rows have pairs, or four times, and so on.
pub const MAX_PAIRS: u32 = 1 << 18;
/// Most rows of a block.
pub const MAX_BLOCK_ROWS: u32 = 1 << 25;
/// Most rows of an [`EntryRows::Here`], and of a chunk.
pub const MAX_SET_ROWS: u32 = 1 << 18;

/// Whether pairs of values of these two attributes are indexed. An event has many resources: pairs of their names and
/// types would be as many as the square of that.
pub const fn are_paired(one: Attribute, other: Attribute) -> bool {
    let has_id = matches!(one, Attribute::EventId) || matches!(other, Attribute::EventId);
    let are_resources = is_resource(one) && is_resource(other);
    !has_id && !are_resources
}

const fn is_resource(attribute: Attribute) -> bool {
    matches!(attribute, Attribute::ResourceName | Attribute::ResourceType)
}

/// A run to be indexed: what it is, and the decoded columns of its parts in order.
pub struct RunColumns<'c> {
    /// which
    pub run: &'c Run,
    /// its parts, all but the last of [`PART_ROWS`](crate::pack::PART_ROWS)
    pub parts: &'c [Columns<'c>],
}

/// What a block knows of a hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// rows that have it; few may be others', as hashes are cut
    pub count: u32,
    /// Whether the value takes part in pairs: where two values' entries both say so and their attributes
    /// [`are_paired`], a pair that has no entry never meets. (Not `count >= PAIR_ROWS`, which would be wrong where
    /// two hashes are cut alike.)
    pub is_paired: bool,
    /// which
    pub rows: EntryRows,
}

/// Where the row numbers stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryRows {
    /// here, ascending (newest first)
    Here(Vec<u32>),
    /// in so many chunks of their own, in order; each with its first row number
    Chunks(Vec<u32>),
    /// nowhere: a pair that is not rare; the sets of its two values tell
    Untold,
}
