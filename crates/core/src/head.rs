//! The head of an account's store: what is rolled up, and where it lies. One small item, replaced as a whole.

use serde::{Deserialize, Serialize};

use crate::account::AccountId;
use crate::damaged::Damaged;
use crate::index::{Block, Dropped};
use crate::instant::{DAY, Instant};
use crate::items::key::ArrivalKey;
use crate::items::{Item, key};
use crate::shards::Shards;
use crate::slot::Slot;

const VERSION: u8 = 2;
/// How long a head outlives its last change: longer than any event is kept.
const OUTLIVES_MS: i64 = 10 * 365 * DAY;
/// Largest head that is written, in bytes: an item has 400 KB, and every reader reads the head.
///
/// A block takes some 70 bytes, so that is some 5,000 blocks. There is at least one a day, and one for each two million
/// rows or 512 MB of columns ([`crate::rollup::merge`]): with 17 a day, at 10⁹ events a month, 290 days of retention fit;
/// what is kept for longer must be less, in proportion.
pub const MAX_HEAD_BYTES: usize = 350 * 1_000;
/// Conflicts of a step that are told one by one.
pub const MOST_TOLD: usize = 20;
/// Steps whose conflicts may be untold; those of later ones are added to the last. A head with so many is some 40 KB at
/// most, and every reader reads it.
const MOST_UNTOLD: usize = 8;

/// The head.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// how often it was replaced
    #[serde(skip)]
    pub revision: u64,
    /// the last slot that is rolled up; what came later is in L0
    pub watermark: Option<Slot>,
    /// blocks of the index, oldest slots first; together they have every row of L1 once
    pub blocks: Vec<Block>,
    /// what was dropped of windows by steps that kept nothing since the last run; the next run tells it
    pub dropped: Vec<Dropped>,
    /// conflicts of which the account's log was not told yet, oldest first
    pub untold: Vec<Untold>,
    /// the last slot of blocks that were taken off, as they are past their retention: of slots up to it, not all may be
    /// listed any more
    pub expired: Option<Slot>,
    /// of all that was ever rolled up
    pub totals: Totals,
    /// over how many partitions a lane of arrivals is spread
    pub shards: Shards,
}

/// Counts of rows: `arrived = kept + copies + conflicts`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// are in L1, or were
    pub kept: u64,
    /// dropped: the same event was there
    pub copies: u64,
    /// dropped: another text under the id and time of an event that was there
    pub conflicts: u64,
}

/// Conflicts that a step dropped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Untold {
    /// the watermark after the step: no other step of the account has it
    pub upto: Slot,
    /// how many
    pub count: u64,
    /// the first [`MOST_TOLD`] of them
    pub first: Vec<Conflict>,
}

/// An event that was dropped, as another text is stored under its id and time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflict {
    /// its time
    pub time: Instant,
    /// its id
    pub id: String,
    /// how it came
    pub origin: String,
}

/// What was decided of sealed slots that are not rolled up yet, so that an archive can be made of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decided {
    /// how often it was replaced
    #[serde(skip)]
    pub revision: u64,
    /// the last slot decided. Means nothing once the head's watermark is there
    pub upto: Option<Slot>,
    /// rows that are dropped, of arrivals above the head's watermark
    pub drops: Vec<Drop>,
}

/// A row that is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drop {
    /// of which arrival
    pub arrival: ArrivalKey,
    /// which row of it
    pub row: u32,
    /// whether its text is another than that of the row that stays
    pub is_conflict: bool,
}

impl Head {
    /// Reads the item; of an account that never had one, the default.
    pub fn of(item: Option<&Item>) -> Result<Self, Damaged> {
        let Some(item) = item else {
            return Ok(Self::default());
        };
        let head: Self = decode(&item.value)?;
        Ok(Self {
            revision: item.revision,
            ..head
        })
    }

    /// Adds conflicts that are to be told.
    pub(crate) fn add_untold(&mut self, untold: Untold) {
        let is_full = self.untold.len() >= MOST_UNTOLD;
        let Some(last) = self.untold.last_mut().filter(|_| is_full) else {
            self.untold.push(untold);
            return;
        };
        last.upto = untold.upto;
        last.count += untold.count;
        last.first.extend(untold.first);
        last.first.truncate(MOST_TOLD);
    }

    /// The item that replaces the one it was read from.
    pub fn item(&self, account: AccountId, now: Instant) -> Result<Item, Damaged> {
        Ok(Item {
            key: key::head(account),
            value: encode(self)?,
            expires: now.plus_millis(OUTLIVES_MS),
            revision: self.revision,
        })
    }
}

impl Decided {
    /// Reads the item.
    pub fn of(item: Option<&Item>) -> Result<Self, Damaged> {
        let Some(item) = item else {
            return Ok(Self::default());
        };
        let decided: Self = decode(&item.value)?;
        Ok(Self {
            revision: item.revision,
            ..decided
        })
    }

    /// The item that replaces the one it was read from.
    pub fn item(&self, account: AccountId, now: Instant) -> Result<Item, Damaged> {
        Ok(Item {
            key: key::decided(account),
            value: encode(self)?,
            expires: now.plus_millis(OUTLIVES_MS),
            revision: self.revision,
        })
    }
}

fn encode(value: &impl Serialize) -> Result<Vec<u8>, Damaged> {
    postcard::to_extend(value, vec![VERSION]).map_err(Damaged::Encoding)
}

fn decode<'b, T: Deserialize<'b>>(bytes: &'b [u8]) -> Result<T, Damaged> {
    match bytes {
        [VERSION, rest @ ..] => postcard::from_bytes(rest).map_err(Damaged::Encoding),
        [version, ..] => Err(Damaged::Version(*version)),
        [] => Err(Damaged::Inconsistent("an item is empty")),
    }
}
