//! Ports to the plugins: for those who upload and use them and for the check.

use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;
use activity_log_core::plugins::{Plugin, PluginId};

use crate::error::StoreError;

/// What became of a new plugin version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewPlugin {
    /// it is there
    Created,
    /// the account keeps as many as it may
    LimitReached,
}

/// What became of a change.
#[derive(Clone, Debug, PartialEq)]
pub enum PluginChange {
    /// it was written
    Written,
    /// somebody else changed or deleted it
    Outdated,
    /// it would become ready, and the account has another ready one of this name and version
    NameTaken(PluginId),
}

/// Reads plugins.
pub trait PluginReader: Send + Sync {
    /// The account's plugin version of this id; one that is to be forgotten by now is none.
    fn plugin(
        &self,
        account: AccountId,
        id: PluginId,
        now: Instant,
    ) -> impl Future<Output = Result<Option<Plugin>, StoreError>> + Send;

    /// The account's plugin versions, newest first, without those that are to be forgotten by now.
    fn plugins(
        &self,
        account: AccountId,
        now: Instant,
    ) -> impl Future<Output = Result<Vec<Plugin>, StoreError>> + Send;
}

/// Makes, changes and deletes plugins.
pub trait PluginWriter: Send + Sync {
    /// Makes a plugin version, unless the account keeps `limit` of them (forgotten ones do not count), or
    /// [`MOST_KEPT`](crate::MOST_KEPT).
    fn create_plugin(
        &self,
        plugin: &Plugin,
        limit: u32,
    ) -> impl Future<Output = Result<NewPlugin, StoreError>> + Send;

    /// Writes `new` with a revision one higher than `old`'s, if it still has that. Of two that become ready
    /// under one name and version, one does.
    fn change_plugin(
        &self,
        old: &Plugin,
        new: &Plugin,
    ) -> impl Future<Output = Result<PluginChange, StoreError>> + Send;

    /// Deletes the plugin version if it still has this revision; says whether it had. Its name and version
    /// are free again.
    fn delete_plugin(
        &self,
        plugin: &Plugin,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;
}
