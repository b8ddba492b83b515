//! Which plugin a report uses, and what it is told.

use std::collections::BTreeMap;

use activity_log_control::PluginReader as _;
use activity_log_core::fields::{ColumnError, Columns, ORIGIN};
use activity_log_core::plugins::{Manifest, Plugin, ReadyPlugin};
use activity_log_core::reports::PluginUse;

use super::body::PluginBody;
use crate::error::{ApiError, Code, quoted};
use crate::operation::Call;
use crate::ports::Ports;

/// Most bytes of parameters, names and values together.
pub const MAX_PARAMETER_BYTES: usize = 64 * 1024;
/// Most instructions one may ask for; at the millions a second that filters run, months.
pub const MAX_FUEL: u64 = 1_000_000_000_000_000;

/// The very version that was asked for, which must be ready, with parameters its manifest knows, and columns for which
/// there is room beside the request's.
pub async fn find<P: Ports>(
    call: &Call<'_, P>,
    asked: PluginBody,
    columns: &[String],
) -> Result<PluginUse, ApiError> {
    let plugin = match (&asked.id, &asked.name, &asked.version) {
        (Some(id), None, None) => by_id(call, id).await?,
        (None, Some(name), version) => by_name(call, name, version.as_deref()).await?,
        _ => {
            let rule = "has either id, or name with or without version";
            return Err(ApiError::field("plugin", rule));
        }
    };
    let Some(ready) = plugin.ready() else {
        let state = plugin.state_at(call.now);
        return Err(ApiError::new(
            Code::PLUGIN_NOT_READY,
            format!(
                "plugin: {} is {}, not ready: see GET /v1/plugins/{}",
                plugin.id,
                state.as_str(),
                plugin.id
            ),
        ));
    };
    if asked
        .fuel
        .is_some_and(|fuel| !(1..=MAX_FUEL).contains(&fuel))
    {
        let rule = format!("must be between 1 and {MAX_FUEL}");
        return Err(ApiError::field("plugin.fuel", rule));
    }
    let parameters = asked.parameters.unwrap_or_default().0;
    check_parameters(&ready.manifest, &parameters)?;
    check_columns(&ready.manifest, columns)?;
    Ok(PluginUse {
        id: plugin.id,
        name: ready.manifest.name.clone(),
        version: ready.manifest.version.clone(),
        sha256: ready.sha256.clone(),
        parameters,
        fuel: asked.fuel,
    })
}

async fn by_id<P: Ports>(call: &Call<'_, P>, id: &str) -> Result<Plugin, ApiError> {
    let unknown = || ApiError::field("plugin.id", format!("there is no plugin {}", quoted(id)));
    let id = id.parse().map_err(|_| unknown())?;
    let found = call.ports.plugins().plugin(call.account(), id, call.now);
    found
        .await
        .map_err(ApiError::unavailable)?
        .ok_or_else(unknown)
}

async fn by_name<P: Ports>(
    call: &Call<'_, P>,
    name: &str,
    version: Option<&str>,
) -> Result<Plugin, ApiError> {
    let plugins = call.ports.plugins().plugins(call.account(), call.now);
    let plugins = plugins.await.map_err(ApiError::unavailable)?;
    let is_wanted = |ready: &ReadyPlugin| {
        ready.manifest.name == name
            && version.is_none_or(|version| ready.manifest.version == version)
    };
    // Newest first.
    let found = plugins
        .into_iter()
        .find(|plugin| plugin.ready().is_some_and(is_wanted));
    found.ok_or_else(|| {
        let rule = match version {
            Some(version) => format!(
                "there is no plugin {} of version {} that is ready",
                quoted(name),
                quoted(version)
            ),
            None => format!("there is no plugin {} that is ready", quoted(name)),
        };
        ApiError::field("plugin.name", rule)
    })
}

