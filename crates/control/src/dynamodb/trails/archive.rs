//! What the archiver writes.

use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;
use activity_log_core::trail::Trail;
use activity_log_core::trail::name::TrailName;
use activity_log_core::trail::progress::Period;
use activity_log_core::trail::record::WindowRecord;
use aws_sdk_dynamodb::types::AttributeValue;

use super::TrailTable;
use super::item::{json, of_digest_key};
use crate::dynamodb::change::{Alteration, Change, Outcome};
use crate::dynamodb::item::{Item, Reader, number};
use crate::dynamodb::schema::{
    CLAIMED_UNTIL, DELETED_TRAILS, DELIVERY, ID, Key, LOGGING, PK, PROGRESS, RECORD, REVISION,
};
use crate::error::StoreError;
use crate::model::digest_key::DigestKey;
use crate::model::due::{Due, Position};
use crate::ports::{Claim, DeletedTrail, TrailArchive};

/// Greater than every sort key of these partitions.
const LAST: &str = "~";

impl TrailArchive for TrailTable {
    async fn claim(
        &self,
        account: AccountId,
        name: &TrailName,
        now: Instant,
        until: Instant,
    ) -> Result<Claim, StoreError> {
        let key = Key::trail(account, name);
        let claim = Alteration {
            update: "SET #claimed_until = :until",
            condition: "attribute_exists(#pk) AND (attribute_not_exists(#claimed_until) OR #claimed_until <= :now)",
            names: &[PK, CLAIMED_UNTIL],
            values: vec![
                (":now", number(now.millis())),
                (":until", number(until.millis())),
            ],
        };
        if let Some(item) = self.table.alter(&key, &claim).await? {
            let trail = Reader::new(&key, &item).trail(account, name.clone())?;
            return Ok(Claim::Ours(Box::new(trail)));
        }
        Ok(match self.table.get(&key).await? {
            Some(_) => Claim::Taken,
            None => Claim::Gone,
        })
    }

    async fn renew(
        &self,
        trail: &Trail,
        from: Instant,
        until: Instant,
    ) -> Result<bool, StoreError> {
        let key = Key::trail(trail.account, &trail.name);
        let renewal = Alteration {
            update: "SET #claimed_until = :until",
            condition: "#id = :id AND #claimed_until BETWEEN :from AND :until",
            names: &[ID, CLAIMED_UNTIL],
            values: vec![
                (":id", AttributeValue::S(trail.id.clone())),
                (":from", number(from.millis())),
                (":until", number(until.millis())),
            ],
        };
        Ok(self.table.alter(&key, &renewal).await?.is_some())
    }

    async fn release(&self, trail: &Trail, until: Instant) -> Result<(), StoreError> {
        let key = Key::trail(trail.account, &trail.name);
        let release = Alteration {
            update: "REMOVE #claimed_until",
            condition: "#id = :id AND #claimed_until = :until",
            names: &[ID, CLAIMED_UNTIL],
            values: vec![
                (":id", AttributeValue::S(trail.id.clone())),
                (":until", number(until.millis())),
            ],
        };
        self.table.alter(&key, &release).await?;
        Ok(())
    }

    async fn advance(
        &self,
        old: &Trail,
        new: &Trail,
        record: Option<&WindowRecord>,
        digested: Option<Period>,
    ) -> Result<bool, StoreError> {
        let key = Key::trail(old.account, &old.name);
        let step = Alteration {
            update: "SET #progress = :progress, #logging = :logging, #revision = :next",
            condition: "#id = :id AND #revision = :revision",
            names: &[ID, REVISION, PROGRESS, LOGGING],
            values: vec![
                (":id", AttributeValue::S(old.id.clone())),
                (":revision", number(old.revision)),
                (":next", number(old.revision + 1)),
                (":progress", json(&key, PROGRESS, &new.progress)?),
                (":logging", json(&key, LOGGING, &new.logging)?),
            ],
        };
        let mut changes = vec![Change::Alter(key, step)];
        if let Some(record) = record {
            let key = Key::record(&old.id, record.window);
            let item = Item::from([(RECORD.to_owned(), json(&key, RECORD, record)?)]);
            changes.push(Change::Put(key, item));
        }
        let digested = digested.into_iter().flat_map(Period::windows);
        changes.extend(digested.map(|window| Change::Delete(Key::record(&old.id, window), None)));
        let outcome = self.table.transact(changes).await?;
        Ok(matches!(outcome, Outcome::Done))
    }

    async fn records(
        &self,
        trail: &Trail,
        period: Period,
    ) -> Result<Vec<WindowRecord>, StoreError> {
        let keys: Vec<Key> = period
            .windows()
            .map(|window| Key::record(&trail.id, window))
            .collect();
        let items = self.table.get_all(&keys).await?;
        keys.iter()
            .zip(items)
            .filter_map(|(key, item)| Some(Reader::new(key, &item?).window_record()))
            .collect()
    }

    async fn deleted_trails(
        &self,
        after: Option<&Position>,
        most: usize,
    ) -> Result<Due<DeletedTrail>, StoreError> {
        let page = self.table.page(DELETED_TRAILS, LAST, after, most);
        let (items, next) = page.await?;
        let trails = items.into_iter().map(|(key, _)| Ok(DeletedTrail(key.sk)));
        Ok(Due::of(trails, next))
    }

    /// A record can be written only together with its trail, so none is written meanwhile.
    async fn clean_up(&self, trail: &DeletedTrail, most: usize) -> Result<bool, StoreError> {
        let partition = Key::records_of(&trail.0);
        let (items, next) = self.table.page(&partition, LAST, None, most).await?;
        let keys: Vec<Key> = items.into_iter().map(|(key, _)| key).collect();
        self.table.delete_all(&keys).await?;
        if next.is_some() {
            return Ok(false);
        }
        self.table.delete(&Key::deleted_trail(&trail.0)).await?;
        Ok(true)
    }

    async fn note_delivery(&self, trail: &Trail) -> Result<(), StoreError> {
        let key = Key::trail(trail.account, &trail.name);
        let note = Alteration {
            update: "SET #delivery = :delivery",
            condition: "#id = :id",
            names: &[ID, DELIVERY],
            values: vec![
                (":id", AttributeValue::S(trail.id.clone())),
                (":delivery", json(&key, DELIVERY, &trail.delivery)?),
            ],
        };
        self.table.alter(&key, &note).await?;
        Ok(())
    }

    async fn keep_digest_key(&self, key: &DigestKey) -> Result<(), StoreError> {
        let make = Change::Make(Key::digest_key(&key.fingerprint), of_digest_key(key));
        self.table.transact(vec![make]).await?;
        Ok(())
    }
}
