//! The port of the store on a table: items as they are, under `pk` and `sk`.
//!
//! | attribute | type | what |
//! |---|---|---|
//! | `pk`, `sk` | S | key |
//! | `v` | B | value |
//! | `ttl` | N | when it may be deleted, in seconds since 1970 |
//! | `rev` | N | how often it was replaced; only where it was |

mod read;
mod write;

use std::collections::HashMap;

use activity_log_core::instant::Instant;
use activity_log_core::items::{Item, Key};
use aws_sdk_dynamodb::types::AttributeValue;

use super::item::{self, ForeignItem, Item as Attributes};

/// An item as the SDK has it, with the revision it is to have.
fn attributes(item: &Item, revision: u64) -> Attributes {
    let mut attributes = primary_key(&item.key);
    attributes.insert("v".to_owned(), item::binary(&item.value));
    attributes.insert("ttl".to_owned(), item::number(item.expires.seconds()));
    if revision > 0 {
        let revision = AttributeValue::N(revision.to_string());
        attributes.insert("rev".to_owned(), revision);
    }
    attributes
}

fn primary_key(key: &Key) -> Attributes {
    HashMap::from([
        ("pk".to_owned(), AttributeValue::S(key.partition.clone())),
        ("sk".to_owned(), AttributeValue::S(key.sort.clone())),
    ])
}

/// An item of ours out of one of the SDK's.
fn read_item(mut attributes: Attributes) -> Result<Item, ForeignItem> {
    let expires = Instant::from_seconds(item::integer(&attributes, "ttl")?);
    let revision = if attributes.contains_key("rev") {
        let revision = item::integer(&attributes, "rev")?;
        u64::try_from(revision).map_err(|_| ForeignItem("rev"))?
    } else {
        0
    };
    Ok(Item {
        key: Key {
            partition: text(&mut attributes, "pk")?,
            sort: text(&mut attributes, "sk")?,
        },
        value: item::bytes(&mut attributes, "v")?,
        expires,
        revision,
    })
}

fn text(attributes: &mut Attributes, name: &'static str) -> Result<String, ForeignItem> {
    match attributes.remove(name) {
        Some(AttributeValue::S(text)) => Ok(text),
        _ => Err(ForeignItem(name)),
    }
}
