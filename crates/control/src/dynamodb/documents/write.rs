//! Changing and deleting documents as they were read.

use activity_log_core::instant::Instant;
use aws_sdk_dynamodb::types::AttributeValue;

use crate::dynamodb::change::{Alteration, Change};
use crate::dynamodb::item::{Item, number};
use crate::dynamodb::schema::{DOCUMENT, IDS, Key, PK, REVISION, TTL};
use crate::dynamodb::table::Table;
use crate::error::StoreError;
use crate::model::document::Document;

pub(super) fn new_item<D: Document>(new: &D) -> Result<Item, StoreError> {
    let mut item = Item::from([
        (DOCUMENT.to_owned(), AttributeValue::S(new.json()?)),
        (REVISION.to_owned(), number(new.revision())),
    ]);
    if let Some(end) = new.forgotten() {
        item.insert(TTL.to_owned(), ttl(end));
    }
    Ok(item)
}

/// What writes `new`, which follows `old`, where `old` is what is stored.
pub(in crate::dynamodb) fn alteration<D: Document>(
    old: &D,
    new: &D,
) -> Result<Alteration, StoreError> {
    let mut values = vec![
        (":revision", number(old.revision())),
        (":next", number(new.revision())),
        (":document", AttributeValue::S(new.json()?)),
    ];
    let update = if let Some(end) = new.forgotten() {
        values.push((":ttl", ttl(end)));
        "SET #document = :document, #revision = :next, #ttl = :ttl"
    } else {
        "SET #document = :document, #revision = :next REMOVE #ttl"
    };
    Ok(Alteration {
        update,
        condition: "#revision = :revision",
        names: &[DOCUMENT, REVISION, TTL],
        values,
    })
}

/// The first second at which it may be deleted.
fn ttl(end: Instant) -> AttributeValue {
    number(end.plus_millis(999).seconds())
}

impl Table {
    /// Writes what `old` becomes, if it is what is stored; says whether it was.
    pub(in crate::dynamodb) async fn change_document<D: Document>(
        &self,
        old: &D,
        new: &D,
    ) -> Result<bool, StoreError> {
        let key = Key::document::<D>(old.account(), old.id());
        let alteration = alteration(old, &new.following(old))?;
        Ok(self.alter(&key, &alteration).await?.is_some())
    }
}

/// Deletes the document as it was read, and its id from the index.
pub(in crate::dynamodb) fn removal<D: Document>(document: &D) -> Vec<Change> {
    let id = AttributeValue::Ss(vec![document.id().to_string()]);
    let uncounted = Alteration {
        update: "DELETE #ids :id ADD #revision :one",
        condition: "attribute_exists(#pk)",
        names: &[PK, IDS, REVISION],
        values: vec![(":id", id), (":one", number(1))],
    };
    let key = Key::document::<D>(document.account(), document.id());
    let as_read = Some((REVISION, number(document.revision())));
    vec![
        Change::Delete(key, as_read),
        Change::Alter(Key::index_of::<D>(document.account()), uncounted),
    ]
}
