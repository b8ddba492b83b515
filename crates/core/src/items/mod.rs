//! The port of the store: items under a partition key and a sort key. What they hold is told elsewhere; an adapter
//! (DynamoDB, memory) knows nothing of it.

pub mod key;

use std::future::Future;

use crate::instant::Instant;
use crate::reader::ReadError;

/// Largest value of an item, in bytes; DynamoDB's limit is 400 KB with names and keys.
pub const MAX_VALUE_BYTES: usize = 380 * 1024;

/// Where an item lies.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// partition key
    pub partition: String,
    /// sort key
    pub sort: String,
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.partition, self.sort)
    }
}

/// An item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// where it lies
    pub key: Key,
    /// what it holds; the first byte is the version of its format
    pub value: Vec<u8>,
    /// when it may be deleted
    pub expires: Instant,
    /// how often it was replaced ([`ItemWriter::swap`]); 0 for an item that never is
    pub revision: u64,
}

/// How much a read must know of writes that ended before it began.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Consistency {
    /// all of them (twice the price)
    Strong,
    /// those of a second ago or more, as a rule
    Eventual,
}

/// In which order a range is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Order {
    /// least sort key first
    Ascending,
    /// greatest sort key first
    Descending,
}

/// A range of sort keys of one partition.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Ask {
    /// which partition
    pub partition: String,
    /// least sort key, inclusive
    pub low: String,
    /// greatest sort key, inclusive
    pub high: String,
    /// from which end
    pub order: Order,
    /// at most so many items; as many as a megabyte holds if `None`
    pub limit: Option<usize>,
    /// how consistent
    pub consistency: Consistency,
}

impl Ask {
    /// What is left of this range behind the sort key `last`, in reading order.
    #[must_use]
    pub fn behind(&self, last: &str) -> Self {
        let mut rest = self.clone();
        match self.order {
            // The least text above another is that text and the least character.
            Order::Ascending => rest.low = format!("{last}\u{1}"),
            Order::Descending => rest.high = below(last),
        }
        rest
    }
}

/// The greatest text of our alphabet below `sort`, which is not empty and ends in ASCII: its last character's
/// predecessor and a tail greater than any we write.
fn below(sort: &str) -> String {
    let (head, last) = sort.split_at(sort.len().saturating_sub(1));
    match last.bytes().next() {
        Some(byte) if byte > b' ' => format!("{head}{}~~~~~~~~", char::from(byte - 1)),
        _ => head.to_owned(),
    }
}

/// Part of a range.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Slice {
    /// what is there, in the order asked for
    pub items: Vec<Item>,
    /// whether there may be more behind the last one
    pub has_more: bool,
}

/// Reads items. Adapters wait out throttling for as long as makes sense, and then say so.
pub trait ItemReader: Send + Sync {
    /// Items of a range: one round, at most a megabyte.
    fn range(&self, ask: &Ask) -> impl Future<Output = Result<Slice, ReadError>> + Send;

    /// The items under these keys that exist, in any order. Any number of keys; each is read once.
    fn get(
        &self,
        keys: &[Key],
        consistency: Consistency,
    ) -> impl Future<Output = Result<Vec<Item>, ReadError>> + Send;
}

/// The store could not write; the same write may be tried again.
#[derive(Debug, thiserror::Error)]
#[error("the store of events did not take a write")]
pub struct WriteError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// What became of an item that was to be created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Created {
    /// it is new
    New,
    /// there was one under its key already; it was left as it is
    AlreadyThere,
}

/// Writes items.
pub trait ItemWriter: Send + Sync {
    /// Writes an item unless there is one under its key.
    fn create(&self, item: &Item) -> impl Future<Output = Result<Created, WriteError>> + Send;

    /// Writes items, all of them or an error. Only for those whose key says their content (hashes of what went in):
    /// writing one again changes nothing but the time it expires.
    fn put(&self, items: &[Item]) -> impl Future<Output = Result<(), WriteError>> + Send;

    /// Replaces an item if it still has the revision `item.revision` (0: if there is none), and gives it the next one.
    /// False if somebody else was faster.
    fn swap(&self, item: &Item) -> impl Future<Output = Result<bool, WriteError>> + Send;
}
