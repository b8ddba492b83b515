//! Items of ours to and from the SDK's, under `pk` and `sk`.
//!
//! | attribute | type | what |
//! |---|---|---|
//! | `pk`, `sk` | S | key |
//! | `v` | B | value |
//! | `ttl` | N | when it may be deleted, in seconds since 1970 |
//! | `rev` | N | how often it was replaced; only where it was |

use std::collections::HashMap;

use activity_log_core::instant::Instant;
use activity_log_core::items::{Item, Key};
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;

/// An item as the SDK has it.
pub(super) type Attributes = HashMap<String, AttributeValue>;

/// An item that is not one of ours.
#[derive(Debug, thiserror::Error)]
#[error("an item of the events table has no usable \"{0}\"")]
pub(super) struct ForeignItem(&'static str);

/// An item as the SDK has it, with the revision it is to have.
pub(super) fn attributes(item: &Item, revision: u64) -> Attributes {
    let mut attributes = primary_key(&item.key);
    let value = AttributeValue::B(Blob::new(&*item.value));
    attributes.insert("v".to_owned(), value);
    let expires = AttributeValue::N(item.expires.seconds().to_string());
    attributes.insert("ttl".to_owned(), expires);
    if revision > 0 {
        let revision = AttributeValue::N(revision.to_string());
        attributes.insert("rev".to_owned(), revision);
    }
    attributes
}

pub(super) fn primary_key(key: &Key) -> Attributes {
    HashMap::from([
        ("pk".to_owned(), AttributeValue::S(key.partition.clone())),
        ("sk".to_owned(), AttributeValue::S(key.sort.clone())),
    ])
}

/// An item of ours out of one of the SDK's.
pub(super) fn read_item(mut attributes: Attributes) -> Result<Item, ForeignItem> {
    let expires = number(&attributes, "ttl")?.ok_or(ForeignItem("ttl"))?;
    let revision = number(&attributes, "rev")?.unwrap_or(0);
    let value = match attributes.remove("v") {
        Some(AttributeValue::B(blob)) => blob.into_inner(),
        _ => return Err(ForeignItem("v")),
    };
    Ok(Item {
        key: Key {
            partition: text(&mut attributes, "pk")?,
            sort: text(&mut attributes, "sk")?,
        },
        value,
        expires: Instant::from_seconds(expires),
        revision: u64::try_from(revision).map_err(|_| ForeignItem("rev"))?,
    })
}

fn text(attributes: &mut Attributes, name: &'static str) -> Result<String, ForeignItem> {
    match attributes.remove(name) {
        Some(AttributeValue::S(text)) => Ok(text),
        _ => Err(ForeignItem(name)),
    }
}

/// A whole number; `None` if there is no such attribute.
fn number(attributes: &Attributes, name: &'static str) -> Result<Option<i64>, ForeignItem> {
    let Some(value) = attributes.get(name) else {
        return Ok(None);
    };
    let number = value.as_n().ok().and_then(|number| number.parse().ok());
    number.map(Some).ok_or(ForeignItem(name))
}
