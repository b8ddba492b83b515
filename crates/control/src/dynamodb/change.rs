//! Conditional changes, alone or several at once.

use std::collections::HashMap;

use aws_sdk_dynamodb::error::{BuildError, SdkError};
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{
    AttributeValue, ConditionCheck, Delete, Put, ReturnValue, TransactWriteItem, Update,
};

use super::item::Item;
use super::schema::{Key, PK};
use super::table::{Table, pause};
use crate::error::StoreError;

/// How often a change is tried that meets another one. The SDK does not: a conflict is no failure of the
/// service.
pub(super) const ATTEMPTS: u32 = 8;
/// Reasons of a cancelled transaction.
const CONDITION_FAILED: &str = "ConditionalCheckFailed";
const CONFLICT: &str = "TransactionConflict";

/// Why a transaction was cancelled, for each of its changes; empty if it failed otherwise.
fn reasons<R>(error: &SdkError<TransactWriteItemsError, R>) -> Vec<String> {
    match error.as_service_error() {
        Some(TransactWriteItemsError::TransactionCanceledException(canceled)) => canceled
            .cancellation_reasons()
            .iter()
            .map(|reason| reason.code().unwrap_or_default().to_owned())
            .collect(),
        _ => Vec::new(),
    }
}

/// One change of one item, with the condition under which it may happen.
pub(super) enum Change {
    /// Makes the item; it must not exist.
    Make(Key, Item),
    /// Changes the item by an update expression, under a condition.
    Alter(Key, Alteration),
    /// Puts the item, whether it exists or not.
    Put(Key, Item),
    /// Deletes the item, if there is one; with an attribute and a value, only where it has that value.
    Delete(Key, Option<(&'static str, AttributeValue)>),
    /// Changes nothing; the item must exist, or must not.
    Expect(Key, Presence),
}

pub(super) enum Presence {
    Present,
    Absent,
}

/// An update expression and a condition. `#word` stands for the attribute `word`.
pub(super) struct Alteration {
    pub update: &'static str,
    pub condition: &'static str,
    /// The attributes that both name.
    pub names: &'static [&'static str],
    pub values: Vec<(&'static str, AttributeValue)>,
}

/// What became of a transaction.
pub(super) enum Outcome {
    /// All of it happened.
    Done,
    /// Nothing happened; for each change, whether its condition failed.
    Refused(Vec<bool>),
}

impl Outcome {
    pub(super) fn refused_at(&self, change: usize) -> bool {
        matches!(self, Self::Refused(failed) if failed.get(change) == Some(&true))
    }
}

impl Alteration {
    fn names(&self) -> HashMap<String, String> {
        self.names
            .iter()
            .map(|name| (format!("#{name}"), (*name).to_owned()))
            .collect()
    }

    /// `None` where there are none: DynamoDB takes no empty map.
    fn values(&self) -> Option<HashMap<String, AttributeValue>> {
        let values = self.values.iter();
        let values: HashMap<_, _> = values
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect();
        (!values.is_empty()).then_some(values)
    }
}

impl Table {
    /// All of the changes, or none.
    pub(super) async fn transact(&self, changes: Vec<Change>) -> Result<Outcome, StoreError> {
        let writes = changes
            .into_iter()
            .map(|change| self.write(change))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|source| self.unbuilt("TransactWriteItems", source))?;
        let mut attempt = 0;
        loop {
            let sent = self
                .client
                .transact_write_items()
                .set_transact_items(Some(writes.clone()))
                .send()
                .await;
            let Err(error) = sent else {
                return Ok(Outcome::Done);
            };
            let reasons = reasons(&error);
            let any = |code| reasons.iter().any(|reason| reason == code);
            if any(CONDITION_FAILED) {
                let failed = reasons.iter().map(|reason| reason == CONDITION_FAILED);
                return Ok(Outcome::Refused(failed.collect()));
            }
            attempt += 1;
            if !any(CONFLICT) || attempt == ATTEMPTS {
                return Err(self.failed("TransactWriteItems", error));
            }
            pause(attempt).await;
        }
    }

    /// Alters one item and gives it back; `None` if the condition failed.
    pub(super) async fn alter(
        &self,
        key: &Key,
        alteration: &Alteration,
    ) -> Result<Option<Item>, StoreError> {
        self.update(key, alteration, ReturnValue::AllNew).await
    }

    /// Alters one item, which may be large; `false` if the condition failed.
    pub(super) async fn change(
        &self,
        key: &Key,
        alteration: &Alteration,
    ) -> Result<bool, StoreError> {
        let changed = self.update(key, alteration, ReturnValue::None).await?;
        Ok(changed.is_some())
    }

    async fn update(
        &self,
        key: &Key,
        alteration: &Alteration,
        back: ReturnValue,
    ) -> Result<Option<Item>, StoreError> {
        let mut attempt = 0;
        loop {
            let sent = self
                .client
                .update_item()
                .table_name(&self.name)
                .set_key(Some(key.attributes()))
                .update_expression(alteration.update)
                .condition_expression(alteration.condition)
                .set_expression_attribute_names(Some(alteration.names()))
                .set_expression_attribute_values(alteration.values())
                .return_values(back.clone())
                .send()
                .await;
            let error = match sent {
                Ok(answer) => return Ok(Some(answer.attributes.unwrap_or_default())),
                Err(error) => error,
            };
            let service = error.as_service_error();
            if service.is_some_and(UpdateItemError::is_conditional_check_failed_exception) {
                return Ok(None);
            }
            attempt += 1;
            let conflict = service.is_some_and(UpdateItemError::is_transaction_conflict_exception);
            if !conflict || attempt == ATTEMPTS {
                return Err(self.failed("UpdateItem", error));
            }
            pause(attempt).await;
        }
    }

    fn write(&self, change: Change) -> Result<TransactWriteItem, BuildError> {
        let write = TransactWriteItem::builder();
        Ok(match change {
            Change::Make(key, mut item) => {
                item.extend(key.attributes());
                let put = Put::builder()
                    .table_name(&self.name)
                    .set_item(Some(item))
                    .condition_expression("attribute_not_exists(#pk)")
                    .expression_attribute_names("#pk", PK)
                    .build()?;
                write.put(put).build()
            }
            Change::Put(key, mut item) => {
                item.extend(key.attributes());
                let put = Put::builder().table_name(&self.name).set_item(Some(item));
                write.put(put.build()?).build()
            }
            Change::Delete(key, only) => {
                let mut delete = Delete::builder()
                    .table_name(&self.name)
                    .set_key(Some(key.attributes()));
                if let Some((attribute, value)) = only {
                    delete = delete
                        .condition_expression("#only = :only")
                        .expression_attribute_names("#only", attribute)
                        .expression_attribute_values(":only", value);
                }
                write.delete(delete.build()?).build()
            }
            Change::Alter(key, alteration) => {
                let update = Update::builder()
                    .table_name(&self.name)
                    .set_key(Some(key.attributes()))
                    .update_expression(alteration.update)
                    .condition_expression(alteration.condition)
                    .set_expression_attribute_names(Some(alteration.names()))
                    .set_expression_attribute_values(alteration.values())
                    .build()?;
                write.update(update).build()
            }
            Change::Expect(key, presence) => {
                let condition = match presence {
                    Presence::Present => "attribute_exists(#pk)",
                    Presence::Absent => "attribute_not_exists(#pk)",
                };
                let check = ConditionCheck::builder()
                    .table_name(&self.name)
                    .set_key(Some(key.attributes()))
                    .condition_expression(condition)
                    .expression_attribute_names("#pk", PK)
                    .build()?;
                write.condition_check(check).build()
            }
        })
    }

    pub(super) fn unbuilt(&self, operation: &'static str, source: BuildError) -> StoreError {
        StoreError::Table {
            table: self.name.clone(),
            operation,
            source: source.into(),
        }
    }
}
