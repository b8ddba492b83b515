//! Plugins on the control table.

use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;
use activity_log_core::plugins::{Plugin, PluginId};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;

use super::change::{ATTEMPTS, Change, Outcome};
use super::documents::{alteration, removal};
use super::item::{Item, Reader};
use super::schema::{ID, Key};
use super::table::{Table, pause};
use crate::error::StoreError;
use crate::model::document::Document as _;
use crate::model::limits::MOST_KEPT;
use crate::model::plugins::name_and_version;
use crate::ports::{NewPlugin, PluginChange, PluginReader, PluginWriter};

/// The plugins' ports over the control table, in the partitions `plugins#ACCOUNT`. Reading needs
/// `dynamodb:GetItem` and `Query`; changing `PutItem`, `UpdateItem` and `DeleteItem` besides; making
/// `ConditionCheckItem`, too.
#[derive(Clone, Debug)]
pub struct PluginTable {
    table: Table,
}

impl PluginTable {
    /// Over this table.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        let name = table.into();
        Self {
            table: Table { client, name },
        }
    }

    /// Who has a name and version.
    async fn named(&self, account: AccountId, name: &str) -> Result<Option<PluginId>, StoreError> {
        let key = Key::plugin_name(account, name);
        let item = self.table.get(&key).await?;
        item.map(|item| Reader::new(&key, &item).parsed(ID))
            .transpose()
    }
}

impl PluginReader for PluginTable {
    async fn plugin(
        &self,
        account: AccountId,
        id: PluginId,
        now: Instant,
    ) -> Result<Option<Plugin>, StoreError> {
        self.table.document(account, id, now).await
    }

    async fn plugins(&self, account: AccountId, now: Instant) -> Result<Vec<Plugin>, StoreError> {
        self.table.newest_first(account, now).await
    }
}

impl PluginWriter for PluginTable {
    async fn create_plugin(&self, plugin: &Plugin, limit: u32) -> Result<NewPlugin, StoreError> {
        let limit = limit.min(MOST_KEPT) as usize;
        let room = |plugins: &[Plugin]| (plugins.len() < limit).then(Vec::new);
        let made = self.table.make_document(plugin, plugin.created, room);
        Ok(match made.await? {
            Some(_) => NewPlugin::Created,
            None => NewPlugin::LimitReached,
        })
    }

    async fn change_plugin(&self, old: &Plugin, new: &Plugin) -> Result<PluginChange, StoreError> {
        let new = &new.following(old);
        for attempt in 1..=ATTEMPTS {
            let outcome = self.table.transact(changes(old, new)?).await?;
            match outcome {
                Outcome::Done => return Ok(PluginChange::Written),
                Outcome::Refused(_) if outcome.refused_at(0) => return Ok(PluginChange::Outdated),
                Outcome::Refused(_) => {}
            }
            let name = name_and_version(new).unwrap_or_default();
            if let Some(other) = self.named(old.account, &name).await? {
                return Ok(PluginChange::NameTaken(other));
            }
            // It has just become free.
            pause(attempt).await;
        }
        Err(StoreError::Contended {
            item: Key::document::<Plugin>(old.account, old.id).to_string(),
            attempts: ATTEMPTS,
        })
    }

    async fn delete_plugin(&self, plugin: &Plugin) -> Result<bool, StoreError> {
        let mut changes = removal(plugin);
        changes.extend(name_and_version(plugin).map(|name| free(plugin, &name)));
        let outcome = self.table.transact(changes).await?;
        Ok(matches!(outcome, Outcome::Done))
    }
}

/// The plugin's own change first, then those of the names.
fn changes(old: &Plugin, new: &Plugin) -> Result<Vec<Change>, StoreError> {
    let key = Key::document::<Plugin>(old.account, old.id);
    let mut changes = vec![Change::Alter(key, alteration(old, new)?)];
    let (had, has) = (name_and_version(old), name_and_version(new));
    if had != has {
        changes.extend(has.map(|name| take(new, &name)));
        changes.extend(had.map(|name| free(old, &name)));
    }
    Ok(changes)
}

fn take(plugin: &Plugin, name: &str) -> Change {
    let id = AttributeValue::S(plugin.id.to_string());
    let item = Item::from([(ID.to_owned(), id)]);
    Change::Make(Key::plugin_name(plugin.account, name), item)
}

fn free(plugin: &Plugin, name: &str) -> Change {
    let id = AttributeValue::S(plugin.id.to_string());
    Change::Delete(Key::plugin_name(plugin.account, name), Some((ID, id)))
}
