//! `POST /v1/plugins/{id}/check`: the component was sent to the link.

use activity_log_core::instant::MINUTE;
use activity_log_core::plugins::{MAX_COMPONENT_BYTES, Plugin, PluginState};
use http::{Method, StatusCode};

use super::ATTEMPTS;
use crate::error::{ApiError, Code};
use crate::input;
use crate::operation::{Call, Operation, PLUGIN};
use crate::plugins::check::{self, Begun};
use crate::plugins::find::find;
use crate::plugins::shape::PluginShape;
use crate::ports::{Files as _, Ports};
use crate::reply::Reply;

/// The operation.
pub struct CheckPlugin;

/// How long a check that was said to be wanted may not have begun before it is said to the reporter again: the function
/// that was to say so may have died between the state and the message. Nothing is checked twice for it at the same time.
const UNHEARD_MS: i64 = MINUTE;

/// Nothing is to be said but that it is there.
#[derive(Debug, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct NoMembers {}

impl<P: Ports> Operation<P> for CheckPlugin {
    const NAME: &'static str = "CheckPlugin";
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/v1/plugins/{id}/check";
    const READ_ONLY: bool = false;
    const RESOURCE: Option<&'static str> = Some(PLUGIN);
    type Input = NoMembers;

    fn parse(call: &Call<'_, P>) -> Result<NoMembers, ApiError> {
        input::read(call.body)
    }

    async fn run(call: &Call<'_, P>, _: NoMembers) -> Result<Reply, ApiError> {
        for _ in 0..ATTEMPTS {
            let plugin = find(call).await?;
            let mut sent_bytes = None;
            let (status, plugin) = match plugin.state_at(call.now) {
                PluginState::Uploading => {
                    sent_bytes = Some(check_upload(call, &plugin).await?);
                    match check::begin(call, &plugin).await? {
                        Begun::Queued(plugin) => (StatusCode::ACCEPTED, plugin),
                        Begun::Outdated => continue,
                    }
                }
                // Said before; a client that heard no answer says it again.
                PluginState::Checking { since } => {
                    if plugin.attempts == 0 && since.plus_millis(UNHEARD_MS) <= call.now {
                        check::remind(call, &plugin).await?;
                    }
                    (StatusCode::ACCEPTED, plugin)
                }
                PluginState::Ready(_) | PluginState::Refused { .. } => (StatusCode::OK, plugin),
            };
            let reply = Reply::json(status, &PluginShape::of(&plugin, call.now))?;
            return Ok(match sent_bytes {
                Some(bytes) => reply.telling("SizeBytes", bytes),
                None => reply,
            });
        }
        Err(ApiError::new(
            Code::CONFLICT,
            "The plugin is being changed all the time. Try again",
        ))
    }
}

/// That something is there, and not too large; its length.
async fn check_upload<P: Ports>(call: &Call<'_, P>, plugin: &Plugin) -> Result<u64, ApiError> {
    let size = call.ports.files().size(&plugin.upload_key()).await;
    match size.map_err(ApiError::unavailable)? {
        None => Err(ApiError::new(
            Code::NOT_UPLOADED,
            "Nothing was sent to the upload link yet: PUT the .wasm file there first",
        )),
        Some(bytes) if bytes > MAX_COMPONENT_BYTES => Err(ApiError::new(
            Code::PAYLOAD_TOO_LARGE,
            format!(
                "The component has {bytes} bytes; at most {MAX_COMPONENT_BYTES}. Build it for size, and ask for another \
                 link"
            ),
        )),
        Some(bytes) => Ok(bytes),
    }
}
