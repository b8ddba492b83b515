//! Blocks and the runs they index, as the head and directories list them.

use serde::{Deserialize, Serialize};

use crate::instant::Instant;
use crate::items::key::{BlockId, RunId};
use crate::pack::FRAME_ROWS;
use crate::query::Attribute;
use crate::slot::Slot;
use crate::window::Window;

/// Which values are indexed: one more for every attribute added.
///
/// To add an attribute: one more here, and in [`since`] the attribute with that number. Blocks written before do not
/// know it ([`Block::knows`]): readers look into all their rows until they are merged into a block that does, which is
/// built from the columns, or have expired.
pub const VALUES_VERSION: u8 = 1;

/// Since which [`VALUES_VERSION`] an attribute is indexed.
const fn since(attribute: Attribute) -> u8 {
    let _ = attribute;
    1
}

/// Rows that were dropped of a window when a run was rolled up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dropped {
    /// of which window
    pub window: Window,
    /// the same event, stored before
    pub copies: u32,
    /// another text under the id and time of an event stored before
    pub conflicts: u32,
}

/// A run, as blocks know it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// its name
    pub id: RunId,
    /// rows it has
    pub rows: u32,
    /// slots its rows came in, and windows of which it says what was dropped; both ends included
    pub slots: (Slot, Slot),
    /// When its columns and frames may be deleted: as long after it was made as events were kept then, whatever the
    /// retention is now. Whole seconds
    pub expires: Instant,
    /// what was dropped
    pub dropped: Vec<Dropped>,
}

/// Where the items of a block lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Layout {
    /// one item has everything; every ask leads to it
    Single,
    /// buckets and row sets in one partition
    Together,
    /// buckets and row sets in sixteen partitions, by the first digit of their hash
    Spread,
}

/// A block, as the head lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// its name: hash of its runs' names and our version
    pub id: BlockId,
    /// which values it indexes ([`VALUES_VERSION`])
    pub values: u8,
    /// 0 over a run; higher over more
    pub tier: u8,
    /// rows of all its runs
    pub rows: u32,
    /// bytes of all their columns, unpacked: what building it anew takes of memory. Whoever builds it says it
    pub bytes: u64,
    /// slots its rows came in, both included
    pub slots: (Slot, Slot),
    /// time of its newest row
    pub newest: Instant,
    /// time of its oldest row that was not late ([`crate::pack::ON_TIME_MS`]); of the newest row if all were
    pub oldest: Instant,
    /// time of its oldest row
    pub least: Instant,
    /// When the first and when the last of its runs may be deleted; its own items may with the last. Readers take rows of
    /// a run for gone from then on, deleted or not
    pub expires: (Instant, Instant),
    /// where its items lie
    pub layout: Layout,
    /// how many bits of a hash it keeps
    pub hash_bits: u8,
    /// Rows of a piece of its directory: in each stand the frames that begin among so many rows. All rows, where it is one
    /// piece
    pub piece_rows: u32,
}

impl Block {
    /// Whether it was built when this attribute was indexed. If not, that a value is not found means nothing.
    pub const fn knows(&self, attribute: Attribute) -> bool {
        since(attribute) <= self.values
    }

    /// Whether its directory is one piece.
    pub(super) const fn is_one_piece(&self) -> bool {
        self.piece_rows >= self.rows
    }

    /// A row that lies in the same piece of the directory as this one, and is the same for nearly all rows of it.
    ///
    /// A frame begins less than [`FRAME_ROWS`] before each of its rows: only of the first few rows that a piece may have
    /// is it not known here whether their frame is in the piece before.
    pub(crate) fn in_piece(&self, row: u32) -> u32 {
        match row.checked_div(self.piece_rows).unwrap_or(0) {
            0 => 0,
            piece => {
                let begin = piece.saturating_mul(self.piece_rows);
                row.min(begin.saturating_add(FRAME_ROWS - 1))
            }
        }
    }

    /// What it keeps of a hash: the rest is 0.
    pub(super) fn kept(&self, hash: u64) -> u64 {
        let dropped = 64_u32.saturating_sub(self.hash_bits.into());
        hash.checked_shr(dropped)
            .and_then(|kept| kept.checked_shl(dropped))
            .unwrap_or(0)
    }
}
