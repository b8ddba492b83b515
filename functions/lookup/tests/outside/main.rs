//! What S3 and SQS are asked for reports and plugins, what is made of their answers, and what the links say: an
//! AWS in process, which remembers the requests and answers all of them alike.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use activity_log_core::instant::Instant;
use activity_log_core::reports::{ReportId, WorkMessage};
use activity_log_lookup::rest::{S3Files, SqsWork};
use activity_log_rest::ports::{DownloadLink, Files as _, UploadLink, Work as _};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;

/// 2026-11-20T12:00:00.900Z.
const NOW: Instant = Instant::from_millis(1_795_176_000_900);
const SILENCE: u16 = 0;

/// An AWS that answers everything with one status and body.
#[derive(Clone, Debug)]
struct Aws {
    status: u16,
    body: &'static str,
    /// method, path and body
    seen: Arc<Mutex<Vec<String>>>,
}

impl HttpClient for Aws {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Aws {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let request = request.try_into_http1x().unwrap();
        let body = String::from_utf8_lossy(request.body().bytes().unwrap_or_default());
        let seen = format!("{} {} {body}", request.method(), request.uri().path());
        self.seen.lock().unwrap().push(seen);
        if self.status == SILENCE {
            let error = ConnectorError::timeout("nobody there".into());
            return HttpConnectorFuture::ready(Err(error));
        }
        let response = http::Response::builder()
            .status(self.status)
            .header("content-length", 7)
            .body(SdkBody::from(self.body))
            .unwrap();
        HttpConnectorFuture::ready(Ok(response.try_into().unwrap()))
    }
}

impl Aws {
    fn of(status: u16, body: &'static str) -> Self {
        Self {
            status,
            body,
            seen: Arc::default(),
        }
    }

    fn take_seen(&self) -> Vec<String> {
        std::mem::take(&mut self.seen.lock().unwrap())
    }

    fn files(&self) -> S3Files {
        use aws_sdk_s3::config::retry::RetryConfig;
        use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
        // As for a function: its role's credentials come with a session token.
        let role = Credentials::new(
            "AKIASERVICE",
            "secret",
            Some("session".to_owned()),
            None,
            "",
        );
        let config = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(self.clone())
            .endpoint_url("http://s3.test:4566")
            .force_path_style(true)
            .region(Region::new("us-east-1"))
            .credentials_provider(role)
            .retry_config(RetryConfig::disabled())
            .build();
        S3Files::new(&aws_sdk_s3::Client::from_conf(config), "reports")
    }

    fn work(&self) -> SqsWork {
        use aws_sdk_sqs::config::retry::RetryConfig;
        use aws_sdk_sqs::config::{BehaviorVersion, Credentials, Region};
        let config = aws_sdk_sqs::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(self.clone())
            .endpoint_url("http://sqs.test")
            .region(Region::new("us-east-1"))
            .credentials_provider(Credentials::new("AKIASERVICE", "secret", None, None, ""))
            .retry_config(RetryConfig::disabled())
            .build();
        let client = aws_sdk_sqs::Client::from_conf(config);
        SqsWork::new(client, "http://sqs.test/1/work")
    }
}

/// A link's place, and what its query says but for the signature.
fn taken_apart(url: &str) -> (String, BTreeMap<String, String>) {
    let (place, query) = url.split_once('?').unwrap();
    let pairs = query.split('&').map(|pair| {
        let (name, value) = pair.split_once('=').unwrap();
        (name.to_owned(), value.to_owned())
    });
    let mut query: BTreeMap<_, _> = pairs.collect();
    assert_eq!(query.remove("X-Amz-Signature").unwrap().len(), 64);
    (place.to_owned(), query)
}

