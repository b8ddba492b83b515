//! Answers that are lost, partial, or never come. A DynamoDB in process; time is tokio's, and paused.

mod in_process;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use activity_log_core::items::{Consistency, Created, Item, ItemReader as _, ItemWriter as _};
use activity_log_core::slot::MAX_COMMIT_MS;
use activity_log_store::dynamodb::DynamoStore;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use tokio::time::Instant as Tick;

use in_process::item;

/// Gives these answers, one after the other, and then none any more.
#[derive(Clone, Debug, Default)]
struct Script {
    answers: Arc<Mutex<VecDeque<(u16, String)>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl HttpClient for Script {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Script {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let operation = target.rsplit('.').next().unwrap_or_default();
        self.asked.lock().unwrap().push(operation.to_owned());
        let Some((status, body)) = self.answers.lock().unwrap().pop_front() else {
            return HttpConnectorFuture::new(std::future::pending());
        };
        let response = http::Response::builder().status(status);
        let response = response.body(SdkBody::from(body)).unwrap();
        HttpConnectorFuture::ready(Ok(response.try_into().unwrap()))
    }
}

fn store<const N: usize>(answers: [(u16, String); N]) -> (DynamoStore, Script) {
    let script = Script {
        answers: Arc::new(Mutex::new(VecDeque::from(answers))),
        ..Script::default()
    };
    (in_process::store(script.clone()), script)
}

fn refused() -> (u16, String) {
    let code = "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException";
    (400, format!(r#"{{"__type":"{code}"}}"#))
}

/// The item as the table has it, whose value is `AQID` in base64.
fn stored(value: &str, revision: u64) -> String {
    let ttl = item().expires.seconds();
    format!(
        r#"{{"pk":{{"S":"p"}},"sk":{{"S":"s"}},"v":{{"B":"{value}"}},"ttl":{{"N":"{ttl}"}},"rev":{{"N":"{revision}"}}}}"#
    )
}

fn found(value: &str, revision: u64) -> (u16, String) {
    let item = stored(value, revision);
    (200, format!(r#"{{"Responses":{{"events":[{item}]}}}}"#))
}

#[tokio::test(start_paused = true)]
async fn a_swap_whose_answer_was_lost_is_told_from_one_that_somebody_else_won() {
    for (there, won) in [
        (found("AQID", 1), true),
        (found("AQIE", 1), false),
        (found("AQID", 2), false),
        (found("AQID", 0), false),
        ((200, "{}".to_owned()), false),
    ] {
        let (store, script) = store([refused(), there.clone()]);
        assert_eq!(store.swap(&item()).await.unwrap(), won, "{there:?}");
        assert_eq!(*script.asked.lock().unwrap(), ["PutItem", "BatchGetItem"]);
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_left_of_a_batch_is_asked_for_again() {
    let left = r#"{"UnprocessedKeys":{"events":{"Keys":[{"pk":{"S":"p"},"sk":{"S":"s"}}]}}}"#;
    let (store, script) = store([(200, left.to_owned()), found("AQID", 7)]);
    let items = store.get(&[item().key], Consistency::Strong).await.unwrap();
    let expected = Item {
        revision: 7,
        ..item()
    };
    assert_eq!(items, [expected]);
    assert_eq!(script.asked.lock().unwrap().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn what_is_left_of_a_batch_is_written_again() {
    let put = stored("AQID", 0);
    let left =
        format!(r#"{{"UnprocessedItems":{{"events":[{{"PutRequest":{{"Item":{put}}}}}]}}}}"#);
    let (store, script) = store([(200, left.clone()), (200, left), (200, "{}".to_owned())]);
    store.put(&[item()]).await.unwrap();
    assert_eq!(script.asked.lock().unwrap().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_longer_for_a_commit_than_its_slot_allows() {
    let (store, _) = store([]);
    let begun = Tick::now();
    assert!(store.create(&item()).await.is_err());
    let most = Duration::from_millis(MAX_COMMIT_MS.unsigned_abs());
    assert!(begun.elapsed() <= most + Duration::from_millis(1));
}

#[tokio::test(start_paused = true)]
async fn what_is_there_is_not_created() {
    let (store, _) = store([refused()]);
    let created = store.create(&item()).await.unwrap();
    assert_eq!(created, Created::AlreadyThere);
}
