//! A plugin version, ready to run: from its compiled form where that is the very one we wrote, else compiled again.

use activity_log_control::vault::{Purpose, Seal as _, Sealed, Unseal as _};
use activity_log_control::{BoxError, PluginReader as _, PluginWriter as _};
use activity_log_core::causes::chain;
use activity_log_core::plugins::{
    CompiledForm, MAX_COMPONENT_BYTES, Plugin, PluginState, ReadyPlugin,
};
use activity_log_core::reports::{Failure, PluginUse, Report};
use activity_log_plugin::{Compiled, NotOurs, Plugin as Loaded, Refusal};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest as _, Sha256};

use crate::app::{App, Ports};
use crate::files::{Files as _, Read};

/// The media type of components.
pub const WASM: &str = "application/wasm";
/// The media type of compiled forms.
const COMPILED: &str = "application/octet-stream";

/// Why a plugin is not there.
#[derive(Debug)]
pub enum NotLoaded {
    /// the report fails: this is what its maker is told
    Failed(Failure),
    /// we failed: the queue gives the message again
    Ours(BoxError),
}

impl<E: Into<BoxError>> From<E> for NotLoaded {
    fn from(error: E) -> Self {
        Self::Ours(error.into())
    }
}

/// Why a compiled form is not used.
#[derive(Debug, thiserror::Error)]
enum Unusable {
    #[error("none was kept")]
    Missing,
    #[error("its digest does not open")]
    Unsealed(#[source] BoxError),
    #[error(transparent)]
    NotOurs(#[from] NotOurs),
    #[error("it is of another component")]
    OtherComponent,
}

/// The version that the report uses.
pub async fn load<P: Ports>(
    app: &App<P>,
    report: &Report,
    asked: &PluginUse,
) -> Result<Loaded, NotLoaded> {
    let plugins = app.ports.plugins();
    let plugin = plugins.plugin(report.account, asked.id, app.now()).await?;
    let ready = plugin.as_ref().and_then(Plugin::ready);
    let (Some(plugin), Some(ready)) = (&plugin, ready.filter(|ready| ready.sha256 == asked.sha256))
    else {
        return Err(NotLoaded::Failed(missing(asked)));
    };
    let compiled = match kept(app, plugin, ready).await? {
        Ok(compiled) => compiled,
        Err(unusable) => {
            tracing::warn!(
                account = %plugin.account,
                plugin = %plugin.id,
                cause = chain(&unusable),
                "a plugin is compiled again"
            );
            compile_again(app, plugin, ready, asked).await?
        }
    };
    Ok(app.engine()?.load(&compiled)?)
}

fn missing(asked: &PluginUse) -> Failure {
    let PluginUse {
        name, version, id, ..
    } = asked;
    Failure::new(
        "PluginMissing",
        format!(
            "The plugin {name} {version} ({id}) was deleted before the report was built. Upload it again, and make the report again."
        ),
    )
}

/// The compiled form that was kept, if it is the one we wrote.
async fn kept<P: Ports>(
    app: &App<P>,
    plugin: &Plugin,
    ready: &ReadyPlugin,
) -> Result<Result<Compiled, Unusable>, BoxError> {
    let Some(form) = &ready.compiled else {
        return Ok(Err(Unusable::Missing));
    };
    let most_bytes = app.limits.compiled_bytes as u64 + 1024;
    let Read::Bytes(bytes) = app.ports.files().read(&form.key, most_bytes).await? else {
        return Ok(Err(Unusable::Missing));
    };
    let digest = match unseal(app, plugin, &form.sealed_digest).await {
        Ok(digest) => digest,
        // Sealed for another plugin, or not by us; or the key service does not answer, and then does not seal either.
        Err(error) => return Ok(Err(Unusable::Unsealed(error))),
    };
    Ok(match Compiled::open(bytes, &digest) {
        Ok(compiled) if hex::encode(compiled.component_digest()) == ready.sha256 => Ok(compiled),
        Ok(_) => Err(Unusable::OtherComponent),
        Err(not_ours) => Err(not_ours.into()),
    })
}

async fn unseal<P: Ports>(
    app: &App<P>,
    plugin: &Plugin,
    sealed: &str,
) -> Result<[u8; 32], BoxError> {
    let sealed = Sealed::new(BASE64_STANDARD.decode(sealed)?);
    let digest = app.ports.vault().unseal(&purpose(plugin), &sealed).await?;
    <[u8; 32]>::try_from(digest).map_err(|_| "it is no SHA-256".into())
}

async fn compile_again<P: Ports>(
    app: &App<P>,
    plugin: &Plugin,
    ready: &ReadyPlugin,
    asked: &PluginUse,
) -> Result<Compiled, NotLoaded> {
    let files = app.ports.files();
    let key = plugin.component_key();
    let component = match files.read(&key, MAX_COMPONENT_BYTES).await? {
        Read::Bytes(component) => component,
        // Deleted while this run began: trying again would find no more.
        Read::Absent => return Err(NotLoaded::Failed(missing(asked))),
        Read::TooLarge(_) => return Err(format!("the component {key} is too large").into()),
    };
    if hex::encode(Sha256::digest(&component)) != ready.sha256 {
        return Err(format!("the component {key} is not the one that was checked").into());
    }
    let compiled =
        (app.compile)(&component, &app.limits).map_err(|refusal| no_more(ready, refusal))?;
    let mut again = ready.clone();
    again.compiled = Some(keep(app, plugin, &compiled).await?);
    let mut changed = plugin.clone();
    changed.state = PluginState::Ready(Box::new(again));
    // Whoever changed it meanwhile compiled it too, or deleted it: this run goes on with what it has.
    app.ports.plugins().change_plugin(plugin, &changed).await?;
    Ok(compiled)
}

/// It compiled once; the limits are others now.
fn no_more(ready: &ReadyPlugin, refusal: Refusal) -> NotLoaded {
    if !refusal.is_authors() {
        return refusal.into();
    }
    let message = format!(
        "The plugin {} {} does not compile any more: {refusal}. Upload it again to have it checked.",
        ready.manifest.name, ready.manifest.version
    );
    NotLoaded::Failed(Failure::new("PluginFailed", message))
}

/// Keeps a compiled form, and its digest sealed.
pub async fn keep<P: Ports>(
    app: &App<P>,
    plugin: &Plugin,
    compiled: &Compiled,
) -> Result<CompiledForm, BoxError> {
    let key = plugin.compiled_key();
    let bytes = compiled.bytes().to_vec();
    app.ports.files().put(&key, COMPILED, bytes).await?;
    let sealed = app
        .ports
        .vault()
        .seal(&purpose(plugin), &compiled.digest())
        .await?;
    Ok(CompiledForm {
        key,
        sealed_digest: BASE64_STANDARD.encode(sealed.as_bytes()),
    })
}

fn purpose(plugin: &Plugin) -> Purpose {
    Purpose::PluginDigest {
        account: plugin.account,
        id: plugin.id,
    }
}
