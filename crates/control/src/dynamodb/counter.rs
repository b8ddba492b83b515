//! Items that only count. Whoever waits for one does something else, so nobody waits for long.

use std::time::Duration;

use activity_log_core::instant::Instant;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};

use super::item::{Item, number};
use super::schema::{Key, TTL};
use super::table::Table;
use crate::error::StoreError;

/// What is counted waits no longer than this.
pub const PATIENCE: Duration = Duration::from_secs(1);
/// One attempt: a connection that died leaves time for the next, which waits for no longer than a moment.
const ATTEMPT: Duration = Duration::from_millis(400);
const BACKOFF: Duration = Duration::from_millis(50);
/// Once more if the connection had died or the item was busy. An addition that was made, and whose answer was
/// lost, then counts twice.
const ATTEMPTS: u32 = 2;

/// Counters of the table.
#[derive(Clone, Debug)]
pub(super) struct Counters(Table);

impl Counters {
    /// Over this table; the client's own patience does not matter.
    pub(super) fn new(client: &Client, table: impl Into<String>) -> Self {
        let timeouts = client.config().timeout_config().cloned();
        let timeouts = timeouts.map_or_else(TimeoutConfig::builder, |set| set.to_builder());
        let timeouts = timeouts
            .operation_timeout(PATIENCE)
            .operation_attempt_timeout(ATTEMPT);
        let retries = RetryConfig::standard()
            .with_max_attempts(ATTEMPTS)
            .with_initial_backoff(BACKOFF);
        let config = client
            .config()
            .to_builder()
            .timeout_config(timeouts.build())
            .retry_config(retries)
            .build();
        Self(Table {
            client: Client::from_conf(config),
            name: table.into(),
        })
    }

    /// Adds to attributes of an item, which is made if there is none, and gives their new values. It may be
    /// deleted after `end`.
    pub(super) async fn add(
        &self,
        key: &Key,
        counts: &[(&str, u64)],
        end: Instant,
    ) -> Result<Item, StoreError> {
        let sums = self.add_to(key, counts, &[], None, end).await?;
        Ok(sums.unwrap_or_default())
    }

    /// The same, of an item that `says` this besides; `None`, and nothing is added, where `only_if` names an attribute
    /// that is not there.
    pub(super) async fn add_to(
        &self,
        key: &Key,
        counts: &[(&str, u64)],
        says: &[(&str, AttributeValue)],
        only_if: Option<&str>,
        end: Instant,
    ) -> Result<Option<Item>, StoreError> {
        let additions: Vec<String> = counts
            .iter()
            .map(|(name, _)| format!("#{name} :{name}"))
            .collect();
        let settings: Vec<String> = [TTL]
            .into_iter()
            .chain(says.iter().map(|(name, _)| *name))
            .map(|name| format!("#{name} = :{name}"))
            .collect();
        let (additions, settings) = (additions.join(", "), settings.join(", "));
        let mut update = self
            .0
            .client
            .update_item()
            .table_name(&self.0.name)
            .set_key(Some(key.attributes()))
            .update_expression(format!("ADD {additions} SET {settings}"))
            .expression_attribute_names("#ttl", TTL)
            .expression_attribute_values(":ttl", number(end.seconds()))
            .return_values(ReturnValue::UpdatedNew);
        for (name, count) in counts {
            update = update
                .expression_attribute_names(format!("#{name}"), *name)
                .expression_attribute_values(format!(":{name}"), number(count));
        }
        for (name, value) in says {
            update = update
                .expression_attribute_names(format!("#{name}"), *name)
                .expression_attribute_values(format!(":{name}"), value.clone());
        }
        if let Some(name) = only_if {
            update = update
                .condition_expression("attribute_exists(#only_if)")
                .expression_attribute_names("#only_if", name);
        }
        let answer = match update.send().await {
            Err(error) if is_refused(&error) => return Ok(None),
            answer => answer.map_err(|error| self.0.failed("UpdateItem", error))?,
        };
        Ok(Some(answer.attributes.unwrap_or_default()))
    }
}

fn is_refused<R>(error: &SdkError<UpdateItemError, R>) -> bool {
    error
        .as_service_error()
        .is_some_and(UpdateItemError::is_conditional_check_failed_exception)
}
