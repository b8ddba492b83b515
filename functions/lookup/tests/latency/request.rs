//! A lookup as the AWS CLI sends it.

use std::net::Ipv4Addr;
use std::time::{Duration, UNIX_EPOCH};

use activity_log_control::{AccessKeyId, SecretKey};
use activity_log_core::instant::Instant;
use activity_log_gateway::Caller;
use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use bytes::Bytes;
use http::Request;

pub const HOST: &str = "activity-log.test";
const BODY: &str = r#"{"MaxResults":50}"#;
const HEADERS: [(&str, &str); 3] = [
    ("host", HOST),
    ("content-type", "application/x-amz-json-1.1"),
    ("x-amz-target", "CloudTrail_20131101.LookupEvents"),
];

/// Signed with this key at this time.
pub fn lookup((id, secret): &(AccessKeyId, SecretKey), at: Instant) -> Request<Bytes> {
    let mut request = Request::post("/");
    for (name, value) in HEADERS {
        request = request.header(name, value);
    }
    let mut request = request.body(Bytes::from_static(BODY.as_bytes())).unwrap();
    let identity = Credentials::new(id.as_str(), secret.expose(), None, None, "test").into();
    let params = SigningParams::builder()
        .identity(&identity)
        .region("us-east-1")
        .name("cloudtrail")
        .time(UNIX_EPOCH + Duration::from_millis(at.millis().unsigned_abs()))
        .settings(SigningSettings::default())
        .build()
        .unwrap()
        .into();
    let uri = format!("https://{HOST}/");
    let body = SignableBody::Bytes(BODY.as_bytes());
    let signable = SignableRequest::new("POST", uri, HEADERS.into_iter(), body).unwrap();
    let (instructions, _) = sign(signable, &params).unwrap().into_parts();
    instructions.apply_to_request_http1x(&mut request);
    request.extensions_mut().insert(Caller {
        source_ip: Some(Ipv4Addr::new(192, 0, 2, 7).into()),
        user_agent: Some("aws-cli/2.0 latency".to_owned()),
        request_id: None,
    });
    request
}
