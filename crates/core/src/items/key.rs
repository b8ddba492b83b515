//! Every key of the store: the one place where they are made.
//!
//! | Item | partition | sort |
//! |---|---|---|
//! | arrival (L0) | `L#account#lane#shard` | slot, newest event, hash |
//! | frame (L1) | `F#account#run#part` | frame |
//! | columns (L1) | `C#account#run#group` | part |
//! | bucket of an index block | `I#account#block#nibble` | `b`, first hash |
//! | chunk of a large row set | `I#account#block#nibble` | `v`, hash, chunk |
//! | directory of a block | `D#account#block` | first row; `toc` |
//! | head, claim | `H#account` | `head`, `claim` |
//! | what is decided for archives | `V#account` | `decided` |

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::Key;
use crate::account::AccountId;
use crate::instant::Instant;
use crate::slot::Slot;

/// Greater than what any sort key goes on with.
pub const LAST: char = '~';

/// Which arrivals lie together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Lane {
    /// nothing in it is older than its slot's start less [`ON_TIME_MS`](crate::pack::ON_TIME_MS), or newer than its slot
    OnTime,
    /// something is (a clock of a sender's is fast): pages read all of these
    Late,
}

impl Lane {
    /// Both.
    pub const ALL: [Self; 2] = [Self::OnTime, Self::Late];

    const fn letter(self) -> char {
        match self {
            Self::OnTime => 'n',
            Self::Late => 'l',
        }
    }
}

/// A hash of content, as a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ContentHash(pub [u8; 12]);

impl std::fmt::Display for ContentHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

/// A run: rows that were rolled up together.
pub type RunId = ContentHash;
/// A block of the index: over one run or several.
pub type BlockId = ContentHash;

/// Name of an arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ArrivalKey {
    /// when it was written
    pub slot: Slot,
    /// time of its newest event
    pub newest: Instant,
    /// hash of its account and content
    pub hash: ContentHash,
}

impl ArrivalKey {
    /// The sort key: greater is later.
    pub fn sort(&self) -> String {
        let newest = self.newest.millis().max(0);
        format!("{}{newest:013}{}", slot(self.slot), self.hash)
    }

    /// Reads a sort key made by [`ArrivalKey::sort`].
    pub fn from_sort(sort: &str) -> Option<Self> {
        if sort.len() != 10 + 13 + 16 || !sort.is_ascii() {
            return None;
        }
        let hash = URL_SAFE_NO_PAD.decode(&sort[23..]).ok()?;
        Some(Self {
            slot: Slot::from_number(sort[..10].parse().ok()?),
            newest: Instant::from_millis(sort[10..23].parse().ok()?),
            hash: ContentHash(hash.try_into().ok()?),
        })
    }
}

/// How a sort key of an arrival of this slot begins.
pub fn slot(slot: Slot) -> String {
    format!("{:010}", slot.number().max(0))
}

/// Partition of arrivals.
pub fn arrivals(account: AccountId, lane: Lane, shard: u8) -> String {
    format!("L#{account}#{}#{shard}", lane.letter())
}

/// A frame of a part of a run.
pub fn frame(account: AccountId, run: RunId, part: u32, frame: u8) -> Key {
    Key {
        partition: format!("F#{account}#{run}#{part:x}"),
        sort: format!("{frame:02x}"),
    }
}

/// Parts of a run whose columns are in one partition. A step writes its run at once, up to some 50,000 rows, whose columns
/// are more than twice what one partition takes in a second.
pub const COLUMNS_TOGETHER: u32 = 16;

/// The columns of a part of a run.
pub fn columns(account: AccountId, run: RunId, part: u32) -> Key {
    Key {
        partition: format!("C#{account}#{run}#{:x}", part / COLUMNS_TOGETHER),
        sort: format!("{part:06x}"),
    }
}

/// Partition of the buckets and row sets of a block that hold `hash`.
pub fn index(account: AccountId, block: BlockId, hash: u64) -> String {
    format!("I#{account}#{block}#{:x}", hash >> 60)
}

/// Partition of a block's directory.
pub fn directory(account: AccountId, block: BlockId) -> String {
    format!("D#{account}#{block}")
}

/// The account's head.
pub fn head(account: AccountId) -> Key {
    of_head(account, "head")
}

/// What was decided of arrivals that are not rolled up. In a partition of its own: whoever archives may write this, and
/// nothing else.
pub fn decided(account: AccountId) -> Key {
    Key {
        partition: format!("V#{account}"),
        sort: "decided".to_owned(),
    }
}

/// Who is rolling up.
pub fn claim(account: AccountId) -> Key {
    of_head(account, "claim")
}

fn of_head(account: AccountId, sort: &str) -> Key {
    Key {
        partition: format!("H#{account}"),
        sort: sort.to_owned(),
    }
}
