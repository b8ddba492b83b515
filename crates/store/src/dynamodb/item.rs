//! Items of the events table, to and from our words.
//!
//! | `pk` | `sk` | other attributes |
//! |---|---|---|
//! | `S#account#class#day#shard` | segment sort key | `c` columns, `b` bodies, `w` window, `ttl` |
//! | `P#account#attribute#value` | segment sort key | `ttl` |
//! | `I#account#day` | segment sort key | `f` fingerprints, `ttl` |
//! | `W#account#window` | segment sort key | `ttl` |

use std::collections::HashMap;

use activity_log_core::account::AccountId;
use activity_log_core::query::Attribute;
use activity_log_core::segment::fingerprint;
use activity_log_core::store::key::SegmentKey;
use activity_log_core::store::{Identifiers, IndexEntry, Place, StoredSegment};
use activity_log_core::window::Window;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;

/// An item as the SDK has it.
pub type Item = HashMap<String, AttributeValue>;

/// Longest attribute value kept as it is in a partition key, whose limit is 2,048 bytes; longer ones
/// stand there as their beginning and their fingerprint, which the filter on columns makes exact.
const MAX_KEY_VALUE: usize = 1_024;

/// An item that is not one of ours.
#[derive(Debug, thiserror::Error)]
#[error("an item of the events table has no usable \"{0}\"")]
pub struct ForeignItem(pub(super) &'static str);

/// The partition key of an index entry's place.
pub fn place_key(account: AccountId, place: &Place) -> String {
    match place {
        Place::Posting(attribute, value) => posting_key(account, *attribute, value),
        Place::Identifiers(day) => format!("I#{account}#{day}"),
        Place::Mark(window) => format!("W#{account}#{window}"),
    }
}

/// The partition key of postings of a value.
pub fn posting_key(account: AccountId, attribute: Attribute, value: &str) -> String {
    if value.len() <= MAX_KEY_VALUE {
        return format!("P#{account}#{attribute}#{value}");
    }
    let start = value.floor_char_boundary(MAX_KEY_VALUE);
    let print = u64::from_be_bytes(fingerprint(value));
    format!("P#{account}#{attribute}#{}#{print:016x}", &value[..start])
}

/// The partition key of a window's marks.
pub fn window_key(account: AccountId, window: Window) -> String {
    place_key(account, &Place::Mark(window))
}

/// A segment as an item.
pub fn segment_item(segment: &StoredSegment) -> Item {
    let mut item = keys(
        segment.key.partition().key(),
        segment.key.sort(),
        segment.expires,
    );
    item.insert("c".to_owned(), binary(&segment.columns));
    item.insert("b".to_owned(), binary(&segment.bodies));
    item.insert("w".to_owned(), number(segment.window.number()));
    item
}

/// An index entry as an item.
pub fn entry_item(entry: &IndexEntry) -> Item {
    let mut item = keys(
        place_key(entry.key.account, &entry.place),
        entry.key.sort(),
        entry.expires,
    );
    if !entry.fingerprints.is_empty() {
        item.insert("f".to_owned(), binary(&entry.fingerprints));
    }
    item
}

/// A segment out of an item.
pub fn segment(account: AccountId, mut item: Item) -> Result<StoredSegment, ForeignItem> {
    Ok(StoredSegment {
        key: segment_key(account, &item)?,
        window: Window::from_number(integer(&item, "w")?),
        expires: integer(&item, "ttl")?,
        columns: bytes(&mut item, "c")?,
        bodies: bytes(&mut item, "b")?,
    })
}

/// The segment an item names.
pub fn segment_key(account: AccountId, item: &Item) -> Result<SegmentKey, ForeignItem> {
    let sort = item.get("sk").and_then(|value| value.as_s().ok());
    sort.and_then(|sort| SegmentKey::from_sort(account, sort))
        .ok_or(ForeignItem("sk"))
}

/// Fingerprints out of an item.
pub fn identifiers(account: AccountId, mut item: Item) -> Result<Identifiers, ForeignItem> {
    Ok(Identifiers {
        key: segment_key(account, &item)?,
        fingerprints: bytes(&mut item, "f")?,
    })
}

/// The primary key of a segment.
pub fn primary_key(key: &SegmentKey) -> Item {
    HashMap::from([
        ("pk".to_owned(), AttributeValue::S(key.partition().key())),
        ("sk".to_owned(), AttributeValue::S(key.sort())),
    ])
}

pub(super) fn keys(partition: String, sort: String, expires: i64) -> Item {
    HashMap::from([
        ("pk".to_owned(), AttributeValue::S(partition)),
        ("sk".to_owned(), AttributeValue::S(sort)),
        ("ttl".to_owned(), number(expires)),
    ])
}

pub(super) fn number(value: i64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

pub(super) fn binary(bytes: &[u8]) -> AttributeValue {
    AttributeValue::B(Blob::new(bytes))
}

pub(super) fn integer(item: &Item, name: &'static str) -> Result<i64, ForeignItem> {
    let text = item.get(name).and_then(|value| value.as_n().ok());
    text.and_then(|text| text.parse().ok())
        .ok_or(ForeignItem(name))
}

pub(super) fn bytes(item: &mut Item, name: &'static str) -> Result<Vec<u8>, ForeignItem> {
    match item.remove(name) {
        Some(AttributeValue::B(blob)) => Ok(blob.into_inner()),
        _ => Err(ForeignItem(name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_value_fits_a_partition_key_and_stays_distinct() {
        let account = "111122223333".parse().unwrap();
        let long = "é".repeat(2_000);
        let key = posting_key(account, Attribute::ResourceName, &long);
        assert!(key.len() < 2_048);
        assert_ne!(
            key,
            posting_key(account, Attribute::ResourceName, &format!("{long}x"))
        );
    }
}
