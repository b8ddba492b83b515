//! What is asked of STS and S3 before a trail's bucket is taken, and what is made of their answers: both in process,
//! an S3 that answers each access key in its own way. The emulator's S3 does not look at a bucket's expected owner.

use std::sync::{Arc, Mutex};

use activity_log_cloudtrail::ports::{Storage as _, StorageRefusal};
use activity_log_control::memory::InMemory;
use activity_log_control::{AccessKeys as _, Credential, NewAccount, Registry as _};
use activity_log_core::instant::Instant;
use activity_log_core::trail::keys::Location;
use activity_log_lookup::storage::S3Storage;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;

const CREATOR: &str = "AKIACREATOREXAMPLE00";
/// The AWS account of the creator's key.
const OWNER: &str = "444455556666";
const SERVICE: &str = "AKIASERVICEEXAMPLE00";

/// An answer of S3: a status and an error's code.
type Answer = (u16, &'static str);
const OK: Answer = (200, "");
const SILENCE: Answer = (0, "");

#[derive(Clone, Debug)]
struct FakeS3 {
    sts: Answer,
    creator: Answer,
    service: Answer,
    /// who asked for what
    seen: Arc<Mutex<Vec<String>>>,
}

impl HttpClient for FakeS3 {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for FakeS3 {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let request = request.try_into_http1x().unwrap();
        let authorization = request.headers()["authorization"].to_str().unwrap();
        if authorization.contains("/sts/") {
            assert!(authorization.contains(CREATOR), "{authorization}");
            return self.identity();
        }
        let (who, (status, code)) = if authorization.contains(CREATOR) {
            ("creator", self.creator)
        } else {
            assert!(authorization.contains(SERVICE), "{authorization}");
            ("service", self.service)
        };
        let length = &request.headers()["content-length"];
        assert_eq!(length, "0");
        let expected = &request.headers()["x-amz-expected-bucket-owner"];
        assert_eq!(expected, OWNER);
        let seen = format!("{who} {} {}", request.method(), request.uri().path());
        self.seen.lock().unwrap().push(seen);
        if status == 0 {
            let error = ConnectorError::timeout("nobody there".into());
            return HttpConnectorFuture::ready(Err(error));
        }
        let body = if code.is_empty() {
            SdkBody::empty()
        } else {
            SdkBody::from(format!("<Error><Code>{code}</Code></Error>"))
        };
        let response = http::Response::builder().status(status).body(body).unwrap();
        HttpConnectorFuture::ready(Ok(response.try_into().unwrap()))
    }
}

impl FakeS3 {
    /// What STS answers.
    fn identity(&self) -> HttpConnectorFuture {
        let (status, code) = self.sts;
        if status == 0 {
            let error = ConnectorError::timeout("nobody there".into());
            return HttpConnectorFuture::ready(Err(error));
        }
        let body = if code.is_empty() {
            format!(
                "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>{OWNER}</Account>\
                 </GetCallerIdentityResult></GetCallerIdentityResponse>"
            )
        } else {
            format!("<ErrorResponse><Error><Code>{code}</Code></Error></ErrorResponse>")
        };
        let response = http::Response::builder().status(status);
        let response = response.body(SdkBody::from(body)).unwrap();
        HttpConnectorFuture::ready(Ok(response.try_into().unwrap()))
    }
}

async fn creator() -> Credential {
    let (directory, now) = (InMemory::new(), Instant::from_seconds(0));
    let id = "111122223333".parse().unwrap();
    let account = NewAccount {
        id,
        name: "demo".parse().unwrap(),
        retention_override_days: None,
    };
    directory.create_account(account, now).await.unwrap();
    let (user, key) = ("creator".parse().unwrap(), CREATOR.parse().unwrap());
    let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".parse().unwrap();
    directory.create_user(id, &user, now).await.unwrap();
    let made = directory.create_access_key(id, &user, &key, &secret, now);
    made.await.unwrap();
    directory.access_key(&key).await.unwrap().unwrap()
}

/// What becomes of the bucket `logs`, and what S3 was asked.
async fn admit(creator_hears: Answer, service_hears: Answer) -> (String, Vec<String>) {
    admit_as(OK, creator_hears, service_hears).await
}

async fn admit_as(
    sts: Answer,
    creator_hears: Answer,
    service_hears: Answer,
) -> (String, Vec<String>) {
    let s3 = FakeS3 {
        sts,
        creator: creator_hears,
        service: service_hears,
        seen: Arc::default(),
    };
    // As for a function: its role's credentials come with a session token, which is not the creator's.
    let role = Credentials::new(SERVICE, "secret", Some("session".to_owned()), None, "role");
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(s3.clone())
        .endpoint_url("http://127.0.0.1:1")
        .region(Region::new("us-east-1"))
        .credentials_provider(role.clone())
        .retry_config(RetryConfig::disabled())
        .build();
    let of_sts = aws_sdk_sts::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(s3.clone())
        .endpoint_url("http://127.0.0.1:1")
        .region(Region::new("us-east-1"))
        .credentials_provider(role)
        .retry_config(RetryConfig::disabled())
        .build();
    let sts = aws_sdk_sts::Client::from_conf(of_sts);
    let storage = S3Storage::new(Client::from_conf(config), sts);
    let creator = creator().await;
    let location = Location {
        prefix: Some("p/q"),
        account: creator.account.id,
        region: "us-east-1",
    };
    let refusal = match storage.admit(&creator, "logs", location).await {
        Ok(owner) => {
            assert_eq!(owner.as_str(), OWNER);
            "taken"
        }
        Err(StorageRefusal::UnknownAccessKey) => "unknown key",
        Err(StorageRefusal::NoSuchBucket) => "no bucket",
        Err(StorageRefusal::OtherRegion) => "other region",
        Err(StorageRefusal::CreatorDenied(owner)) => {
            assert_eq!(owner.as_str(), OWNER);
            "creator denied"
        }
        Err(StorageRefusal::ServiceDenied) => "service denied",
        Err(StorageRefusal::Unavailable(_)) => "unavailable",
    };
    let seen = std::mem::take(&mut *s3.seen.lock().unwrap());
    (refusal.to_owned(), seen)
}

#[tokio::test]
async fn creator_and_service_each_write_an_empty_object() {
    let (outcome, seen) = admit(OK, OK).await;
    assert_eq!(outcome, "taken");
    assert_eq!(
        seen,
        [
            "creator PUT /logs/p/q/AWSLogs/111122223333/CloudTrail/",
            "service PUT /logs/p/q/AWSLogs/111122223333/CloudTrail-Digest/",
        ]
    );
}

#[tokio::test]
async fn every_answer_has_its_meaning() {
    for (creator, service, outcome) in [
        ((403, "InvalidAccessKeyId"), OK, "unknown key"),
        ((403, "SignatureDoesNotMatch"), OK, "unknown key"),
        ((404, "NoSuchBucket"), OK, "no bucket"),
        ((301, "PermanentRedirect"), OK, "other region"),
        ((400, "AuthorizationHeaderMalformed"), OK, "other region"),
        ((403, "AccessDenied"), OK, "creator denied"),
        ((503, "SlowDown"), OK, "unavailable"),
        (SILENCE, OK, "unavailable"),
        (OK, (403, "AccessDenied"), "service denied"),
        (OK, (404, "NoSuchBucket"), "no bucket"),
        // The service's own key is nothing the caller can mend.
        (OK, (403, "InvalidAccessKeyId"), "unavailable"),
        (OK, SILENCE, "unavailable"),
    ] {
        let answer = admit(creator, service).await;
        assert_eq!(answer.0, outcome, "{creator:?} {service:?}");
        // Where the creator may not write, the service does not.
        assert_eq!(answer.1.len(), if creator == OK { 2 } else { 1 });
    }
}

#[tokio::test]
async fn a_key_that_is_nobody_s_asks_for_nothing() {
    for (sts, outcome) in [
        ((403, "InvalidClientTokenId"), "unknown key"),
        ((403, "SignatureDoesNotMatch"), "unknown key"),
        ((503, "ServiceUnavailable"), "unavailable"),
        (SILENCE, "unavailable"),
    ] {
        let (told, seen) = admit_as(sts, OK, OK).await;
        assert_eq!((told.as_str(), seen.len()), (outcome, 0), "{sts:?}");
    }
}
