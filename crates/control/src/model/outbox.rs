//! The outbox: records of changes that the account's log is yet to be told of.
//!
//! An entry is written before the change it tells of, and forgotten when the log's queue has the record. What dies in
//! between leaves its entry, and a tick tells that.

use std::fmt;
use std::str::FromStr;

use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;
use activity_log_core::origin::Origin;
use uuid::Uuid;

/// What an entry is found by, in the order of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OutboxKey {
    /// When the change was attempted.
    pub attempted: Instant,
    /// The id of its event; the attempt and the end are one event.
    pub event_id: Uuid,
}

impl OutboxKey {
    /// The part of the outbox it is in.
    pub const fn shard(&self) -> OutboxShard {
        // The last digit is random, as the ids of events are time first.
        OutboxShard(self.event_id.as_bytes()[15] & 0xf)
    }
}

/// A part of the outbox: entries are spread over them by chance, as one partition of a table takes only so much a
/// second, and all accounts share it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OutboxShard(u8);

impl OutboxShard {
    /// How many there are: one for each hexadecimal digit.
    pub const COUNT: usize = 16;

    /// Every one.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..16).map(Self)
    }
}

/// One hexadecimal digit.
impl fmt::Display for OutboxShard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}", self.0)
    }
}

/// Fifteen digits of milliseconds, so that the order of texts is the order of time, and the event's id.
impl fmt::Display for OutboxKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:015}#{}", self.attempted.millis(), self.event_id)
    }
}

impl FromStr for OutboxKey {
    type Err = BadKey;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (millis, id) = text.split_once('#').ok_or(BadKey)?;
        Ok(Self {
            attempted: Instant::from_millis(millis.parse().map_err(|_| BadKey)?),
            event_id: id.parse().map_err(|_| BadKey)?,
        })
    }
}

/// The text is no key of the outbox.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a key of the outbox is a time in milliseconds, # and an event id")]
pub struct BadKey;

/// A record, and how far what it tells of has got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxEntry {
    /// What it is found by.
    pub key: OutboxKey,
    /// Whose log is to be told.
    pub account: AccountId,
    /// Who tells: the service, or the operator's tool.
    pub origin: Origin,
    /// How far it has got.
    pub state: OutboxState,
    /// The event's record, one JSON object.
    pub record: String,
}

/// How far a change has got, as far as the outbox knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OutboxState {
    /// it was about to be made: whether it was is not known
    Attempted,
    /// it was made, or refused; the record says which
    Ended,
}

impl OutboxState {
    /// The state's word in the table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Attempted => "attempted",
            Self::Ended => "ended",
        }
    }
}

/// The word names no state.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("an entry of the outbox is attempted or ended")]
pub struct UnknownState;

impl FromStr for OutboxState {
    type Err = UnknownState;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        [Self::Attempted, Self::Ended]
            .into_iter()
            .find(|state| state.as_str() == word)
            .ok_or(UnknownState)
    }
}

impl fmt::Display for OutboxState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl OutboxEntry {
    /// Whether a tick is to tell it: what ended at once, what was attempted once it was before `before`.
    pub(crate) fn is_due(&self, before: Instant) -> bool {
        self.state == OutboxState::Ended || self.key.attempted < before
    }
}
