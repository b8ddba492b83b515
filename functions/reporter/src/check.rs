//! A plugin's check, at upload: it is compiled within limits, asked what it is, and kept; or refused with what its
//! author has to mend.

use activity_log_control::{BoxError, PluginChange, PluginReader as _, PluginWriter as _};
use activity_log_core::account::AccountId;
use activity_log_core::causes::chain;
use activity_log_core::plugins::{
    MAX_COMPONENT_BYTES, Manifest, Plugin, PluginId, PluginState, ReadyPlugin,
};
use activity_log_core::reports::{ATTEMPTS, Failure};
use activity_log_lambda::queue::Turn;
use activity_log_plugin::{Compiled, EngineError, Failure as PluginFailure, Refusal};
use activity_log_reporting::manifest_of;
use sha2::{Digest as _, Sha256};

use crate::app::{App, Ports};
use crate::files::{Files as _, Read};
use crate::metrics::Worked;
use crate::plugins::{WASM, keep};

/// Why a check ends without a plugin that can be used.
#[derive(Debug)]
enum NotReady {
    /// its author has to mend something
    Refused(Failure),
    /// somebody deleted it, or another run checks it
    Gone,
    /// we failed: the queue gives the message again
    Ours(BoxError),
}

impl<E: Into<BoxError>> From<E> for NotReady {
    fn from(error: E) -> Self {
        Self::Ours(error.into())
    }
}

/// Checks an upload, and counts what became of it.
pub async fn run<P: Ports>(
    app: &App<P>,
    account: AccountId,
    id: PluginId,
    worked: &mut Worked,
) -> Result<Turn, BoxError> {
    let plugins = app.ports.plugins();
    let Some(stored) = plugins.plugin(account, id, app.now()).await? else {
        return Ok(Turn::Done);
    };
    if !matches!(stored.state_at(app.now()), PluginState::Checking { .. }) {
        return Ok(Turn::Done);
    }
    let mut begun = stored.clone();
    begun.attempts += 1;
    // Whoever has it now may die of it: when the message comes again, it shows.
    let Some(plugin) = change(app, &stored, begun).await? else {
        return Ok(Turn::Again);
    };
    let failure = match check(app, &plugin).await {
        Ok(()) => {
            worked.plugins_ready += 1;
            tracing::info!(account = %account, plugin = %id, "a plugin is ready");
            return Ok(Turn::Done);
        }
        Err(NotReady::Gone) => return Ok(Turn::Again),
        Err(NotReady::Ours(error)) if plugin.attempts < ATTEMPTS => return Err(error),
        Err(NotReady::Ours(error)) => {
            tracing::error!(account = %account, plugin = %id, cause = chain(&*error), "a check was given up");
            given_up()
        }
        Err(NotReady::Refused(failure)) => failure,
    };
    let code = failure.code.clone();
    if !refuse(app, &plugin, failure).await? {
        return Ok(Turn::Again);
    }
    tracing::info!(account = %account, plugin = %id, code, "a plugin is refused");
    worked.plugins_refused += 1;
    Ok(Turn::Done)
}

async fn check<P: Ports>(app: &App<P>, plugin: &Plugin) -> Result<(), NotReady> {
    // Before this run the function died so often, of memory most likely.
    if plugin.attempts > ATTEMPTS {
        return Err(NotReady::Refused(given_up()));
    }
    let component = upload(app, plugin).await?;
    let compiled = (app.compile)(&component, &app.limits).map_err(refused)?;
    let manifest = describe(app, &compiled)?;
    let sha256 = hex::encode(Sha256::digest(&component));
    let size_bytes = component.len() as u64;
    let files = app.ports.files();
    files.put(&plugin.component_key(), WASM, component).await?;
    let ready = ReadyPlugin {
        finished: app.now(),
        manifest,
        size_bytes,
        sha256,
        compiled: Some(keep(app, plugin, &compiled).await?),
    };
    let mut changed = plugin.clone();
    changed.state = PluginState::Ready(Box::new(ready.clone()));
    match app.ports.plugins().change_plugin(plugin, &changed).await? {
        PluginChange::Written => {}
        PluginChange::Outdated if is_stored(app, plugin, &changed).await? => {}
        PluginChange::Outdated => {
            forget_files(app, plugin).await?;
            return Err(NotReady::Gone);
        }
        PluginChange::NameTaken(other) => return Err(name_taken(app, plugin, &ready, other).await?),
    }
    files.delete(&plugin.upload_key()).await;
    Ok(())
}

async fn upload<P: Ports>(app: &App<P>, plugin: &Plugin) -> Result<Vec<u8>, NotReady> {
    let key = plugin.upload_key();
    match app.ports.files().read(&key, MAX_COMPONENT_BYTES).await? {
        Read::Bytes(component) => Ok(component),
        Read::Absent => Err(NotReady::Refused(Failure::new(
            "NotUploaded",
            "Nothing was uploaded to the link. Ask for a new one, and upload the component to it.",
        ))),
        Read::TooLarge(bytes) => Err(NotReady::Refused(Failure::new(
            "TooLarge",
            format!(
                "size: the component is {bytes} bytes long; at most {MAX_COMPONENT_BYTES}. Build it without debug information."
            ),
        ))),
    }
}

