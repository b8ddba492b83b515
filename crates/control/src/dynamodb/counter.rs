//! Items that only count.

use activity_log_core::instant::Instant;
use aws_sdk_dynamodb::types::ReturnValue;

use super::item::{Item, number};
use super::schema::{Key, TTL};
use super::table::Table;
use crate::error::StoreError;

impl Table {
    /// Adds to attributes of an item, which is made if there is none, and gives their new values. It may be
    /// deleted after `end`.
    pub(super) async fn add(
        &self,
        key: &Key,
        counts: &[(&'static str, u64)],
        end: Instant,
    ) -> Result<Item, StoreError> {
        let additions: Vec<String> = counts
            .iter()
            .map(|(name, _)| format!("#{name} :{name}"))
            .collect();
        let mut update = self
            .client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(key.attributes()))
            .update_expression(format!("ADD {} SET #ttl = :ttl", additions.join(", ")))
            .expression_attribute_names("#ttl", TTL)
            .expression_attribute_values(":ttl", number(end.seconds()))
            .return_values(ReturnValue::UpdatedNew);
        for (name, count) in counts {
            update = update
                .expression_attribute_names(format!("#{name}"), *name)
                .expression_attribute_values(format!(":{name}"), number(count));
        }
        let answer = update.send().await;
        let answer = answer.map_err(|error| self.failed("UpdateItem", error))?;
        Ok(answer.attributes.unwrap_or_default())
    }
}
