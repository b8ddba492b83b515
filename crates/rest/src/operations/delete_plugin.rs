//! `DELETE /v1/plugins/{id}`: a plugin version is deleted, unless a report is being built with it.

use activity_log_control::{PluginChange, PluginWriter as _, ReportReader as _};
use activity_log_core::plugins::{Plugin, PluginState};
use activity_log_core::reports::Failure;
use http::{Method, StatusCode};

use super::ATTEMPTS;
use crate::error::{ApiError, Code};
use crate::operation::{Call, Nothing, Operation, PLUGIN};
use crate::plugins::find::find;
use crate::ports::{Files as _, Ports};
use crate::reply::Reply;

/// The operation.
pub struct DeletePlugin;

impl<P: Ports> Operation<P> for DeletePlugin {
    const NAME: &'static str = "DeletePlugin";
    const METHOD: Method = Method::DELETE;
    const PATH: &'static str = "/v1/plugins/{id}";
    const READ_ONLY: bool = false;
    const RESOURCE: Option<&'static str> = Some(PLUGIN);
    type Input = Nothing;

    fn parse(_: &Call<'_, P>) -> Result<Nothing, ApiError> {
        Ok(Nothing {})
    }

    async fn run(call: &Call<'_, P>, _: Nothing) -> Result<Reply, ApiError> {
        for _ in 0..ATTEMPTS {
            let plugin = find(call).await?;
            check_unused(call, &plugin).await?;
            let Some(plugin) = withdraw(call, plugin).await? else {
                continue;
            };
            delete_files(call, &plugin).await?;
            let deleted = call.ports.plugins().delete_plugin(&plugin).await;
            if deleted.map_err(ApiError::unavailable)? {
                return Ok(Reply::empty(StatusCode::NO_CONTENT));
            }
        }
        Err(ApiError::new(
            Code::CONFLICT,
            "The plugin is being changed all the time. Try again",
        ))
    }
}

/// A report that is created right now may still name it; it fails then, and says so.
async fn check_unused<P: Ports>(call: &Call<'_, P>, plugin: &Plugin) -> Result<(), ApiError> {
    let reports = call.ports.reports().reports(call.account(), call.now).await;
    let reports = reports.map_err(ApiError::unavailable)?;
    let user = reports.iter().find(|report| {
        let used = report.request.plugin.as_ref();
        report.is_unfinished(call.now) && used.is_some_and(|used| used.id == plugin.id)
    });
    user.map_or(Ok(()), |report| {
        Err(ApiError::new(
            Code::PLUGIN_IN_USE,
            format!(
                "The report {} is being built with this plugin: wait until it is finished, or cancel it \
                 (DELETE /v1/reports/{})",
                report.id, report.id
            ),
        ))
    })
}

/// Before a file of it goes, nobody can use the version any more. Gives it as it is then; `None`: somebody else changed
/// it meanwhile.
async fn withdraw<P: Ports>(
    call: &Call<'_, P>,
    plugin: Plugin,
) -> Result<Option<Plugin>, ApiError> {
    if matches!(plugin.state, PluginState::Refused { .. }) {
        return Ok(Some(plugin));
    }
    let mut withdrawn = plugin.clone();
    withdrawn.state = PluginState::Refused {
        finished: call.now,
        error: Failure::new(
            "Deleted",
            "The plugin was being deleted, and that did not come to its end. Delete it again.",
        ),
    };
    let changed = call
        .ports
        .plugins()
        .change_plugin(&plugin, &withdrawn)
        .await;
    withdrawn.revision = plugin.revision + 1;
    let is_written = matches!(
        changed.map_err(ApiError::unavailable)?,
        PluginChange::Written
    );
    Ok(is_written.then_some(withdrawn))
}

/// Before the plugin itself: one that is gone while its files stay could not be deleted again.
async fn delete_files<P: Ports>(call: &Call<'_, P>, plugin: &Plugin) -> Result<(), ApiError> {
    for key in [
        plugin.upload_key(),
        plugin.component_key(),
        plugin.compiled_key(),
    ] {
        let deleted = call.ports.files().delete(&key).await;
        deleted.map_err(ApiError::unavailable)?;
    }
    Ok(())
}