fn describe<P: Ports>(app: &App<P>, compiled: &Compiled) -> Result<Manifest, NotReady> {
    let plugin = app.engine()?.load(compiled).map_err(|error| match error {
        EngineError::Limit(exceeded) => {
            NotReady::Refused(Failure::new("TooLarge", format!("{exceeded}.")))
        }
        error => error.into(),
    })?;
    let described = plugin.describe().map_err(|error| match error {
        PluginFailure::Host { .. } => NotReady::from(error),
        PluginFailure::Manifest(error) => {
            NotReady::Refused(Failure::new("InvalidManifest", format!("{error}.")))
        }
        error => {
            let message = format!("The plugin did not describe itself: {error}.");
            NotReady::Refused(Failure::new("DescribeFailed", message))
        }
    })?;
    Ok(manifest_of(&described))
}

fn refused(refusal: Refusal) -> NotReady {
    let code = match &refusal {
        Refusal::Size { .. } | Refusal::CompiledSize { .. } => "TooLarge",
        Refusal::NotWasm | Refusal::CoreModule => "NotAComponent",
        Refusal::Count { .. } | Refusal::FunctionSize { .. } | Refusal::FunctionLocals { .. } => {
            "TooComplex"
        }
        Refusal::Import { .. } | Refusal::ImportShape { .. } => "ForbiddenImport",
        Refusal::World { .. } | Refusal::ExportShape { .. } => "WrongWorld",
        Refusal::CompileTime(_) | Refusal::CompileMemory(_) => "CompileLimit",
        _ if refusal.is_authors() => "InvalidComponent",
        _ => return refusal.into(),
    };
    NotReady::Refused(Failure::new(code, format!("{refusal}.")))
}

fn given_up() -> Failure {
    Failure::new(
        "CheckFailed",
        format!(
            "The check was tried {ATTEMPTS} times and never came to an end. Nothing says that the plugin is wrong; a smaller one may pass. Upload it again."
        ),
    )
}

async fn name_taken<P: Ports>(
    app: &App<P>,
    plugin: &Plugin,
    ready: &ReadyPlugin,
    other: PluginId,
) -> Result<NotReady, BoxError> {
    let Manifest { name, version, .. } = &ready.manifest;
    let there = app
        .ports
        .plugins()
        .plugin(plugin.account, other, app.now())
        .await?;
    let same = there
        .as_ref()
        .and_then(Plugin::ready)
        .is_some_and(|there| there.sha256 == ready.sha256);
    Ok(NotReady::Refused(if same {
        Failure::new(
            "AlreadyThere",
            format!(
                "{name}@{version} is there already, as {other}, and is the same to the byte. Use that one."
            ),
        )
    } else {
        Failure::new(
            "NameTaken",
            format!(
                "{name}@{version} exists with other content, as {other}: raise the version, and upload it again."
            ),
        )
    }))
}

/// Says whether it was written: somebody may have deleted the plugin, or another run have taken it.
async fn refuse<P: Ports>(app: &App<P>, plugin: &Plugin, error: Failure) -> Result<bool, BoxError> {
    let mut changed = plugin.clone();
    changed.state = PluginState::Refused {
        finished: app.now(),
        error,
    };
    let is_written = change(app, plugin, changed).await?.is_some();
    if is_written {
        forget_files(app, plugin).await?;
        app.ports.files().delete(&plugin.upload_key()).await;
    }
    Ok(is_written)
}

/// Deletes what a check kept, unless another run has made it a plugin that can be used.
async fn forget_files<P: Ports>(app: &App<P>, plugin: &Plugin) -> Result<(), BoxError> {
    let stored = app
        .ports
        .plugins()
        .plugin(plugin.account, plugin.id, app.now())
        .await?;
    let is_used = stored.is_some_and(|stored| {
        matches!(
            stored.state,
            PluginState::Ready(_) | PluginState::Checking { .. }
        )
    });
    if !is_used {
        let files = app.ports.files();
        files.delete(&plugin.component_key()).await;
        files.delete(&plugin.compiled_key()).await;
    }
    Ok(())
}

/// Writes a change; gives the plugin as it is then. `None`: somebody else changed or deleted it.
async fn change<P: Ports>(
    app: &App<P>,
    old: &Plugin,
    mut new: Plugin,
) -> Result<Option<Plugin>, BoxError> {
    let changed = app.ports.plugins().change_plugin(old, &new).await?;
    let is_written = matches!(changed, PluginChange::Written) || is_stored(app, old, &new).await?;
    new.revision = old.revision + 1;
    Ok(is_written.then_some(new))
}

/// Whether the change is there after all: an answer may be lost on the way, and the try after it finds our own work.
async fn is_stored<P: Ports>(app: &App<P>, old: &Plugin, new: &Plugin) -> Result<bool, BoxError> {
    let mut expected = new.clone();
    expected.revision = old.revision + 1;
    let stored = app
        .ports
        .plugins()
        .plugin(old.account, old.id, app.now())
        .await?;
    Ok(stored.as_ref() == Some(&expected))
}
