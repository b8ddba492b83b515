//! Links that the service gives: requests to them carry their signature in the address, and are sent as they are.

use std::time::Duration;

use aws_smithy_runtime_api::client::http::HttpConnector as _;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::HttpError;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use bytes::Bytes;
use http::header::{RANGE, USER_AGENT};
use http::{Method, Request};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Until an answer begins: an upload is sent before that.
const ANSWER_TIMEOUT: Duration = Duration::from_mins(10);
/// What is read of an error's body: it names its code near its start.
const MAX_ERROR_BYTES: usize = 4 * 1024;

/// Why a link did not work.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// the link is no address
    #[error("the link cannot be used")]
    Build(#[source] http::Error),
    /// the same, found later
    #[error("the link cannot be used")]
    Convert(#[source] HttpError),
    /// nobody answers
    #[error("the storage behind the link does not answer")]
    Connect(#[source] ConnectorError),
    /// an error
    #[error("the storage behind the link answered HTTP {status}{code}")]
    Refused {
        /// its status
        status: u16,
        /// in parentheses, if it named one
        code: String,
    },
}

impl LinkError {
    /// Whether the same request may get another answer.
    pub const fn is_worth_another(&self) -> bool {
        match self {
            Self::Connect(_) => true,
            Self::Refused { status, .. } => matches!(status, 429 | 500..),
            Self::Build(_) | Self::Convert(_) => false,
        }
    }
}

/// A file that is being downloaded.
#[derive(Debug)]
pub struct Opened {
    /// which byte of the file comes first
    pub from: u64,
    /// how many bytes come, if the storage says so
    pub length: Option<u64>,
    /// the bytes
    pub body: ByteStream,
}

/// Begins to read a file at this byte, or at its start if the storage knows no ranges.
pub async fn open(url: &str, from: u64) -> Result<Opened, LinkError> {
    let mut request = Request::get(url).header(USER_AGENT, agent());
    if from > 0 {
        request = request.header(RANGE, format!("bytes={from}-"));
    }
    let request = request.body(SdkBody::empty()).map_err(LinkError::Build)?;
    let answer = send(url, request).await?;
    let is_part = answer.status().as_u16() == 206;
    let length = answer.headers().get("content-length");
    Ok(Opened {
        from: if is_part { from } else { 0 },
        length: length.and_then(|length| length.parse().ok()),
        body: ByteStream::new(answer.into_body()),
    })
}

/// Puts a file.
pub async fn put(method: &Method, url: &str, body: Bytes) -> Result<(), LinkError> {
    let request = Request::builder().method(method).uri(url);
    let request = request
        .header(USER_AGENT, agent())
        .body(SdkBody::from(body))
        .map_err(LinkError::Build)?;
    send(url, request).await?;
    Ok(())
}

const fn agent() -> &'static str {
    concat!("alog/", env!("CARGO_PKG_VERSION"))
}

async fn send(url: &str, request: Request<SdkBody>) -> Result<HttpResponse, LinkError> {
    let request = request.try_into().map_err(LinkError::Convert)?;
    let connector = activity_log_aws::http_client::connector(url, CONNECT_TIMEOUT, ANSWER_TIMEOUT);
    let answer = connector.call(request).await.map_err(LinkError::Connect)?;
    let status = answer.status().as_u16();
    if answer.status().is_success() {
        return Ok(answer);
    }
    let mut body = ByteStream::new(answer.into_body());
    let mut text = Vec::new();
    while let Some(Ok(bytes)) = body.next().await {
        text.extend_from_slice(&bytes);
        if text.len() >= MAX_ERROR_BYTES {
            break;
        }
    }
    let code = code(&String::from_utf8_lossy(&text));
    Err(LinkError::Refused { status, code })
}

/// S3's errors: `<Error><Code>AccessDenied</Code>…`
fn code(xml: &str) -> String {
    let code = xml
        .split_once("<Code>")
        .and_then(|(_, rest)| rest.split_once("</Code>"));
    match code {
        Some((code, _)) if code.len() <= 100 => format!(" ({code})"),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_storages_code_is_told() {
        assert_eq!(
            code(
                "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code><Message>x</Message></Error>"
            ),
            " (AccessDenied)"
        );
        for none in [
            "",
            "<html>",
            "<Code>",
            &format!("<Code>{}</Code>", "x".repeat(101)),
        ] {
            assert_eq!(code(none), "");
        }
    }
}