fn query(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    let common = [
        ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"),
        (
            "X-Amz-Credential",
            "AKIASERVICE%2F20261120%2Fus-east-1%2Fs3%2Faws4_request",
        ),
        ("X-Amz-Date", "20261120T120000Z"),
        ("X-Amz-Security-Token", "session"),
        ("X-Amz-Expires", "900"),
    ];
    let pairs = common.iter().chain(pairs);
    pairs
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

#[tokio::test]
async fn a_link_to_fetch_names_the_file() {
    let aws = Aws::of(200, "");
    let link = DownloadLink {
        key: "reports/111122223333/1.csv",
        file_name: "activity-log_111122223333_20261120T120000Z.csv",
        content_type: "text/csv; charset=utf-8",
        now: NOW,
        seconds: 900,
    };
    let url = aws.files().download_link(link).await.unwrap();
    let (place, said) = taken_apart(&url);
    assert_eq!(
        place,
        "http://s3.test:4566/reports/reports/111122223333/1.csv"
    );
    let disposition =
        "attachment%3B%20filename%3D%22activity-log_111122223333_20261120T120000Z.csv%22";
    let wanted = query(&[
        ("X-Amz-SignedHeaders", "host"),
        ("response-content-disposition", disposition),
        ("response-content-type", "text%2Fcsv%3B%20charset%3Dutf-8"),
        ("x-id", "GetObject"),
    ]);
    assert_eq!(said, wanted);
    assert_eq!(aws.take_seen(), Vec::<String>::new());
}

/// Only what is signed binds the one who uploads: the length, where it is known, and no checksum.
#[tokio::test]
async fn a_link_to_write_is_bound_to_its_length() {
    let aws = Aws::of(200, "");
    for (size_bytes, signed) in [(None, "host"), (Some(81_920), "content-length%3Bhost")] {
        let link = UploadLink {
            key: "uploads/1.wasm",
            size_bytes,
            now: NOW,
            seconds: 900,
        };
        let url = aws.files().upload_link(link).await.unwrap();
        let (place, said) = taken_apart(&url);
        assert_eq!(place, "http://s3.test:4566/reports/uploads/1.wasm");
        assert_eq!(
            said,
            query(&[("X-Amz-SignedHeaders", signed), ("x-id", "PutObject")])
        );
    }
}

#[tokio::test]
async fn objects_are_written_measured_and_deleted() {
    let aws = Aws::of(200, "");
    let files = aws.files();
    files
        .put("a/b.wasm", Bytes::from_static(b"\0asm"))
        .await
        .unwrap();
    assert_eq!(files.size("a/b.wasm").await.unwrap(), Some(7));
    files.delete("a/b.wasm").await.unwrap();
    let seen = [
        "PUT /reports/a/b.wasm \0asm",
        "HEAD /reports/a/b.wasm ",
        "DELETE /reports/a/b.wasm ",
    ];
    assert_eq!(aws.take_seen(), seen);
}

#[tokio::test]
async fn what_is_not_there_is_told_from_what_is_not_known() {
    assert_eq!(Aws::of(404, "").files().size("k").await.unwrap(), None);
    for status in [403, 500, SILENCE] {
        let files = Aws::of(status, "").files();
        let error = files.size("k").await.unwrap_err();
        assert_eq!(error.to_string(), "HeadObject of k failed", "{status}");
        let error = files.put("k", Bytes::new()).await.unwrap_err();
        assert_eq!(error.to_string(), "PutObject of k failed");
        let error = files.delete("k").await.unwrap_err();
        assert_eq!(error.to_string(), "DeleteObject of k failed");
    }
}

#[tokio::test]
async fn a_message_is_sent_or_said_to_be_unsent() {
    let account = "111122223333".parse().unwrap();
    let id = ReportId::new(NOW, [0; 10]);
    let message = WorkMessage::Report { account, id };
    let aws = Aws::of(200, r#"{"MessageId":"1"}"#);
    aws.work().send(&message).await.unwrap();
    let seen = aws.take_seen().remove(0);
    let body = seen.split_once(' ').unwrap().1.split_once(' ').unwrap().1;
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!(body["QueueUrl"], "http://sqs.test/1/work");
    let text = format!(r#"{{"report":{{"account":"111122223333","id":"{id}"}}}}"#);
    assert_eq!(body["MessageBody"], text);
    for status in [400, 500, SILENCE] {
        let error = Aws::of(status, "{}")
            .work()
            .send(&message)
            .await
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "a message could not be sent to http://sqs.test/1/work"
        );
    }
}
