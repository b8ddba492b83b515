//! Requests to the service: HTTP, signed with Signature V4.
//!
//! The HTTP client is the one the AWS SDK brings anyway (hyper under `aws-smithy-http-client`), so
//! the tool has one TLS stack and one way to trust certificates.

use std::str::FromStr;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials as _;
use aws_credential_types::provider::error::CredentialsError;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningError, SigningSettings, sign};
use aws_sigv4::sign::v4::{SigningParams, signing_params};
use aws_smithy_runtime_api::client::http::{HttpConnector as _, SharedHttpConnector};
use aws_smithy_runtime_api::client::identity::Identity;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::HttpError;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use aws_smithy_types::byte_stream::error::Error as BodyError;
use bytes::Bytes;
use http::header::{HOST, RETRY_AFTER, USER_AGENT};
use http::{HeaderName, Method, Request, Uri};

/// Who asks.
const AGENT: &str = concat!("alog/", env!("CARGO_PKG_VERSION"));
/// The service every scope here names.
const SERVICE: &str = "cloudtrail";
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// API Gateway answers within 30 seconds, if only that its function did not.
const READ_TIMEOUT: Duration = Duration::from_secs(40);

/// Where the API is: scheme and authority, and what stands in front of its paths: the stage of a REST API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// all of it
    text: String,
    scheme: String,
    authority: String,
    /// `/api`, or empty
    base: String,
}

impl Origin {
    /// All of it, without a slash at its end: `https://log.example.com`.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    fn connector(&self) -> SharedHttpConnector {
        let base = format!("{}://", self.scheme);
        activity_log_aws::http_client::connector(&base, CONNECT_TIMEOUT, READ_TIMEOUT)
    }

    /// Gets what needs no signature, once: the answer and the time the service's clock shows, if it says so.
    pub async fn get(&self, path: &str) -> Result<(Answer, Option<String>), TransportError> {
        let request = Request::get(format!("{}{path}", self.text))
            .header(USER_AGENT, AGENT)
            .body(SdkBody::empty())
            .map_err(TransportError::Build)?;
        let request = request.try_into().map_err(TransportError::Convert)?;
        let answer = self.connector().call(request).await;
        let answer = answer.map_err(TransportError::Connect)?;
        let date = answer.headers().get("date").map(str::to_owned);
        Ok((collected(answer).await?, date))
    }
}

/// The text is not an origin.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "the API's URL is http:// or https:// and a host, and of a REST API the stage: https://log.example.com"
)]
pub struct InvalidOrigin;

impl FromStr for Origin {
    type Err = InvalidOrigin;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let uri: Uri = text.parse().map_err(|_| InvalidOrigin)?;
        let scheme = uri
            .scheme_str()
            .filter(|scheme| ["http", "https"].contains(scheme));
        let base = uri.path().trim_end_matches('/');
        match (scheme, uri.authority(), uri.query()) {
            (Some(scheme), Some(authority), None) if is_base(base) => Ok(Self {
                text: format!("{scheme}://{authority}{base}"),
                scheme: scheme.to_owned(),
                authority: authority.to_string(),
                base: base.to_owned(),
            }),
            _ => Err(InvalidOrigin),
        }
    }
}

/// Nothing, or segments of what needs no escapes: those are not encoded once more when they are signed.
fn is_base(path: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    path.split('/')
        .skip(1)
        .all(|segment| !["", ".", ".."].contains(&segment) && segment.bytes().all(is_plain))
}

