//! A bucket that another AWS account made again gets nothing, and hears of nothing but denied requests: an S3 in process that knows whose
//! the bucket is. The emulator's does not look at it.

use std::sync::{Arc, Mutex};

use activity_log_archive::uploads::{Content, Target, Uploads as _};
use activity_log_archiver::bucket::S3Buckets;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;

use crate::stage::owner;

const EXPECTED: &str = "x-amz-expected-bucket-owner";

/// Method, path and query of a request, and the owner it expected.
type Asked = (String, Option<String>);

/// A bucket: whose it is, and whether its policy lets the service write.
#[derive(Clone, Debug)]
struct Bucket {
    owner: String,
    is_open: bool,
    seen: Arc<Mutex<Vec<Asked>>>,
}

impl HttpClient for Bucket {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Bucket {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let request = request.try_into_http1x().unwrap();
        let place = request.uri().path_and_query().unwrap().as_str();
        let expected = request.headers().get(EXPECTED);
        let expected = expected.map(|owner| owner.to_str().unwrap().to_owned());
        let asked = format!("{} {place}", request.method());
        let is_denied = !self.is_open || expected.as_ref().is_some_and(|one| *one != self.owner);
        let (status, body) = if is_denied {
            (403, "<Error><Code>AccessDenied</Code></Error>")
        } else if place.contains("uploads") {
            let upload = "<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>";
            (200, upload)
        } else if request.method() == "POST" {
            (200, "<CompleteMultipartUploadResult/>")
        } else {
            (200, "")
        };
        self.seen.lock().unwrap().push((asked, expected));
        let response = http::Response::builder().status(status);
        let response = response.body(SdkBody::from(body)).unwrap();
        HttpConnectorFuture::ready(Ok(response.try_into().unwrap()))
    }
}

impl Bucket {
    fn of(owner: &str, is_open: bool) -> Self {
        Self {
            owner: owner.to_owned(),
            is_open,
            seen: Arc::default(),
        }
    }

    fn uploads(&self) -> S3Buckets {
        let config = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(self.clone())
            .endpoint_url("http://127.0.0.1:1")
            .region(Region::new("us-east-1"))
            .credentials_provider(Credentials::new(
                "AKIASERVICE",
                "secret",
                None,
                None,
                "role",
            ))
            .force_path_style(true)
            .retry_config(RetryConfig::disabled());
        S3Buckets::new(config)
    }

    fn requests(&self) -> Vec<Asked> {
        std::mem::take(&mut *self.seen.lock().unwrap())
    }
}

fn target() -> Target {
    Target {
        bucket: "logs".to_owned(),
        owner: owner(),
        key: "AWSLogs/a.json.gz".to_owned(),
        content: Content::Json,
    }
}

#[tokio::test]
async fn every_request_names_the_owner() {
    let bucket = Bucket::of(owner().as_str(), true);
    let (uploads, target) = (bucket.uploads(), target());
    uploads.put(&target, b"x".to_vec(), &[]).await.unwrap();
    let id = uploads.begin(&target).await.unwrap();
    let part = uploads.part(&target, &id, 1, b"x".to_vec()).await.unwrap();
    uploads.complete(&target, &id, vec![part]).await.unwrap();
    uploads.abort(&target, &id).await;
    let requests = bucket.requests();
    assert_eq!(requests.len(), 5, "{requests:?}");
    for (asked, expected) in requests {
        assert_eq!(expected, Some(owner().to_string()), "{asked}");
    }
}

/// The code that the trail's status says, of each way to deliver.
async fn refused(bucket: &Bucket) -> Vec<String> {
    let (uploads, target) = (bucket.uploads(), target());
    let codes = [
        uploads.put(&target, b"x".to_vec(), &[]).await.unwrap_err(),
        uploads.begin(&target).await.unwrap_err(),
        uploads.part(&target, "u1", 1, vec![]).await.unwrap_err(),
        uploads.complete(&target, "u1", vec![]).await.unwrap_err(),
    ];
    codes.map(|error| error.code).into()
}

#[tokio::test]
async fn a_bucket_made_again_by_another_account_gets_nothing_and_is_asked_nothing_more() {
    for is_open in [true, false] {
        let bucket = Bucket::of("777788889999", is_open);
        assert_eq!(refused(&bucket).await, ["AccessDenied"; 4]);
        let requests = bucket.requests();
        assert_eq!(requests.len(), 4, "{requests:?}");
        for (asked, expected) in requests {
            assert_eq!(expected, Some(owner().to_string()), "{asked}");
        }
    }
}
