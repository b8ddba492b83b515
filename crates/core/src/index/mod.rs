//! The index of L1: blocks over one run or several. A block maps hashes of values, of event ids and of pairs of frequent
//! values to the rows that have them, and knows where each row lies.
//!
//! Rows of a block are numbered in read order: its newest run first, and within a run the newest row first. Nothing
//! here reads or writes: it makes items and asks, and decodes what they hold.

use crate::account::AccountId;
use crate::instant::Instant;
use crate::items::key::{BlockId, RunId};
use crate::items::{Ask, Item, Key};
use crate::query::Attribute;
use crate::segment::Damaged;
use crate::segment::columns::Columns;
use crate::slot::Slot;
use crate::window::Window;

/// Most rows two values may both have fewer of without their pair being indexed.
pub const PAIR_ROWS: u32 = 256;

/// The hash of a value of an attribute ([`Attribute::EventId`] and [`Attribute::ReadOnly`] included).
pub fn value_hash(attribute: Attribute, value: &str) -> u64 {
    let _ = (attribute, value);
    todo!()
}

/// The hash that rows with any error have.
pub fn error_hash() -> u64 {
    todo!()
}

/// The hash of rows that have both values.
pub fn pair_hash(one: u64, other: u64) -> u64 {
    let _ = (one, other);
    todo!()
}

/// Rows that were dropped of a window when a run was rolled up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Dropped {
    /// of which window
    pub window: Window,
    /// the same event, stored before
    pub copies: u32,
    /// another text under the id and time of an event stored before
    pub conflicts: u32,
}

/// A run, as blocks know it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Run {
    /// its name
    pub id: RunId,
    /// rows it has
    pub rows: u32,
    /// slots its rows came in, both included
    pub slots: (Slot, Slot),
    /// what was dropped
    pub dropped: Vec<Dropped>,
}

/// A block, as the head lists it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Block {
    /// its name: hash of its runs' names and our version
    pub id: BlockId,
    /// 0 over a run; higher over more
    pub tier: u8,
    /// rows of all its runs
    pub rows: u32,
    /// slots its rows came in, both included
    pub slots: (Slot, Slot),
    /// time of its newest row
    pub newest: Instant,
    /// time of its oldest row that was not late ([`crate::pack::ON_TIME_MS`]); of the newest row if all were
    pub oldest: Instant,
    /// time of its oldest row
    pub least: Instant,
    /// whether one item holds everything: the directory and all sets
    pub is_single: bool,
}

/// A run to be indexed: what it is, and the decoded columns of its parts in order.
pub struct RunColumns<'c> {
    /// which
    pub run: &'c Run,
    /// its parts
    pub parts: &'c [Columns<'c>],
}

/// Builds a block over runs, given newest first. `expires` is when its items may be deleted.
pub fn build(
    account: AccountId,
    tier: u8,
    runs: &[RunColumns<'_>],
    expires: Instant,
) -> Result<(Block, Vec<Item>), Damaged> {
    let _ = (account, tier, runs, expires);
    todo!()
}

/// Asks for the bucket of a block that would hold `hash`: the first item of the answer is it.
pub fn bucket_ask(account: AccountId, block: &Block, hash: u64) -> Ask {
    let _ = (account, block, hash);
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

    /// What it says of a hash; `None`: no row has it. About one absent hash in 4,096 seems present.
    pub fn find(&self, hash: u64) -> Result<Option<Entry>, Damaged> {
        let _ = hash;
        todo!()
    }
}

/// What a block knows of a hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// rows that have it
    pub count: u32,
    /// which
    pub rows: EntryRows,
}

/// Where the row numbers stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryRows {
    /// here, ascending (newest first)
    Here(Vec<u32>),
    /// in so many chunks of their own; each with the first row number it may hold
    Chunks(Vec<u32>),
    /// nowhere: a pair that is not rare; the sets of its two values tell
    Untold,
}

/// The key of a chunk of a large row set.
pub fn chunk_key(account: AccountId, block: &Block, hash: u64, chunk: u32) -> Key {
    let _ = (account, block, hash, chunk);
    todo!()
}

/// The row numbers of a chunk, ascending.
pub fn chunk_rows(item: &Item) -> Result<Vec<u32>, Damaged> {
    let _ = item;
    todo!()
}

/// Asks for the piece of a block's directory that has `row`: the first item of the answer is it.
pub fn directory_ask(account: AccountId, block: &Block, row: u32) -> Ask {
    let _ = (account, block, row);
    todo!()
}

/// The key of a directory's table of contents; `None` where the directory is one piece (then it is the piece of row 0).
pub fn contents_key(account: AccountId, block: &Block) -> Option<Key> {
    let _ = (account, block);
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
    /// runs that begin or go on in this piece, newest first, with the number of their first row in the block
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
    /// how the id of its newest row begins: its first four bytes, big end first (0 for those it has not). Hundreds of
    /// rows may share a second: times alone would have a page read all their frames
    pub newest_id: u32,
    /// time of its oldest row, late ones left out; of the newest row if all are late
    pub oldest: Instant,
    /// how the id of that row begins
    pub oldest_id: u32,
    /// times of its late rows: row in the frame, time
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

/// Asks for the counts of a block by hour: the first item of the answer has them.
pub fn hours_ask(account: AccountId, block: &Block) -> Ask {
    let _ = (account, block);
    todo!()
}

/// Reads them.
pub fn hours(item: &Item) -> Result<Vec<HourCount>, Damaged> {
    let _ = item;
    todo!()
}
