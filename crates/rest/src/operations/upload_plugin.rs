//! `POST /v1/plugins`: a component in the body, or a link to upload one to.

use activity_log_core::plugins::{MAX_COMPONENT_BYTES, Plugin};
use http::header::{CONTENT_TYPE, HeaderMap, LOCATION};
use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::error::{ApiError, Code, quoted};
use crate::input;
use crate::operation::{Call, Operation, PLUGIN};
use crate::plugins::check::{self, Begun};
use crate::plugins::create::{create, discard};
use crate::plugins::shape::{PluginShape, Upload as UploadShape};
use crate::ports::{Files as _, Ports, UploadLink, link_end};
use crate::reply::Reply;
use crate::time::At;

/// How long a link is good.
const LINK_SECONDS: u32 = 15 * 60;
/// How WebAssembly begins, module or component.
const MAGIC: &[u8] = b"\0asm";

/// The operation.
pub struct UploadPlugin;

/// What is asked for where no component is sent.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct LinkBody {
    size_bytes: Option<u64>,
}

/// What is sent, or asked for.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
pub enum Upload {
    /// a component of this length is the body
    Component {
        /// its length
        body_bytes: usize,
        /// of the body, in hexadecimal: what it was, whatever becomes of the plugin
        sha256: String,
    },
    /// a link to upload one of this length to
    Link {
        /// its length
        size_bytes: u64,
    },
}

#[derive(Debug, PartialEq, Eq)]
enum Kind {
    Component,
    Json,
}

impl<P: Ports> Operation<P> for UploadPlugin {
    const NAME: &'static str = "UploadPlugin";
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/v1/plugins";
    const READ_ONLY: bool = false;
    type Input = Upload;

    fn parse(call: &Call<'_, P>) -> Result<Upload, ApiError> {
        match kind(call.headers)? {
            Kind::Component => read_component(call.body),
            Kind::Json => read_link(call.body),
        }
    }

    async fn run(call: &Call<'_, P>, upload: Upload) -> Result<Reply, ApiError> {
        match upload {
            Upload::Component { .. } => component(call).await,
            Upload::Link { size_bytes } => link(call, size_bytes).await,
        }
    }
}

fn kind(headers: &HeaderMap) -> Result<Kind, ApiError> {
    let Some(value) = headers.get(CONTENT_TYPE) else {
        return Ok(Kind::Json);
    };
    let value = value.to_str().unwrap_or("?");
    let essence = value.split(';').next().unwrap_or_default().trim();
    match essence.to_ascii_lowercase().as_str() {
        "application/wasm" | "application/octet-stream" => Ok(Kind::Component),
        "application/json" => Ok(Kind::Json),
        _ => Err(ApiError::new(
            Code::UNSUPPORTED_MEDIA_TYPE,
            format!(
                "Content-Type: {}: send a component as application/wasm, or application/json with its \"sizeBytes\" \
                 to get a link to upload it to",
                quoted(value)
            ),
        )),
    }
}

fn read_component(body: &[u8]) -> Result<Upload, ApiError> {
    if !body.starts_with(MAGIC) {
        return Err(ApiError::new(
            Code::INVALID_COMPONENT,
            "body: no WebAssembly: it does not begin with \\0asm. Send the .wasm file as it is",
        ));
    }
    Ok(Upload::Component {
        body_bytes: body.len(),
        sha256: hex::encode(Sha256::digest(body)),
    })
}

fn read_link(body: &[u8]) -> Result<Upload, ApiError> {
    let LinkBody { size_bytes } = input::read(body)?;
    // Without it the link would take objects of any size, also when the plugin is deleted again.
    let Some(size_bytes) = size_bytes else {
        return Err(ApiError::field(
            "sizeBytes",
            "is required: the component's length",
        ));
    };
    if !(1..=MAX_COMPONENT_BYTES).contains(&size_bytes) {
        let rule = format!("a component has 1 to {MAX_COMPONENT_BYTES} bytes");
        return Err(ApiError::field("sizeBytes", rule));
    }
    Ok(Upload::Link { size_bytes })
}

async fn component<P: Ports>(call: &Call<'_, P>) -> Result<Reply, ApiError> {
    let plugin = create(call).await?;
    let queued = match store(call, &plugin).await {
        Ok(queued) => queued,
        Err(error) => {
            discard(call, &plugin).await;
            return Err(error);
        }
    };
    let shape = PluginShape::of(&queued, call.now);
    reply(StatusCode::ACCEPTED, &queued, &shape)
}

/// Stores the component and has it checked.
async fn store<P: Ports>(call: &Call<'_, P>, plugin: &Plugin) -> Result<Plugin, ApiError> {
    let key = plugin.upload_key();
    let put = call.ports.files().put(&key, call.body.clone()).await;
    put.map_err(ApiError::unavailable)?;
    match check::begin(call, plugin).await? {
        Begun::Queued(plugin) => Ok(plugin),
        Begun::Outdated => Err(ApiError::new(
            Code::CONFLICT,
            "The plugin was changed while it was uploaded. Upload it again",
        )),
    }
}

async fn link<P: Ports>(call: &Call<'_, P>, size_bytes: u64) -> Result<Reply, ApiError> {
    let plugin = create(call).await?;
    let link = UploadLink {
        key: &plugin.upload_key(),
        size_bytes: Some(size_bytes),
        now: call.now,
        seconds: LINK_SECONDS,
    };
    let url = match call.ports.files().upload_link(link).await {
        Ok(url) => url,
        Err(error) => {
            discard(call, &plugin).await;
            return Err(ApiError::unavailable(error));
        }
    };
    let upload = UploadShape {
        url,
        method: "PUT",
        expires_at: At(link_end(call.now, LINK_SECONDS)),
    };
    let shape = PluginShape::of(&plugin, call.now).with_upload(upload);
    reply(StatusCode::CREATED, &plugin, &shape)
}

fn reply(status: StatusCode, plugin: &Plugin, shape: &PluginShape) -> Result<Reply, ApiError> {
    let location = format!("/v1/plugins/{}", plugin.id);
    let reply = Reply::json(status, shape)?.header(LOCATION, &location)?;
    Ok(reply.naming(PLUGIN, plugin.id.to_string()))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn the_content_type_says_what_is_sent() {
        let kind = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(value));
            kind(&headers)
        };
        assert_eq!(kind("application/wasm").unwrap(), Kind::Component);
        assert_eq!(kind("Application/Octet-Stream").unwrap(), Kind::Component);
        assert_eq!(kind("application/json; charset=utf-8").unwrap(), Kind::Json);
        let error = kind("text/plain").unwrap_err();
        assert_eq!(error.code(), Code::UNSUPPORTED_MEDIA_TYPE);
    }
}
