//! Making a plugin version, within the account's limit.

use activity_log_control::{Limit, NewPlugin, PluginReader as _, PluginWriter as _};
use activity_log_core::plugins::Plugin;

use crate::error::{ApiError, Code};
use crate::operation::Call;
use crate::ports::{Files as _, Ports};

/// A new version that waits for its upload.
pub async fn create<P: Ports>(call: &Call<'_, P>) -> Result<Plugin, ApiError> {
    let limit = call.principal.account.limits.value(Limit::Plugins);
    let user = call.principal.user.to_string();
    let plugin = Plugin::new(call.account(), call.new_id(), user, call.now);
    let created = call.ports.plugins().create_plugin(&plugin, limit).await;
    match created.map_err(ApiError::unavailable)? {
        NewPlugin::Created => Ok(plugin),
        NewPlugin::LimitReached => Err(ApiError::new(
            Code::TOO_MANY_PLUGINS,
            format!(
                "The account keeps {limit} plugin versions, as many as it may: delete one that is not needed \
                 (DELETE /v1/plugins/ID), or ask the operator for a higher limit"
            ),
        )),
    }
}

/// Deletes a version whose id nobody was told, so that nobody could go on with it. This follows a failure, which
/// is what the client and the log are told; what cannot be deleted either is forgotten in a day.
pub async fn discard<P: Ports>(call: &Call<'_, P>, plugin: &Plugin) {
    let plugins = call.ports.plugins();
    // Its state may have been changed since.
    let current = plugins.plugin(plugin.account, plugin.id, call.now).await;
    if let Ok(Some(current)) = current {
        let _ = plugins.delete_plugin(&current).await;
    }
    let _ = call.ports.files().delete(&plugin.upload_key()).await;
}
