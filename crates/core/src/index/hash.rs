//! What the index is asked by: 64-bit hashes of values, ids and pairs of values.
//!
//! The lowest bit says whether it is a pair's. It is never kept, but a reader has the whole hash, and a bucket answers a
//! pair and a value otherwise.

use sha2::{Digest as _, Sha256};

use crate::query::Attribute;

/// Stands for the name of an attribute where any error is meant; none has it.
const ANY_ERROR: &str = "(error)";
const PAIR: u64 = 1;

/// The hash of a value of an attribute ([`Attribute::EventId`] and [`Attribute::ReadOnly`] included).
pub fn value_hash(attribute: Attribute, value: &str) -> u64 {
    hash(attribute.name(), value)
}

/// The hash that rows with any error have.
pub fn error_hash() -> u64 {
    hash(ANY_ERROR, "")
}

/// The hash of rows that have both values; in whichever order they are given.
pub fn pair_hash(one: u64, other: u64) -> u64 {
    mix(mix(one.min(other)).wrapping_add(one.max(other))) | PAIR
}

pub(super) const fn is_pair(hash: u64) -> bool {
    hash & PAIR != 0
}

fn hash(name: &str, value: &str) -> u64 {
    let mut hash = Sha256::new();
    hash.update(name);
    hash.update([0]);
    hash.update(value);
    let mut first = [0; 8];
    first.copy_from_slice(&hash.finalize()[..8]);
    u64::from_be_bytes(first) & !PAIR
}

/// Spreads a number over all 64 bits (the finalizer of splitmix64). What it is given are hashes already.
pub(super) const fn mix(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_what_is_stored() {
        // Changing any of these makes every block that is stored unreadable.
        let alice = value_hash(Attribute::Username, "alice");
        let get = value_hash(Attribute::EventName, "GetObject");
        assert_eq!(alice, 0x3c0f_cf26_5c6d_8328);
        assert_eq!(error_hash(), 0xff5b_8290_e627_b57a);
        assert_eq!(pair_hash(alice, get), 0x0a99_ec5a_92bd_3543);
    }

    #[test]
    fn a_pair_has_no_order_and_is_no_value() {
        let (a, b) = (
            value_hash(Attribute::Username, "a"),
            value_hash(Attribute::EventName, "a"),
        );
        assert_ne!(a, b);
        assert_eq!(pair_hash(a, b), pair_hash(b, a));
        assert!(is_pair(pair_hash(a, b)));
        assert!(!is_pair(a) && !is_pair(b) && !is_pair(error_hash()));
    }
}
