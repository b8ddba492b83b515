//! An account's subscription: read, changed, and written if it is still as it was read.

use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;
use aws_sdk_dynamodb::types::AttributeValue;

use super::Registrar;
use crate::dynamodb::change::{ATTEMPTS, Alteration};
use crate::dynamodb::item::{Item, Reader};
use crate::dynamodb::schema::{Key, PK, SUBSCRIPTION};
use crate::dynamodb::table::pause;
use crate::error::{RegistryError, StoreError};
use crate::model::account::Account;
use crate::model::subscription::SubscriptionChange;
use crate::vault::Seal;

impl<V: Seal> Registrar<V> {
    pub(super) async fn alter_subscription(
        &self,
        id: AccountId,
        change: SubscriptionChange,
        now: Instant,
    ) -> Result<Account, RegistryError> {
        let key = Key::account(id);
        for attempt in 1..=ATTEMPTS {
            let item = self.table.get(&key).await?;
            let item = item.ok_or(RegistryError::UnknownAccount(id))?;
            let account = Reader::new(&key, &item).account(id)?;
            let after = change.of(&account.subscription, now)?;
            if after == account.subscription {
                return Ok(account);
            }
            let text = serde_json::to_string(&after).map_err(|_| StoreError::Malformed {
                item: key.to_string(),
                attribute: SUBSCRIPTION,
            })?;
            let write = if_unchanged(&item, text);
            if let Some(item) = self.table.alter(&key, &write).await? {
                return Ok(Reader::new(&key, &item).account(id)?);
            }
            pause(attempt).await;
        }
        Err(RegistryError::Store(StoreError::Contended {
            item: key.to_string(),
            attempts: ATTEMPTS,
        }))
    }
}

/// Writes `after`, if the attribute is still as in `before`.
fn if_unchanged(before: &Item, after: String) -> Alteration {
    const UPDATE: &str = "SET #subscription = :after";
    let after = (":after", AttributeValue::S(after));
    match before.get(SUBSCRIPTION) {
        Some(before) => Alteration {
            update: UPDATE,
            condition: "#subscription = :before",
            names: &[SUBSCRIPTION],
            values: vec![after, (":before", before.clone())],
        },
        None => Alteration {
            update: UPDATE,
            condition: "attribute_exists(#pk) AND attribute_not_exists(#subscription)",
            names: &[PK, SUBSCRIPTION],
            values: vec![after],
        },
    }
}
