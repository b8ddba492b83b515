//! Every operation that changes something, from the tables of the protocols, and a request that makes it change
//! something.

use std::time::SystemTime;

use activity_log_cloudtrail::operations as cloudtrail;
use activity_log_lookup::backend::AwsBackend;
use activity_log_lookup::rest::AwsRestBackend;
use activity_log_rest::operations as rest;
use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::cloud::{ACCOUNT, Cloud};

pub const HOST: &str = "activity-log.test";

/// The names of all operations that change something.
pub fn changing() -> Vec<&'static str> {
    let trails = cloudtrail::table::<AwsBackend>().into_iter();
    let trails = trails.filter(|row| !row.read_only).map(|row| row.name);
    let ours = rest::table::<AwsRestBackend>().into_iter();
    let ours = ours.filter(|row| !row.read_only).map(|row| row.name);
    trails.chain(ours).collect()
}

/// What is asked.
#[derive(Clone, Debug)]
pub struct Asked {
    method: &'static str,
    path: String,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    /// instead of a signature
    token: Option<String>,
}

impl Asked {
    fn of_rest(method: &'static str, path: impl Into<String>, body: &Value) -> Self {
        Self {
            method,
            path: path.into(),
            headers: vec![("content-type", "application/json".to_owned())],
            body: body.to_string().into_bytes(),
            token: None,
        }
    }

    fn of_trail(operation: &str, body: &Value) -> Self {
        Self {
            headers: vec![
                ("content-type", "application/x-amz-json-1.1".to_owned()),
                ("x-amz-target", format!("CloudTrail_20131101.{operation}")),
            ],
            ..Self::of_rest("POST", "/", body)
        }
    }

    /// As an HTTP API hands it to the function, signed by the cloud's administrator.
    pub fn event(&self, cloud: &Cloud) -> Value {
        let mut headers: Vec<(String, String)> = vec![("host".to_owned(), HOST.to_owned())];
        for (name, value) in &self.headers {
            headers.push(((*name).to_owned(), value.clone()));
        }
        match &self.token {
            Some(token) => headers.push(("x-auth-token".to_owned(), token.clone())),
            None => headers.extend(self.signature(cloud, &headers)),
        }
        let headers: serde_json::Map<String, Value> = headers
            .into_iter()
            .map(|(name, value)| (name, value.into()))
            .collect();
        json!({
            "version": "2.0",
            "rawPath": self.path,
            "rawQueryString": "",
            "headers": headers,
            "requestContext": {
                "http": {"method": self.method, "path": self.path, "sourceIp": "192.0.2.7", "userAgent": "t/1"},
                "requestId": "gateway-1",
            },
            "body": STANDARD.encode(&self.body),
            "isBase64Encoded": true,
        })
    }

    fn signature(&self, cloud: &Cloud, headers: &[(String, String)]) -> Vec<(String, String)> {
        let (id, secret) = &cloud.key;
        let identity = Credentials::new(id, secret, None, None, "test").into();
        let params = SigningParams::builder()
            .identity(&identity)
            .region("us-east-1")
            .name("cloudtrail")
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()
            .unwrap()
            .into();
        let uri = format!("https://{HOST}{}", self.path);
        let headers = headers.iter().map(|(name, value)| (&**name, &**value));
        let body = SignableBody::Bytes(&self.body);
        let signable = SignableRequest::new(self.method, uri, headers, body).unwrap();
        let (instructions, _) = sign(signable, &params).unwrap().into_parts();
        let (signed, _) = instructions.into_parts();
        signed
            .into_iter()
            .map(|header| (header.name().to_owned(), header.value().to_owned()))
            .collect()
    }
}

/// What is asked for first, so that the operation has something to change.
pub fn before(operation: &str, cloud: &Cloud) -> Vec<Asked> {
    let trail = || create_trail(cloud);
    match operation {
        "CreateTrail" | "OpenSession" | "CreateReport" | "UploadPlugin" => Vec::new(),
        "StopLogging" => vec![trail(), of_name("StartLogging")],
        "RemoveTags" => vec![trail(), tags("AddTags")],
        "CloseSession" => vec![open_session()],
        "DeleteReport" => vec![create_report()],
        "CheckPlugin" => vec![Asked::of_rest(
            "POST",
            "/v1/plugins",
            &json!({"sizeBytes": 8}),
        )],
        "DeletePlugin" => vec![upload()],
        _ => vec![trail()],
    }
}

/// The operation's request; `made` is what the first of those before was answered.
pub fn request(operation: &str, cloud: &Cloud, made: &Value) -> Asked {
    let id = made["id"].as_str().unwrap_or_default();
    let selectors = json!([{"ReadWriteType": "WriteOnly", "IncludeManagementEvents": true}]);
    match operation {
        "CreateTrail" => create_trail(cloud),
        "DeleteTrail" | "StartLogging" | "StopLogging" => of_name(operation),
        "UpdateTrail" => Asked::of_trail(
            operation,
            &json!({"Name": TRAIL, "EnableLogFileValidation": true}),
        ),
        "AddTags" | "RemoveTags" => tags(operation),
        "PutEventSelectors" => Asked::of_trail(
            operation,
            &json!({"TrailName": TRAIL, "EventSelectors": selectors}),
        ),
        "PutInsightSelectors" => Asked::of_trail(
            operation,
            &json!({"TrailName": TRAIL, "InsightSelectors": []}),
        ),
        "OpenSession" => open_session(),
        "CloseSession" => Asked {
            token: made["token"].as_str().map(ToOwned::to_owned),
            body: Vec::new(),
            ..Asked::of_rest("DELETE", "/v1/session", &Value::Null)
        },
        "CreateReport" => create_report(),
        "DeleteReport" => Asked {
            body: Vec::new(),
            ..Asked::of_rest("DELETE", format!("/v1/reports/{id}"), &Value::Null)
        },
        "UploadPlugin" => upload(),
        "CheckPlugin" => Asked::of_rest("POST", format!("/v1/plugins/{id}/check"), &json!({})),
        "DeletePlugin" => Asked {
            body: Vec::new(),
            ..Asked::of_rest("DELETE", format!("/v1/plugins/{id}"), &Value::Null)
        },
        other => panic!("say here how {other} is asked for, so that it changes something"),
    }
}

const TRAIL: &str = "audit";

fn create_trail(cloud: &Cloud) -> Asked {
    let body = json!({"Name": TRAIL, "S3BucketName": cloud.bucket});
    Asked::of_trail("CreateTrail", &body)
}

fn of_name(operation: &str) -> Asked {
    Asked::of_trail(operation, &json!({"Name": TRAIL}))
}

fn tags(operation: &str) -> Asked {
    let arn = format!("arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/{TRAIL}");
    let body = json!({"ResourceId": arn, "TagsList": [{"Key": "a", "Value": "b"}]});
    Asked::of_trail(operation, &body)
}

fn open_session() -> Asked {
    Asked::of_rest("POST", "/v1/session", &json!({}))
}

fn create_report() -> Asked {
    Asked::of_rest("POST", "/v1/reports", &json!({"format": "csv"}))
}

fn upload() -> Asked {
    Asked {
        headers: vec![("content-type", "application/wasm".to_owned())],
        body: b"\0asm\x0d\0\x01\0".to_vec(),
        ..Asked::of_rest("POST", "/v1/plugins", &Value::Null)
    }
}
