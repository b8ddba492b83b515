//! Records of calls to this service, from the queue they are sent to: what the log of calls puts into a message is
//! what the function takes out of it.

use std::sync::{Arc, Mutex};

use activity_log_calls::sqs::SqsCallLog;
use activity_log_calls::{Asked, Call, CallError, CallLog as _, Kind, Parameters, Source};
use activity_log_core::account::AccountId;
use activity_log_core::causes::chain;
use activity_log_core::origin::Origin;
use activity_log_core::query::Query;
use aws_sdk_sqs::config::retry::RetryConfig;
use aws_sdk_sqs::config::{BehaviorVersion, Credentials, Region};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::stage::{CALLS_QUEUE, NOW, Stage, account};

/// An SQS that takes every message, or none.
#[derive(Clone, Debug, Default)]
struct Sqs {
    refuses: bool,
    taken: Arc<Mutex<Vec<Value>>>,
}

impl HttpClient for Sqs {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Sqs {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let sent: Value = serde_json::from_slice(request.body().bytes().unwrap()).unwrap();
        let (status, answer) = if self.refuses {
            (403, json!({"__type": "com.amazonaws.sqs#AccessDenied"}))
        } else {
            self.taken.lock().unwrap().push(sent);
            (200, json!({"MessageId": "m"}))
        };
        let response = http::Response::builder().status(status);
        let response = response.body(SdkBody::from(answer.to_string())).unwrap();
        HttpConnectorFuture::ready(Ok(response.try_into().unwrap()))
    }
}

impl Sqs {
    fn log(&self) -> SqsCallLog {
        let config = aws_sdk_sqs::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(self.clone())
            .endpoint_url("http://sqs.test")
            .region(Region::new("eu-central-1"))
            .credentials_provider(Credentials::new("AKIASERVICE", "secret", None, None, ""))
            .retry_config(RetryConfig::disabled())
            .build();
        let client = aws_sdk_sqs::Client::from_conf(config);
        SqsCallLog::new(&client, "http://sqs.test/1/events")
    }

    /// The messages it took, as Lambda gives them to a function.
    fn delivered(&self) -> Vec<Value> {
        let taken = self.taken.lock().unwrap();
        let messages = taken.iter().map(|sent| {
            let attributes = sent["MessageAttributes"].as_object().unwrap();
            let attributes = attributes.iter().map(|(name, value)| {
                let value = json!({"stringValue": value["StringValue"], "dataType": value["DataType"],
                    "stringListValues": [], "binaryListValues": []});
                (name.clone(), value)
            });
            let attributes: Map<_, _> = attributes.collect();
            json!({"body": sent["MessageBody"], "messageAttributes": attributes})
        });
        messages.collect()
    }
}

fn call(account: AccountId, id: u128, asked: &Asked) -> Call<'_> {
    Call {
        event_id: Uuid::from_u128(id),
        now: NOW,
        account,
        user: Some("alice"),
        operator: None,
        access_key_id: Some("AKIA1"),
        token_id: None,
        source: Source::CloudTrail,
        name: "DeleteTrail",
        read_only: false,
        region: "eu-central-1",
        address: Some([192, 0, 2, 1].into()),
        user_agent: Some("aws-cli\n\u{ffff}"),
        request_id: "r-1",
        project: Some("p1"),
        asked,
        answer: Parameters::none(),
        error: Some(CallError {
            code: "AccessDeniedException",
            message: "no",
        }),
        kind: Kind::ApiCall,
        additional: Map::new(),
    }
}

/// The record of a call.
fn record(account: AccountId, id: u128) -> String {
    let members = json!({"records": [{"a": 1}], "password": "hunter2"});
    let asked = Asked {
        parameters: Parameters::of(&members),
        ..Asked::default()
    };
    call(account, id, &asked).record()
}

#[tokio::test]
async fn a_call_is_stored_once_as_an_event_of_its_account() {
    let (stage, sqs) = (Stage::new().await, Sqs::default());
    let (first, second) = (record(account(), 1), record(account(), 2));
    let log = sqs.log();
    for record in [first.clone(), second.clone(), first] {
        log.append(account(), Origin::Service, record)
            .await
            .unwrap();
    }
    let messages = sqs.delivered();
    assert!(stage.deliver(CALLS_QUEUE, &messages).await.is_empty());
    assert!(stage.deliver(CALLS_QUEUE, &messages[..1]).await.is_empty());
    let found = stage.found(account(), &Query::default()).await;
    let texts: Vec<&str> = found.iter().map(|event| &*event.record).collect();
    assert_eq!(texts, [second, record(account(), 1)]);
    assert!(!texts.concat().contains("hunter2"));
}

#[tokio::test]
async fn a_call_of_another_account_is_none_of_ours() {
    let (stage, sqs) = (Stage::new().await, Sqs::default());
    let other = "999999999999".parse().unwrap();
    let record = record(other, 1);
    sqs.log()
        .append(other, Origin::Service, record)
        .await
        .unwrap();
    let failed = stage.deliver(CALLS_QUEUE, &sqs.delivered()).await;
    assert_eq!(failed, ["m0"]);
    assert!(stage.stored(account()).await.is_empty());
}

#[tokio::test]
async fn a_record_that_the_queue_does_not_take_is_told() {
    let sqs = Sqs {
        refuses: true,
        ..Sqs::default()
    };
    let record = record(account(), 1);
    let error = sqs
        .log()
        .append(account(), Origin::Service, record)
        .await
        .unwrap_err();
    let told = "the record of a call could not be sent to http://sqs.test/1/events: ";
    assert!(chain(&error).starts_with(told), "{}", chain(&error));
    assert!(chain(&error).contains("AccessDenied"), "{}", chain(&error));
}
