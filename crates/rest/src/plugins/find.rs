//! Finding one plugin version.

use activity_log_control::PluginReader as _;
use activity_log_core::plugins::Plugin;

use crate::error::{ApiError, Code, quoted};
use crate::operation::Call;
use crate::ports::Ports;

/// The plugin version of the path. One of another account is as unknown as one that never was.
pub async fn find<P: Ports>(call: &Call<'_, P>) -> Result<Plugin, ApiError> {
    let unknown = || {
        ApiError::new(
            Code::PLUGIN_NOT_FOUND,
            format!("There is no plugin {}", quoted(call.id)),
        )
    };
    let id = call.id.parse().map_err(|_| unknown())?;
    let found = call.ports.plugins().plugin(call.account(), id, call.now);
    found
        .await
        .map_err(ApiError::unavailable)?
        .ok_or_else(unknown)
}
