//! Conditional changes, alone or several at once.

use std::collections::HashMap;

use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{
    AttributeValue, ConditionCheck, Delete, Put, ReturnValue, TransactWriteItem, Update,
};

use super::item::Item;
use super::schema::{Key, PK};
use super::table::Table;
use crate::error::StoreError;

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
        let sent = self
            .client
            .transact_write_items()
            .set_transact_items(Some(writes))
            .send()
            .await;
        let Err(error) = sent else {
            return Ok(Outcome::Done);
        };
        if let Some(TransactWriteItemsError::TransactionCanceledException(canceled)) =
            error.as_service_error()
        {
            let failed: Vec<bool> = canceled
                .cancellation_reasons()
                .iter()
                .map(|reason| reason.code() == Some("ConditionalCheckFailed"))
                .collect();
            if failed.contains(&true) {
                return Ok(Outcome::Refused(failed));
            }
        }
        Err(self.failed("TransactWriteItems", error))
    }

    /// Alters one item and gives it back; `None` if the condition failed.
    pub(super) async fn alter(
        &self,
        key: &Key,
        alteration: &Alteration,
    ) -> Result<Option<Item>, StoreError> {
        let sent = self
            .client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(key.attributes()))
            .update_expression(alteration.update)
            .condition_expression(alteration.condition)
            .set_expression_attribute_names(Some(alteration.names()))
            .set_expression_attribute_values(alteration.values())
            .return_values(ReturnValue::AllNew)
            .send()
            .await;
        match sent {
            Ok(answer) => Ok(Some(answer.attributes.unwrap_or_default())),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(UpdateItemError::is_conditional_check_failed_exception) =>
            {
                Ok(None)
            }
            Err(error) => Err(self.failed("UpdateItem", error)),
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
