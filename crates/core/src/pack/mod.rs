//! Packs: records as they came, with how they came, compressed together with a dictionary of ours.
//!
//! An arrival (L0) is a pack under [`items::key::arrivals`](crate::items::key::arrivals); a frame (L1) is a pack of up to
//! [`FRAME_ROWS`] rows of a run.

use crate::account::AccountId;
use crate::event::Event;
use crate::instant::{Instant, MINUTE};
use crate::items::key::{ArrivalKey, Lane};
use crate::items::{Item, Key};
use crate::segment::Damaged;
use crate::slot::Slot;

/// An arrival older than its slot's start by more than this is late.
pub const ON_TIME_MS: i64 = 5 * MINUTE;
/// Rows of a frame.
pub const FRAME_ROWS: u32 = 64;
/// Rows of a part of a run: what one item of columns holds, and one partition of frames.
pub const PART_ROWS: u32 = 1_024;

/// A row to be packed.
#[derive(Clone, Copy, Debug)]
pub struct PackRow<'a> {
    /// the record, verbatim, with its id in it
    pub text: &'a str,
    /// how it came ([`Origin::text`](crate::origin::Origin::text))
    pub origin: &'a str,
}

/// Packs rows; keeps its working memory.
pub struct PackEncoder {}

impl PackEncoder {
    /// A new one.
    pub fn new() -> Result<Self, Damaged> {
        todo!()
    }

    /// The pack's bytes, deterministic.
    pub fn encode<'r>(
        &mut self,
        rows: impl Iterator<Item = PackRow<'r>> + Clone,
    ) -> Result<Vec<u8>, Damaged> {
        let _ = rows.count();
        todo!()
    }
}

/// What determines a pack's bytes besides the rows: our version of the format, the dictionary's, zstd's. Part of the
/// name of every run.
pub fn encoder_version() -> String {
    todo!()
}

/// An unpacked pack.
#[derive(Debug)]
pub struct Pack {}

impl Pack {
    /// Unpacks.
    pub fn decode(bytes: &[u8]) -> Result<Self, Damaged> {
        let _ = bytes;
        todo!()
    }

    /// How many rows.
    pub fn rows(&self) -> usize {
        todo!()
    }

    /// A row's record.
    pub fn text(&self, row: usize) -> &str {
        let _ = row;
        todo!()
    }

    /// How it came.
    pub fn origin(&self, row: usize) -> &str {
        let _ = row;
        todo!()
    }
}

/// A batch as it arrived: one item of L0. Its rows are in read order (newest first).
#[derive(Debug)]
pub struct Arrival {
    /// its name
    pub key: ArrivalKey,
    /// when it was written, by the function's clock
    pub written: Instant,
    /// its records
    pub pack: Pack,
}

impl Arrival {
    /// Reads an item of L0.
    pub fn of(item: &Item) -> Result<Self, Damaged> {
        let _ = item;
        todo!()
    }
}

/// Rows that will be one item of L0: packed and named, whenever they are written.
#[derive(Debug)]
pub struct ArrivalDraft {}

impl ArrivalDraft {
    /// Of events of an account in read order (newest first; of the same time, the greater id first), at least one.
    pub fn new(
        encoder: &mut PackEncoder,
        account: AccountId,
        events: &[&Event<'_>],
    ) -> Result<Self, Damaged> {
        let _ = (encoder, account, events);
        todo!()
    }

    /// In which lane and under which key it lies if it is written in this slot, over so many shards.
    pub fn place(&self, slot: Slot, shards: u8) -> (Lane, Key) {
        let _ = (slot, shards);
        todo!()
    }

    /// The item to be created at `written`, by the function's clock; in the slot of that time.
    pub fn item(&self, written: Instant, shards: u8) -> Item {
        let _ = (written, shards);
        todo!()
    }
}