/// There is nothing to sign with.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// What is said is no address.
    #[error(transparent)]
    Address(#[from] InvalidOrigin),
    /// It is not said where the API is.
    #[error(
        "no address of the API: set ACTIVITY_LOG_URL, or give --url; `. localstack/env` sets it for the local stack"
    )]
    NoAddress,
    /// No credentials in the environment or profile.
    #[error(
        "no access key to sign with: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to those of a user \
         (alog key create); `. localstack/env` sets them for the local stack"
    )]
    NoCredentials,
    /// No region, or none that can be used.
    #[error(transparent)]
    Config(#[from] activity_log_aws::ConfigError),
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// The request cannot be signed.
    #[error("the request cannot be signed")]
    Sign(#[source] SigningError),
    /// The signing parameters do not fit.
    #[error("the request cannot be signed")]
    Parameters(#[source] signing_params::BuildError),
    /// The request cannot be built.
    #[error("the request cannot be built")]
    Build(#[source] http::Error),
    /// The request cannot be given to the client.
    #[error("the request cannot be sent")]
    Convert(#[source] HttpError),
    /// The connection failed.
    #[error("no answer")]
    Connect(#[source] ConnectorError),
    /// The answer broke off.
    #[error("the answer broke off")]
    Body(#[source] BodyError),
}

/// An HTTP status and body.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: Bytes,
    /// How long to wait before the same is asked again, if the service says so.
    pub retry_after: Option<Duration>,
}

/// `Retry-After`'s seconds. A date, which the header may hold too, is not what our service sends.
fn seconds(retry_after: Option<&str>) -> Option<Duration> {
    let seconds = retry_after?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// Sends what is to be signed.
#[derive(Debug)]
pub struct SignedHttp {
    connector: SharedHttpConnector,
    origin: Origin,
    identity: Identity,
    key_id: String,
    region: String,
}

impl SignedHttp {
    /// With the access key and region of the environment or profile.
    pub async fn from_env(origin: &Origin) -> Result<Self, SetupError> {
        let config = activity_log_aws::from_env().await?;
        let region = config.region().map(ToString::to_string).unwrap_or_default();
        let credentials = match config.credentials_provider() {
            Some(provider) => provider.provide_credentials().await,
            None => Err(CredentialsError::not_loaded_no_source()),
        };
        // Where else they were looked for, at length, helps nobody.
        let credentials = credentials.map_err(|_| SetupError::NoCredentials)?;
        Ok(Self::new(origin.clone(), credentials, region))
    }

    fn new(origin: Origin, credentials: Credentials, region: String) -> Self {
        Self {
            connector: origin.connector(),
            origin,
            key_id: credentials.access_key_id().to_owned(),
            identity: credentials.into(),
            region,
        }
    }

    /// Where it sends to.
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The access key it signs with.
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// The region it signs for.
    pub fn region(&self) -> &str {
        &self.region
    }

    fn request(
        &self,
        method: &Method,
        path: &str,
        headers: &[(HeaderName, &str)],
        body: &Bytes,
    ) -> Result<Request<SdkBody>, TransportError> {
        let Origin {
            scheme,
            authority,
            base,
            ..
        } = &self.origin;
        let uri = format!("{scheme}://{authority}{base}{path}");
        let mut headers = headers.to_vec();
        headers.push((HOST, &self.origin.authority));
        headers.push((USER_AGENT, AGENT));
        let mut request = Request::builder().method(method).uri(&uri);
        for (name, value) in &headers {
            request = request.header(name, *value);
        }
        let mut request = request
            .body(SdkBody::from(body.clone()))
            .map_err(TransportError::Build)?;

        let parameters = SigningParams::builder()
            .identity(&self.identity)
            .region(&self.region)
            .name(SERVICE)
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()
            .map_err(TransportError::Parameters)?
            .into();
        let signed = headers.iter().map(|(name, value)| (name.as_str(), *value));
        let signable =
            SignableRequest::new(method.as_str(), &uri, signed, SignableBody::Bytes(body))
                .and_then(|signable| sign(signable, &parameters))
                .map_err(TransportError::Sign)?;
        let (instructions, _) = signable.into_parts();
        instructions.apply_to_request_http1x(&mut request);
        Ok(request)
    }

    /// Posts a body to a path, once.
    pub async fn post(
        &self,
        path: &str,
        headers: &[(HeaderName, &str)],
        body: &Bytes,
    ) -> Result<Answer, TransportError> {
        self.send(&Method::POST, path, headers, body).await
    }

    /// Sends a request to a path (and query), once.
    pub async fn send(
        &self,
        method: &Method,
        path: &str,
        headers: &[(HeaderName, &str)],
        body: &Bytes,
    ) -> Result<Answer, TransportError> {
        let request = self.request(method, path, headers, body)?;
        let request = request.try_into().map_err(TransportError::Convert)?;
        let answer = self.connector.call(request).await;
        collected(answer.map_err(TransportError::Connect)?).await
    }
}

async fn collected(answer: HttpResponse) -> Result<Answer, TransportError> {
    let status = answer.status().as_u16();
    let retry_after = seconds(answer.headers().get(RETRY_AFTER.as_str()));
    let body = ByteStream::new(answer.into_body()).collect().await;
    let body = body.map_err(TransportError::Body)?.into_bytes();
    Ok(Answer {
        status,
        body,
        retry_after,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_a_host_and_perhaps_a_stage() {
        for (text, authority, base) in [
            ("https://log.example.com", "log.example.com", ""),
            ("https://log.example.com/", "log.example.com", ""),
            ("http://127.0.0.1:8080", "127.0.0.1:8080", ""),
            ("http://[::1]:8080", "[::1]:8080", ""),
            ("https://abc.example.com/api", "abc.example.com", "/api"),
            ("https://abc.example.com/a/b/", "abc.example.com", "/a/b"),
        ] {
            let origin: Origin = text.parse().unwrap();
            assert_eq!((&*origin.authority, &*origin.base), (authority, base));
        }
        for bad in [
            "",
            "log.example.com",
            "ftp://x",
            "https://x/a%20b",
            "https://x/a//b",
            "https://x/..",
            "https://x?a=1",
            "https://x/api?a=1",
        ] {
            assert_eq!(bad.parse::<Origin>(), Err(InvalidOrigin), "{bad}");
        }
    }

    #[test]
    fn how_long_to_wait_is_told_in_seconds() {
        for (header, told) in [
            (None, None),
            (Some("1"), Some(1)),
            (Some(" 120 "), Some(120)),
            (Some("0"), Some(0)),
            (Some("-1"), None),
            (Some("1.5"), None),
            (Some("Fri, 20 Nov 2026 12:00:00 GMT"), None),
        ] {
            assert_eq!(seconds(header), told.map(Duration::from_secs), "{header:?}");
        }
    }

    #[test]
    fn what_decides_about_the_body_is_signed() {
        use http::header::{CONTENT_ENCODING, CONTENT_TYPE};

        let credentials = Credentials::new("AKIAIOSFODNN7EXAMPLE", "secret", None, None, "test");
        let origin = "http://127.0.0.1:8080".parse().unwrap();
        let transport = SignedHttp::new(origin, credentials, "eu-central-1".to_owned());
        let headers = [
            (CONTENT_TYPE, "application/gzip"),
            (CONTENT_ENCODING, "gzip"),
        ];
        let body = Bytes::from_static(b"x");
        let request = transport
            .request(&Method::POST, "/v1/events", &headers, &body)
            .unwrap();
        assert_eq!(request.uri(), "http://127.0.0.1:8080/v1/events");
        let authorization = request.headers()["authorization"].to_str().unwrap();
        assert!(
            authorization.contains("SignedHeaders=content-encoding;content-type;host;x-amz-date,"),
            "{authorization}"
        );
        assert!(authorization.contains("/eu-central-1/cloudtrail/aws4_request,"));
        assert_eq!(request.headers()["host"], "127.0.0.1:8080");

        let origin = "http://127.0.0.1:8080/api".parse().unwrap();
        let credentials = Credentials::new("AKIAIOSFODNN7EXAMPLE", "secret", None, None, "test");
        let transport = SignedHttp::new(origin, credentials, "eu-central-1".to_owned());
        let request = transport.request(&Method::POST, "/v1/events", &headers, &body);
        let uri = request.unwrap().uri().to_owned();
        assert_eq!(uri, "http://127.0.0.1:8080/api/v1/events");
    }
}
