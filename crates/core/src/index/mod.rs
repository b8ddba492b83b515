//! The index of L1: blocks over one run or several. A block maps hashes of values, of event ids and of pairs of frequent
//! values to the rows that have them, and knows where each row lies.
//!
//! Rows of a block are numbered in read order: its newest run first, and within a run the newest row first. Nothing
//! here reads or writes: it makes items and asks, and decodes what they hold.
//!
//! Hashes are cut: about one that is not there in 4,096 seems to be, and a set may have rows that do not belong. So rows
//! are verified on their records. What the index does not find is not there.

#[allow(dead_code, reason = "the builder is under way")]
mod asks;
#[allow(dead_code, reason = "the builder is under way")]
mod block;
#[allow(dead_code, reason = "the builder is under way")]
mod hash;

use crate::account::AccountId;
use crate::instant::Instant;
use crate::items::Item;
use crate::items::key::RunId;
use crate::query::Attribute;
use crate::segment::Damaged;
use crate::segment::columns::Columns;
use crate::slot::Slot;

pub use asks::{bucket_ask, chunk_key, contents_key, directory_ask, hours_ask};
pub use block::{Block, Dropped, Layout, Run, VALUES_VERSION};
pub use hash::{error_hash, pair_hash, value_hash};

/// Values with at least so many rows of a block of tier 1 or more have their pairs indexed ([`Entry::is_paired`]).
pub const PAIR_ROWS: u32 = 256;
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

/// Builds a block over runs, given newest first, of at most [`MAX_BLOCK_ROWS`] rows together. `expires` is when its items
/// may be deleted.
pub fn build(
    account: AccountId,
    tier: u8,
    runs: &[RunColumns<'_>],
    expires: Instant,
) -> Result<(Block, Vec<Item>), Damaged> {
    let _ = (account, tier, runs, expires);
    todo!()
}

/// A bucket, opened.
pub struct Bucket {}

impl Bucket {
    /// Reads an item that [`bucket_ask`] found.
    pub fn decode(item: &Item) -> Result<Self, Damaged> {
        let _ = item;
        todo!()
    }

    /// Whether it is the bucket of this hash. If not, the right one was not visible yet to the read: ask again,
    /// consistently.
    pub fn covers(&self, hash: u64) -> bool {
        let _ = hash;
        todo!()
    }

    /// What it says of a hash it covers; `None`: no row has it.
    pub fn find(&self, hash: u64) -> Result<Option<Entry>, Damaged> {
        let _ = hash;
        todo!()
    }
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

/// The row numbers of a chunk, ascending.
pub fn chunk_rows(item: &Item) -> Result<Vec<u32>, Damaged> {
    let _ = item;
    todo!()
}

/// A piece of a directory, as its table of contents lists it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Piece {
    /// its first row
    pub first: u32,
    /// times of its rows, late ones left out: newest, oldest
    pub times: (Instant, Instant),
    /// time of its oldest row
    pub least: Instant,
    /// slots its rows came in
    pub slots: (Slot, Slot),
}

/// Reads a table of contents.
pub fn contents(item: &Item) -> Result<Vec<Piece>, Damaged> {
    let _ = item;
    todo!()
}

/// A piece of a directory: which run, part and frame each row lies in, and what is known of its time without reading it.
pub struct Directory {
    /// the frames of this piece, in row order
    pub frames: Vec<FrameRef>,
    /// Runs that begin or go on in this piece, newest first, with the number of their first row in the block. What was
    /// dropped stands only where a run begins.
    pub runs: Vec<(u32, Run)>,
}

/// A frame, as a directory knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameRef {
    /// which run
    pub run: RunId,
    /// which part of it
    pub part: u32,
    /// which frame of that part
    pub frame: u8,
    /// its first row in the block
    pub first: u32,
    /// how many rows it has
    pub rows: u32,
    /// time of its newest row
    pub newest: Instant,
    /// No row of that time has an id that begins with more: four bytes, big end first (0 for those it has not). Hundreds
    /// of rows may share a second: times alone would have a page read all their frames. Only where the frame before it
    /// ends with the same time; else `u32::MAX`
    pub newest_id: u32,
    /// time of its oldest row, late ones left out unless all are
    pub oldest: Instant,
    /// No row of that time has an id that begins with less. Only where the frame behind it begins with the same time; else 0
    pub oldest_id: u32,
    /// times of its late rows: row in the frame, time; none where all are late
    pub late: Vec<(u8, Instant)>,
}

impl Directory {
    /// Reads an item that [`directory_ask`] found, of `block`.
    pub fn decode(item: &Item, block: &Block) -> Result<Self, Damaged> {
        let _ = (item, block);
        todo!()
    }

    /// The frame that has a row of the block.
    pub fn frame_of(&self, row: u32) -> Option<&FrameRef> {
        let _ = row;
        todo!()
    }
}

/// Events of a block by hour of event time, by class and by whether they failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct HourCount {
    /// hours since 1970
    pub hour: i64,
    /// whether the calls only read
    pub read_only: bool,
    /// whether they failed
    pub failed: bool,
    /// how many
    pub events: u32,
}

/// Reads the counts by hour, of an item that [`hours_ask`] found.
pub fn hours(item: &Item) -> Result<Vec<HourCount>, Damaged> {
    let _ = item;
    todo!()
}
