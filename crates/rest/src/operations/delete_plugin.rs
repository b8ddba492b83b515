//! `DELETE /v1/plugins/{id}`: a plugin version is deleted, unless a report is being built with it.

use activity_log_control::{PluginWriter as _, ReportReader as _};
use activity_log_core::plugins::Plugin;
use http::{Method, StatusCode};

use super::ATTEMPTS;
use crate::error::{ApiError, Code};
use crate::operation::{Call, Operation};
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

    async fn run(call: &Call<'_, P>) -> Result<Reply, ApiError> {
        for _ in 0..ATTEMPTS {
            let plugin = find(call).await?;
            check_unused(call, &plugin).await?;
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

/// The files first: a plugin that is gone while its files stay could not be deleted again.
async fn delete_files<P: Ports>(call: &Call<'_, P>, plugin: &Plugin) -> Result<(), ApiError> {
    let compiled = plugin.ready().and_then(|ready| ready.compiled.as_ref());
    let compiled = compiled.map_or_else(|| plugin.compiled_key(), |form| form.key.clone());
    for key in [plugin.upload_key(), plugin.component_key(), compiled] {
        let deleted = call.ports.files().delete(&key).await;
        deleted.map_err(ApiError::unavailable)?;
    }
    Ok(())
}