/// As the reporter adds them.
fn check_columns(manifest: &Manifest, asked: &[String]) -> Result<(), ApiError> {
    let refused = |error| {
        let rule = format!("with those that {} adds: {error}", manifest.name);
        ApiError::field("columns", rule)
    };
    let mut columns = Columns::asked(asked).map_err(refused)?;
    let is_added = |name: &&String| !manifest.inputs.contains(*name);
    if manifest.outputs.iter().any(|name| name == ORIGIN) {
        return Err(refused(ColumnError::Origin));
    }
    for name in manifest.outputs.iter().filter(is_added) {
        if columns.position(name).is_none() {
            columns.add(name).map_err(refused)?;
        }
    }
    Ok(())
}

fn check_parameters(
    manifest: &Manifest,
    parameters: &BTreeMap<String, String>,
) -> Result<(), ApiError> {
    let refused = |rule: String| Err(ApiError::field("plugin.parameters", rule));
    let known = |name: &str| manifest.parameters.iter().any(|one| one.name == name);
    if let Some(name) = parameters.keys().find(|name| !known(name)) {
        let names: Vec<&str> = manifest.parameters.iter().map(|one| &*one.name).collect();
        let takes = if names.is_empty() {
            "none".to_owned()
        } else {
            names.join(", ")
        };
        let plugin = &manifest.name;
        return refused(format!(
            "{} is unknown; {plugin} takes {takes}",
            quoted(name)
        ));
    }
    let missing = |name: &&str| !parameters.contains_key(*name);
    let mut required = manifest.parameters.iter().filter(|one| one.required);
    if let Some(name) = required.find_map(|one| Some(&*one.name).filter(missing)) {
        return refused(format!("{} is required by {}", quoted(name), manifest.name));
    }
    let bytes: usize = parameters
        .iter()
        .map(|(name, value)| name.len() + value.len())
        .sum();
    if bytes > MAX_PARAMETER_BYTES {
        return refused(format!(
            "{bytes} bytes together; at most {MAX_PARAMETER_BYTES}"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use activity_log_core::plugins::Parameter;

    use super::*;

    fn manifest() -> Manifest {
        let parameter = |name: &str, required| Parameter {
            name: name.to_owned(),
            description: String::new(),
            required,
        };
        Manifest {
            name: "hours".to_owned(),
            parameters: vec![parameter("from", true), parameter("zone", false)],
            ..Manifest::default()
        }
    }

    #[test]
    fn there_is_room_for_what_the_plugin_adds() {
        let manifest = Manifest {
            name: "hours".to_owned(),
            inputs: vec!["userAgent".to_owned()],
            outputs: ["userAgent", "hour", "day"].map(str::to_owned).into(),
            ..Manifest::default()
        };
        let asked = |count: usize| -> Vec<String> {
            let more = (1..count).map(|number| format!("field{number}"));
            std::iter::once("day".to_owned()).chain(more).collect()
        };
        let checked = |columns: &[String]| {
            check_columns(&manifest, columns).map_err(|error| error.message().to_owned())
        };
        assert_eq!(checked(&[]), Ok(()));
        assert_eq!(checked(&asked(99)), Ok(()));
        assert_eq!(
            checked(&asked(100)).unwrap_err(),
            "columns: with those that hours adds: more than 100"
        );
    }

    fn checked(parameters: &[(&str, &str)]) -> Result<(), String> {
        let parameters = parameters
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        check_parameters(&manifest(), &parameters.collect())
            .map_err(|error| error.message().to_owned())
    }

    #[test]
    fn parameters_are_those_of_the_manifest() {
        assert_eq!(checked(&[("from", "9")]), Ok(()));
        assert_eq!(checked(&[("from", ""), ("zone", "UTC")]), Ok(()));
        assert_eq!(
            checked(&[("From", "9")]).unwrap_err(),
            "plugin.parameters: 'From' is unknown; hours takes from, zone"
        );
        assert_eq!(
            checked(&[("zone", "UTC")]).unwrap_err(),
            "plugin.parameters: 'from' is required by hours"
        );
        let most = "x".repeat(MAX_PARAMETER_BYTES - 4);
        assert_eq!(checked(&[("from", &most)]), Ok(()));
        assert_eq!(
            checked(&[("from", &format!("{most}x"))]).unwrap_err(),
            "plugin.parameters: 65537 bytes together; at most 65536"
        );
    }
}
