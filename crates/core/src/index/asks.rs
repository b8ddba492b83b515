//! Where the items of a block lie, and how they are asked for.

use super::block::{Block, Layout};
use crate::account::AccountId;
use crate::items::{Ask, Consistency, Key, Order, key};

const CONTENTS: &str = "toc";
const HOURS: &str = "hours";
/// The piece of row 0: the one item of a [`Layout::Single`] block too.
const FIRST_PIECE: &str = "00000000";

/// Asks for the bucket of a block that would hold `hash`: the first item of the answer is it. There always is one; if
/// there is none, it was not visible yet, or has expired.
pub fn bucket_ask(account: AccountId, block: &Block, hash: u64) -> Ask {
    match block.layout {
        Layout::Single => directory_ask(account, block, 0),
        Layout::Together | Layout::Spread => Ask {
            partition: partition(account, block, hash),
            low: bucket_sort(0),
            high: bucket_sort(hash),
            order: Order::Descending,
            limit: Some(1),
            consistency: Consistency::Eventual,
        },
    }
}

/// The key of a chunk of a large row set.
pub fn chunk_key(account: AccountId, block: &Block, hash: u64, chunk: u32) -> Key {
    Key {
        partition: partition(account, block, hash),
        sort: format!("v{:016x}{chunk:04x}", block.kept(hash)),
    }
}

/// Asks for the piece of a block's directory that has `row`: the first item of the answer is it. Nearly all rows of a piece
/// are asked for alike ([`Block::in_piece`]).
pub fn directory_ask(account: AccountId, block: &Block, row: u32) -> Ask {
    Ask {
        partition: key::directory(account, block.id),
        low: FIRST_PIECE.to_owned(),
        high: piece_sort(block.in_piece(row)),
        order: Order::Descending,
        limit: Some(1),
        consistency: Consistency::Eventual,
    }
}

/// The key of a directory's table of contents; `None` where the directory is one piece (then it is the piece of row 0).
pub fn contents_key(account: AccountId, block: &Block) -> Option<Key> {
    (!block.is_one_piece()).then(|| of_directory(account, block, CONTENTS))
}

/// Asks for the counts of a block by hour: the first item of the answer has them. Where the directory is one piece, it
/// is the same ask as for that.
pub fn hours_ask(account: AccountId, block: &Block) -> Ask {
    if block.is_one_piece() {
        return directory_ask(account, block, 0);
    }
    Ask {
        partition: key::directory(account, block.id),
        low: HOURS.to_owned(),
        high: HOURS.to_owned(),
        order: Order::Ascending,
        limit: Some(1),
        consistency: Consistency::Eventual,
    }
}

pub(super) fn hours_key(account: AccountId, block: &Block) -> Key {
    of_directory(account, block, HOURS)
}

pub(super) fn piece_key(account: AccountId, block: &Block, first: u32) -> Key {
    of_directory(account, block, &piece_sort(first))
}

pub(super) fn bucket_key(account: AccountId, block: &Block, first: u64) -> Key {
    Key {
        partition: partition(account, block, first),
        sort: bucket_sort(first),
    }
}

fn of_directory(account: AccountId, block: &Block, sort: &str) -> Key {
    Key {
        partition: key::directory(account, block.id),
        sort: sort.to_owned(),
    }
}

fn partition(account: AccountId, block: &Block, hash: u64) -> String {
    let hash = match block.layout {
        Layout::Spread => hash,
        Layout::Single | Layout::Together => 0,
    };
    key::index(account, block.id, hash)
}

fn bucket_sort(hash: u64) -> String {
    format!("b{hash:016x}")
}

fn piece_sort(row: u32) -> String {
    format!("{row:08x}")
}
