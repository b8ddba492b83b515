//! Handing an upload over to the check.

use activity_log_control::{PluginChange, PluginWriter as _, StoreError};
use activity_log_core::plugins::{Plugin, PluginState};
use activity_log_core::reports::WorkMessage;

use crate::error::ApiError;
use crate::operation::Call;
use crate::ports::{Ports, Work as _, WorkError};

/// What became of it.
#[derive(Debug)]
pub enum Begun {
    /// the check is queued; the plugin as it is now
    Queued(Plugin),
    /// somebody else changed the plugin meanwhile
    Outdated,
}

/// Why the check is not queued.
#[derive(Debug, thiserror::Error)]
enum CheckError {
    #[error("the check could not be queued")]
    Unsent(#[from] WorkError),
    /// it is `checking`, and no message says so: it will count as stalled
    #[error("the check could not be queued ({unsent}), and that could not be noted")]
    Stuck {
        unsent: WorkError,
        #[source]
        source: StoreError,
    },
}

/// Says that the upload of `plugin`, which waits for one, is there: its state first, since the check believes
/// only that, then the message. A message that cannot be sent takes the state back.
pub async fn begin<P: Ports>(call: &Call<'_, P>, plugin: &Plugin) -> Result<Begun, ApiError> {
    let plugins = call.ports.plugins();
    let mut checking = plugin.clone();
    checking.state = PluginState::Checking { since: call.now };
    let changed = plugins.change_plugin(plugin, &checking).await;
    match changed.map_err(ApiError::unavailable)? {
        PluginChange::Written => {}
        PluginChange::Outdated | PluginChange::NameTaken(_) => return Ok(Begun::Outdated),
    }
    checking.revision = plugin.revision + 1;
    let Err(unsent) = send(call, plugin).await else {
        return Ok(Begun::Queued(checking));
    };
    let error = match plugins.change_plugin(&checking, plugin).await {
        Ok(_) => CheckError::Unsent(unsent),
        Err(source) => CheckError::Stuck { unsent, source },
    };
    Err(ApiError::unavailable(error))
}

/// Says once more that a plugin waits for its check.
pub async fn remind<P: Ports>(call: &Call<'_, P>, plugin: &Plugin) -> Result<(), ApiError> {
    let sent = send(call, plugin).await.map_err(CheckError::Unsent);
    sent.map_err(ApiError::unavailable)
}

async fn send<P: Ports>(call: &Call<'_, P>, plugin: &Plugin) -> Result<(), WorkError> {
    let message = WorkMessage::Plugin {
        account: plugin.account,
        id: plugin.id,
    };
    call.ports.work().send(&message).await
}
