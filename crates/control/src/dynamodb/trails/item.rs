//! Trails, window records and digest keys as items.

use activity_log_core::account::AccountId;
use activity_log_core::trail::Trail;
use activity_log_core::trail::name::TrailName;
use activity_log_core::trail::record::WindowRecord;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use serde::Serialize;

use crate::dynamodb::item::{Item, Reader, number};
use crate::dynamodb::schema::{
    CREATED, DELIVERY, ID, KEY, Key, LOGGING, PROGRESS, RECORD, REVISION, SETTINGS,
};
use crate::error::StoreError;
use crate::model::digest_key::DigestKey;

/// A value as JSON text.
pub(super) fn json(
    key: &Key,
    attribute: &'static str,
    value: &impl Serialize,
) -> Result<AttributeValue, StoreError> {
    let text = serde_json::to_string(value).map_err(|_| StoreError::Malformed {
        item: key.to_string(),
        attribute,
    })?;
    Ok(AttributeValue::S(text))
}

pub(super) fn of_trail(trail: &Trail) -> Result<Item, StoreError> {
    let key = &Key::trail(trail.account, &trail.name);
    Ok(Item::from([
        (ID.to_owned(), AttributeValue::S(trail.id.clone())),
        (REVISION.to_owned(), number(trail.revision)),
        (
            CREATED.to_owned(),
            AttributeValue::S(trail.created.to_string()),
        ),
        (SETTINGS.to_owned(), json(key, SETTINGS, &trail.settings)?),
        (LOGGING.to_owned(), json(key, LOGGING, &trail.logging)?),
        (PROGRESS.to_owned(), json(key, PROGRESS, &trail.progress)?),
        (DELIVERY.to_owned(), json(key, DELIVERY, &trail.delivery)?),
    ]))
}

pub(super) fn of_digest_key(key: &DigestKey) -> Item {
    Item::from([
        (
            KEY.to_owned(),
            AttributeValue::B(Blob::new(key.der.clone())),
        ),
        (CREATED.to_owned(), AttributeValue::S(key.since.to_string())),
    ])
}

impl Reader<'_> {
    pub(super) fn trail(&self, account: AccountId, name: TrailName) -> Result<Trail, StoreError> {
        Ok(Trail {
            account,
            name,
            id: self.text(ID)?.to_owned(),
            revision: self.count(REVISION)?,
            created: self.instant(CREATED)?,
            settings: self.json(SETTINGS)?,
            logging: self.json(LOGGING)?,
            progress: self.json(PROGRESS)?,
            delivery: self.json(DELIVERY)?,
        })
    }

    pub(super) fn window_record(&self) -> Result<WindowRecord, StoreError> {
        self.json(RECORD)
    }

    pub(super) fn digest_key(&self, fingerprint: String) -> Result<DigestKey, StoreError> {
        Ok(DigestKey {
            fingerprint,
            der: self.bytes(KEY)?.to_vec(),
            since: self.instant(CREATED)?,
        })
    }
}
