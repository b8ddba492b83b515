//! What all items of a block have in common: a version, a kind, and a size that is read at the least price.

use super::block::Block;
use crate::account::AccountId;
use crate::damaged::Damaged;
use crate::instant::Instant;
use crate::items::{Item, Key};

/// Of the format of every item of the index.
pub(super) const VERSION: u8 = 1;
/// What one unit of a consistent read reads, and four units write.
const CHARGED_BYTES: usize = 4_096;
/// Charged beside keys and value: the names of the attributes, and when it expires.
const NAMES_BYTES: usize = 14;
const PREFIX_BYTES: usize = 2;

/// What an item holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Kind {
    Single = 0,
    Bucket = 1,
    Chunk = 2,
    Piece = 3,
    Contents = 4,
    Hours = 5,
}

/// How many bytes an item's content may have, the version and kind left out.
pub(super) fn room(key: &Key) -> usize {
    let beside = NAMES_BYTES + PREFIX_BYTES + key.partition.len() + key.sort.len();
    CHARGED_BYTES.saturating_sub(beside)
}

pub(super) fn item(key: Key, kind: Kind, content: &[u8], expires: Instant) -> Item {
    let mut value = vec![VERSION, kind as u8];
    value.extend_from_slice(content);
    Item {
        key,
        value,
        expires,
        revision: 0,
    }
}

/// The kind and content of an item.
pub(super) fn open(item: &Item) -> Result<(u8, &[u8]), Damaged> {
    match item.value.as_slice() {
        [VERSION, kind, content @ ..] => Ok((*kind, content)),
        [VERSION] | [] => Err(Damaged::Inconsistent("an item of the index is empty")),
        [version, ..] => Err(Damaged::Version(*version)),
    }
}

pub(super) const UNEXPECTED: Damaged =
    Damaged::Inconsistent("an item of the index is another than asked for");

/// What the items of a block are made with.
#[derive(Clone, Copy)]
pub(super) struct Made<'b> {
    pub account: AccountId,
    pub block: &'b Block,
}

impl<'b> Made<'b> {
    pub const fn of(account: AccountId, block: &'b Block) -> Self {
        Self { account, block }
    }

    pub fn item(&self, key: Key, kind: Kind, content: &[u8]) -> Item {
        item(key, kind, content, self.block.expires.1)
    }
}
