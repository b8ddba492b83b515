//! Reading trails.

use activity_log_core::account::AccountId;
use activity_log_core::trail::Trail;
use activity_log_core::trail::name::TrailName;

use super::TrailTable;
use crate::dynamodb::item::Reader;
use crate::dynamodb::schema::{ALL_TRAILS, DIGEST_KEYS, Key};
use crate::error::StoreError;
use crate::model::digest_key::DigestKey;
use crate::ports::TrailReader;

impl TrailReader for TrailTable {
    async fn trail(
        &self,
        account: AccountId,
        name: &TrailName,
    ) -> Result<Option<Trail>, StoreError> {
        let key = Key::trail(account, name);
        let item = self.table.get(&key).await?;
        item.map(|item| Reader::new(&key, &item).trail(account, name.clone()))
            .transpose()
    }

    async fn trails(&self, account: AccountId) -> Result<Vec<Trail>, StoreError> {
        let (partition, prefix) = Key::trails_of(account);
        let items = self.table.items(&partition, &prefix).await?;
        items
            .iter()
            .map(|(key, item)| {
                let name = key.sk[prefix.len()..].parse();
                let name = name.map_err(|_| StoreError::Malformed {
                    item: key.to_string(),
                    attribute: "sk",
                })?;
                Reader::new(key, item).trail(account, name)
            })
            .collect()
    }

    async fn all_trails(&self) -> Result<Vec<(AccountId, TrailName)>, StoreError> {
        let listed = self.table.sort_keys(ALL_TRAILS).await?;
        listed
            .iter()
            .map(|sort| {
                let parts = sort.split_once('/');
                let parts = parts
                    .and_then(|(account, name)| Some((account.parse().ok()?, name.parse().ok()?)));
                parts.ok_or_else(|| StoreError::Malformed {
                    item: format!("{ALL_TRAILS}/{sort}"),
                    attribute: "sk",
                })
            })
            .collect()
    }

    async fn digest_keys(&self) -> Result<Vec<DigestKey>, StoreError> {
        let items = self.table.items(DIGEST_KEYS, "").await?;
        let mut keys = items
            .iter()
            .map(|(key, item)| Reader::new(key, item).digest_key(key.sk.clone()))
            .collect::<Result<Vec<_>, _>>()?;
        keys.sort_by_key(|key| key.since);
        Ok(keys)
    }
}
