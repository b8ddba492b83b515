//! Reading the table: one item, or several in one round trip.

use std::time::Duration;

use activity_log_core::account::AccountId;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::types::{AttributeValue, DeleteRequest, KeysAndAttributes, WriteRequest};
use rand::Rng as _;

use super::item::{Item, Reader};
use super::schema::{Key, PK, SK};
use crate::error::StoreError;
use crate::model::account::Account;
use crate::model::due::Position;

/// How often the rest of a batch is asked for. The SDK retries requests, not unread keys.
const BATCH_ATTEMPTS: u32 = 5;
/// The most keys of one `BatchGetItem`.
const BATCH_KEYS: usize = 100;
/// The most items of one `BatchWriteItem`.
const BATCH_WRITES: usize = 25;
/// The first wait for the rest of a batch; it doubles.
const FIRST_WAIT: Duration = Duration::from_millis(25);

/// The table and its client.
#[derive(Clone, Debug)]
pub(super) struct Table {
    pub client: Client,
    pub name: String,
}

impl Table {
    pub(super) fn failed<E, R>(&self, operation: &'static str, source: SdkError<E, R>) -> StoreError
    where
        SdkError<E, R>: std::error::Error + Send + Sync + 'static,
    {
        StoreError::Table {
            table: self.name.clone(),
            operation,
            source: source.into(),
        }
    }

    /// The item, read consistently.
    pub(super) async fn get(&self, key: &Key) -> Result<Option<Item>, StoreError> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.name)
            .set_key(Some(key.attributes()))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| self.failed("GetItem", error))?;
        Ok(answer.item)
    }

    /// The account of this id.
    pub(super) async fn account(&self, id: AccountId) -> Result<Option<Account>, StoreError> {
        let key = Key::account(id);
        let item = self.get(&key).await?;
        item.map(|item| Reader::new(&key, &item).account(id))
            .transpose()
    }

    /// The items, read consistently, in the order of the keys.
    pub(super) async fn get_all(&self, keys: &[Key]) -> Result<Vec<Option<Item>>, StoreError> {
        let mut found = vec![None; keys.len()];
        let chunks = keys.chunks(BATCH_KEYS).zip(found.chunks_mut(BATCH_KEYS));
        let reads = chunks.map(|(keys, found)| self.get_chunk(keys, found));
        futures::future::try_join_all(reads).await?;
        Ok(found)
    }

    async fn get_chunk(&self, keys: &[Key], found: &mut [Option<Item>]) -> Result<(), StoreError> {
        let mut unread: Vec<Item> = keys.iter().map(Key::attributes).collect();
        for attempt in 0..BATCH_ATTEMPTS {
            if attempt > 0 {
                pause(attempt).await;
            }
            let (items, rest) = self.batch(std::mem::take(&mut unread)).await?;
            for item in items {
                if let Some(place) = keys.iter().position(|key| is_at(&item, key)) {
                    found[place] = Some(item);
                }
            }
            if rest.is_empty() {
                return Ok(());
            }
            unread = rest;
        }
        Err(StoreError::Throttled {
            table: self.name.clone(),
            keys: unread.len(),
            attempts: BATCH_ATTEMPTS,
        })
    }

    /// The items found, and the keys not read.
    async fn batch(&self, keys: Vec<Item>) -> Result<(Vec<Item>, Vec<Item>), StoreError> {
        let request = KeysAndAttributes::builder()
            .set_keys(Some(keys))
            .consistent_read(true)
            .build()
            .map_err(|source| self.unbuilt("BatchGetItem", source))?;
        let answer = self
            .client
            .batch_get_item()
            .request_items(&self.name, request)
            .send()
            .await
            .map_err(|error| self.failed("BatchGetItem", error))?;
        let items = answer.responses.unwrap_or_default().remove(&self.name);
        let rest = answer
            .unprocessed_keys
            .unwrap_or_default()
            .remove(&self.name);
        Ok((
            items.unwrap_or_default(),
            rest.map(|rest| rest.keys).unwrap_or_default(),
        ))
    }

    /// Puts the item, whether there is one or not.
    pub(super) async fn put(&self, key: &Key, mut item: Item) -> Result<(), StoreError> {
        item.extend(key.attributes());
        self.client
            .put_item()
            .table_name(&self.name)
            .set_item(Some(item))
            .send()
            .await
            .map_err(|error| self.failed("PutItem", error))?;
        Ok(())
    }

    /// Deletes the item, if there is one.
    pub(super) async fn delete(&self, key: &Key) -> Result<(), StoreError> {
        self.client
            .delete_item()
            .table_name(&self.name)
            .set_key(Some(key.attributes()))
            .send()
            .await
            .map_err(|error| self.failed("DeleteItem", error))?;
        Ok(())
    }

    /// Deletes the items, in any order; those that are not there, too.
    pub(super) async fn delete_all(&self, keys: &[Key]) -> Result<(), StoreError> {
        for keys in keys.chunks(BATCH_WRITES) {
            let mut left = keys
                .iter()
                .map(|key| {
                    let delete = DeleteRequest::builder().set_key(Some(key.attributes()));
                    let delete = delete.build()?;
                    Ok(WriteRequest::builder().delete_request(delete).build())
                })
                .collect::<Result<Vec<_>, _>>()
                .map_err(|source| self.unbuilt("BatchWriteItem", source))?;
            for attempt in 0..BATCH_ATTEMPTS {
                if attempt > 0 {
                    pause(attempt).await;
                }
                left = self.write_batch(left).await?;
                if left.is_empty() {
                    break;
                }
            }
            if !left.is_empty() {
                return Err(StoreError::Throttled {
                    table: self.name.clone(),
                    keys: left.len(),
                    attempts: BATCH_ATTEMPTS,
                });
            }
        }
        Ok(())
    }

    /// Gives what was not written.
    async fn write_batch(
        &self,
        writes: Vec<WriteRequest>,
    ) -> Result<Vec<WriteRequest>, StoreError> {
        let answer = self
            .client
            .batch_write_item()
            .request_items(&self.name, writes)
            .send()
            .await
            .map_err(|error| self.failed("BatchWriteItem", error))?;
        let left = answer.unprocessed_items.unwrap_or_default();
        Ok(left.into_values().flatten().collect())
    }

    /// The items of a partition whose sort keys start with `prefix`, read consistently, in their order.
    pub(super) async fn items(
        &self,
        partition: &str,
        prefix: &str,
    ) -> Result<Vec<(Key, Item)>, StoreError> {
        let query = self
            .client
            .query()
            .table_name(&self.name)
            .expression_attribute_names("#pk", PK)
            .expression_attribute_values(":pk", AttributeValue::S(partition.to_owned()))
            .consistent_read(true);
        let query = if prefix.is_empty() {
            query.key_condition_expression("#pk = :pk")
        } else {
            query
                .key_condition_expression("#pk = :pk AND begins_with(#sk, :prefix)")
                .expression_attribute_names("#sk", SK)
                .expression_attribute_values(":prefix", AttributeValue::S(prefix.to_owned()))
        };
        let mut pages = query.into_paginator().items().send();
        let mut items = Vec::new();
        while let Some(item) = pages.next().await {
            let item = item.map_err(|error| self.failed("Query", error))?;
            let sk = sort_of(&item).to_owned();
            let pk = partition.to_owned();
            items.push((Key { pk, sk }, item));
        }
        Ok(items)
    }

    /// At most `most` items of a partition, behind `after` and below `end`, read consistently, in their order; and
    /// where to go on, unless that was all.
    pub(super) async fn page(
        &self,
        partition: &str,
        end: &str,
        after: Option<&Position>,
        most: usize,
    ) -> Result<(Vec<(Key, Item)>, Option<Position>), StoreError> {
        let at = |sort: &str| Key {
            pk: partition.to_owned(),
            sk: sort.to_owned(),
        };
        let answer = self
            .client
            .query()
            .table_name(&self.name)
            .key_condition_expression("#pk = :pk AND #sk < :sk")
            .expression_attribute_names("#pk", PK)
            .expression_attribute_names("#sk", SK)
            .expression_attribute_values(":pk", AttributeValue::S(partition.to_owned()))
            .expression_attribute_values(":sk", AttributeValue::S(end.to_owned()))
            .set_exclusive_start_key(after.map(|after| at(&after.0).attributes()))
            .consistent_read(true)
            .limit(i32::try_from(most).unwrap_or(i32::MAX))
            .send()
            .await
            .map_err(|error| self.failed("Query", error))?;
        let next = answer.last_evaluated_key.as_ref().map(sort_of);
        let items = answer.items.unwrap_or_default().into_iter();
        let items = items.map(|item| (at(sort_of(&item)), item)).collect();
        Ok((items, next.map(|sort| Position(sort.to_owned()))))
    }

    /// The sort keys of a partition.
    pub(super) async fn sort_keys(&self, partition: &str) -> Result<Vec<String>, StoreError> {
        let mut pages = self
            .client
            .query()
            .table_name(&self.name)
            .key_condition_expression("#pk = :pk")
            .projection_expression("#sk")
            .expression_attribute_names("#pk", PK)
            .expression_attribute_names("#sk", SK)
            .expression_attribute_values(":pk", AttributeValue::S(partition.to_owned()))
            .consistent_read(true)
            .into_paginator()
            .items()
            .send();
        let mut keys = Vec::new();
        while let Some(item) = pages.next().await {
            let mut item = item.map_err(|error| self.failed("Query", error))?;
            if let Some(AttributeValue::S(key)) = item.remove(SK) {
                keys.push(key);
            }
        }
        Ok(keys)
    }
}

/// The item's sort key.
fn sort_of(item: &Item) -> &str {
    match item.get(SK) {
        Some(AttributeValue::S(sort)) => sort,
        _ => "",
    }
}

fn is_at(item: &Item, key: &Key) -> bool {
    let is = |attribute, wanted: &str| matches!(item.get(attribute), Some(AttributeValue::S(text)) if text == wanted);
    is(PK, &key.pk) && is(SK, &key.sk)
}

/// Waits before the next attempt; `attempt` counts those made, from 1.
pub(super) async fn pause(attempt: u32) {
    tokio::time::sleep(jittered(FIRST_WAIT * 2_u32.pow(attempt - 1))).await;
}

/// Between half of the wait and all of it.
fn jittered(wait: Duration) -> Duration {
    wait.mul_f64(rand::rng().random_range(0.5..1.0))
}
