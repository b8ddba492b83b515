//! The plugins' ports in memory.

use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;
use activity_log_core::plugins::{Plugin, PluginId};

use super::InMemory;
use super::documents::Documents;
use crate::error::StoreError;
use crate::model::limits::MOST_KEPT;
use crate::model::plugins::name_and_version;
use crate::ports::{NewPlugin, PluginChange, PluginReader, PluginWriter};

impl PluginReader for InMemory {
    async fn plugin(
        &self,
        account: AccountId,
        id: PluginId,
        now: Instant,
    ) -> Result<Option<Plugin>, StoreError> {
        Ok(self.state().plugins.get(account, id, now).cloned())
    }

    async fn plugins(&self, account: AccountId, now: Instant) -> Result<Vec<Plugin>, StoreError> {
        Ok(self.state().plugins.newest_first(account, now))
    }
}

impl PluginWriter for InMemory {
    async fn create_plugin(&self, plugin: &Plugin, limit: u32) -> Result<NewPlugin, StoreError> {
        let plugins = &mut self.state().plugins;
        let kept = plugins.of(plugin.account, plugin.created).count();
        if kept >= limit.min(MOST_KEPT) as usize {
            return Ok(NewPlugin::LimitReached);
        }
        plugins.make(plugin, plugin.created)?;
        Ok(NewPlugin::Created)
    }

    async fn change_plugin(&self, old: &Plugin, new: &Plugin) -> Result<PluginChange, StoreError> {
        let plugins = &mut self.state().plugins;
        if !plugins.has(old) {
            return Ok(PluginChange::Outdated);
        }
        if let Some(other) = namesake(plugins, old, new) {
            return Ok(PluginChange::NameTaken(other));
        }
        plugins.change(old, new)?;
        Ok(PluginChange::Written)
    }

    async fn delete_plugin(&self, plugin: &Plugin) -> Result<bool, StoreError> {
        Ok(self.state().plugins.delete(plugin))
    }
}

/// The other ready version of the name and the version of `new`.
fn namesake(plugins: &Documents<Plugin>, old: &Plugin, new: &Plugin) -> Option<PluginId> {
    let name = name_and_version(new)?;
    // A ready one is never forgotten, so that the time says nothing.
    let other = plugins
        .of(old.account, new.created)
        .find(|one| one.id != old.id && name_and_version(one).as_ref() == Some(&name));
    other.map(|one| one.id)
}
