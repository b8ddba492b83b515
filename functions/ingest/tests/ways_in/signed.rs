//! Requests signed as the AWS SDKs sign them.

use std::time::{Duration, UNIX_EPOCH};

use activity_log_core::instant::Instant;
use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;

/// The one of the emulator too.
pub const REGION: &str = "us-east-1";
pub const HOST: &str = "log.example.com";

pub struct Key {
    pub id: String,
    pub secret: String,
}

/// The headers that sign a request at a time.
pub fn signature(
    (key, time): (&Key, Instant),
    (method, path): (&str, &str),
    body: &[u8],
    headers: &[(String, String)],
) -> Vec<(String, String)> {
    let identity = Credentials::new(&key.id, &key.secret, None, None, "test").into();
    let time = Duration::from_millis(time.millis().unsigned_abs());
    let params = SigningParams::builder()
        .identity(&identity)
        .region(REGION)
        .name("cloudtrail")
        .time(UNIX_EPOCH + time)
        .settings(SigningSettings::default())
        .build()
        .unwrap()
        .into();
    let headers = headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    let uri = format!("https://{HOST}{path}");
    let request = SignableRequest::new(method, uri, headers, SignableBody::Bytes(body)).unwrap();
    let (instructions, _) = sign(request, &params).unwrap().into_parts();
    instructions
        .headers()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}
