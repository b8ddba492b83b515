//! Requests signed by `aws-sigv4`, and an account to sign them for.

use activity_log_control::memory::InMemory;
use activity_log_control::{
    AccessKeyId, KeyStatus, NewAccount, Permission, Registry, SecretKey, UserName,
};
use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;
use activity_log_identity::{AuthenticationError, Denied, Endpoint, Principal, authenticate};
use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, SignableBody, SignableRequest, SigningSettings, sign,
};
use aws_sigv4::sign::v4::SigningParams;
use bytes::Bytes;
use http::Request;

pub const KEY_ID: &str = "AKIAIOSFODNN7EXAMPLE";
pub const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
pub const HOST: &str = "log.example.com";
pub const REGION: &str = "eu-central-1";
pub const TARGET: &str = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents";

pub fn account_id() -> AccountId {
    "111122223333".parse().unwrap()
}

pub fn user() -> UserName {
    "alice".parse().unwrap()
}

pub fn key_id() -> AccessKeyId {
    KEY_ID.parse().unwrap()
}

pub fn now() -> Instant {
    Instant::parse("2026-11-20T12:00:00Z").unwrap()
}

/// Where requests are signed for.
pub fn endpoint() -> Endpoint {
    Endpoint::new(REGION, ["abc.execute-api.eu-central-1.amazonaws.com", HOST])
}

/// A control table with one account, user and key.
pub async fn control() -> InMemory {
    let control = InMemory::new();
    let account = NewAccount {
        id: account_id(),
        name: "Test".parse().unwrap(),
        retention_override_days: Some(90),
    };
    control.create_account(account, now()).await.unwrap();
    control
        .create_user(account_id(), &user(), now())
        .await
        .unwrap();
    let secret: SecretKey = SECRET.parse().unwrap();
    control
        .create_access_key(account_id(), &user(), &key_id(), &secret, now())
        .await
        .unwrap();
    control
        .grant(account_id(), &user(), &Permission::Administrator.into())
        .await
        .unwrap();
    control
}

pub async fn switch_key(control: &InMemory, status: KeyStatus) {
    control
        .set_access_key_status(account_id(), &user(), &key_id(), status)
        .await
        .unwrap();
}

/// How a request is signed.
pub struct Signer {
    pub key_id: &'static str,
    pub secret: &'static str,
    pub token: Option<String>,
    pub service: &'static str,
    pub region: &'static str,
    pub at: Instant,
    pub settings: SigningSettings,
}

impl Default for Signer {
    fn default() -> Self {
        Self {
            key_id: KEY_ID,
            secret: SECRET,
            token: None,
            service: "cloudtrail",
            region: REGION,
            at: now(),
            settings: SigningSettings::default(),
        }
    }
}

impl Signer {
    /// One that states the body's hash in `x-amz-content-sha256`.
    pub fn with_stated_hash() -> Self {
        let mut signer = Self::default();
        signer.settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        signer
    }

    /// Signs as the SDK does: all headers there are.
    pub fn sign(&self, request: Request<Bytes>) -> Request<Bytes> {
        let body = request.body().clone();
        self.sign_over(request, SignableBody::Bytes(&body))
    }

    pub fn sign_over(&self, mut request: Request<Bytes>, body: SignableBody<'_>) -> Request<Bytes> {
        let credentials =
            Credentials::new(self.key_id, self.secret, self.token.clone(), None, "test");
        let identity = credentials.into();
        let millis = u64::try_from(self.at.millis()).unwrap();
        let params = SigningParams::builder()
            .identity(&identity)
            .region(self.region)
            .name(self.service)
            .time(std::time::UNIX_EPOCH + std::time::Duration::from_millis(millis))
            .settings(self.settings.clone())
            .build()
            .unwrap()
            .into();
        let uri = format!("https://{HOST}{}", request.uri());
        let headers: Vec<(&str, &str)> = request
            .headers()
            .iter()
            .map(|(name, value)| {
                (
                    name.as_str(),
                    std::str::from_utf8(value.as_bytes()).unwrap(),
                )
            })
            .collect();
        let signable =
            SignableRequest::new(request.method().as_str(), uri, headers.into_iter(), body);
        let (instructions, _) = sign(signable.unwrap(), &params).unwrap().into_parts();
        instructions.apply_to_request_http1x(&mut request);
        request
    }
}

/// A request that is not signed yet.
pub fn unsigned(method: &str, path_and_query: &str, body: &[u8]) -> Request<Bytes> {
    Request::builder()
        .method(method)
        .uri(path_and_query)
        .header("host", HOST)
        .header("content-type", "application/x-amz-json-1.1")
        .body(Bytes::copy_from_slice(body))
        .unwrap()
}

/// A call of `LookupEvents`, not signed yet.
pub fn lookup() -> Request<Bytes> {
    let mut request = unsigned("POST", "/", b"{\"MaxResults\":50}");
    request
        .headers_mut()
        .insert("x-amz-target", TARGET.parse().unwrap());
    request
}

pub async fn check(request: &Request<Bytes>) -> Result<Principal, Denied> {
    check_with(&control().await, request).await
}

pub async fn check_with(control: &InMemory, request: &Request<Bytes>) -> Result<Principal, Denied> {
    authenticate(request, now(), control, &endpoint())
        .await
        .map_err(|error| match error {
            AuthenticationError::Denied { denied, .. } => denied,
            AuthenticationError::Unavailable(error) => panic!("{error}"),
        })
}
