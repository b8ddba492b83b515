//! A table that takes nothing for a while: writes and reads wait for it, until their time is over. A DynamoDB in process; time is
//! tokio's, and paused.

mod in_process;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use activity_log_core::items::{Consistency, Created, ItemReader as _, ItemWriter as _};
use activity_log_core::reader::ReadError;
use activity_log_core::slot::MAX_COMMIT_MS;
use activity_log_store::dynamodb::DynamoStore;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use tokio::time::Instant as Tick;

use in_process::{ask, item};

/// Throttles everything until then.
#[derive(Clone, Debug)]
struct Table {
    until: Tick,
    tries: Arc<Mutex<usize>>,
}

impl HttpClient for Table {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Table {
    fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
        *self.tries.lock().unwrap() += 1;
        let (status, body) = if Tick::now() < self.until {
            let code = "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException";
            (400, format!(r#"{{"__type":"{code}"}}"#))
        } else {
            (200, "{}".to_owned())
        };
        let response = http::Response::builder().status(status);
        let response = response.body(SdkBody::from(body)).unwrap();
        HttpConnectorFuture::ready(Ok(response.try_into().unwrap()))
    }
}

fn store(throttled_for: Duration) -> (DynamoStore, Table) {
    let table = Table {
        until: Tick::now() + throttled_for,
        tries: Arc::default(),
    };
    (in_process::store(table.clone()), table)
}

#[tokio::test(start_paused = true)]
async fn items_wait_for_a_table_that_takes_nothing() {
    let (store, table) = store(Duration::from_secs(9));
    let items: Vec<_> = (0..30)
        .map(|number| {
            let mut item = item();
            item.key.sort = number.to_string();
            item
        })
        .collect();
    store.put(&items).await.unwrap();
    assert!(Tick::now() >= table.until);
    let tries = *table.tries.lock().unwrap();
    assert!((10..400).contains(&tries), "{tries} tries");
}

#[tokio::test(start_paused = true)]
async fn items_do_not_wait_for_ever() {
    let (store, _) = store(Duration::from_hours(1));
    let begun = Tick::now();
    assert!(store.put(&[item()]).await.is_err());
    assert!(!store.swap(&item()).await.unwrap_or(false));
    let waited = begun.elapsed();
    assert!(waited > Duration::from_secs(9), "{waited:?}");
    assert!(waited < Duration::from_secs(20), "{waited:?}");
}

#[tokio::test(start_paused = true)]
async fn an_item_is_created_and_replaced_after_a_wait() {
    let (waiting, _) = store(Duration::from_millis(1_200));
    assert_eq!(waiting.create(&item()).await.unwrap(), Created::New);
    let (waiting, _) = store(Duration::from_millis(1_200));
    assert!(waiting.swap(&item()).await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn reads_wait_and_then_say_that_it_is_the_rate() {
    let (ask, keys) = (ask(), [item().key]);
    for (seconds, is_given) in [(3, true), (3_600, false)] {
        let begun = Tick::now();
        let (store, _) = store(Duration::from_secs(seconds));
        let (slice, items) =
            futures::join!(store.range(&ask), store.get(&keys, Consistency::Strong));
        let waited = begun.elapsed();
        assert!(waited >= Duration::from_secs(3), "{waited:?}");
        assert!(waited <= Duration::from_secs(6), "{waited:?}");
        if is_given {
            // What this table gives says nothing of keys.
            assert!(slice.unwrap().items.is_empty() && items.unwrap().is_empty());
        } else {
            assert!(matches!(slice, Err(ReadError::Throttled(_))), "{slice:?}");
            assert!(matches!(items, Err(ReadError::Throttled(_))), "{items:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_item_is_not_created_after_its_slot_allows() {
    let (store, _) = store(Duration::from_hours(1));
    let begun = Tick::now();
    assert!(store.create(&item()).await.is_err());
    let waited = begun.elapsed();
    assert!(waited > Duration::from_secs(1), "{waited:?}");
    assert!(
        waited.as_millis() <= u128::from(MAX_COMMIT_MS.unsigned_abs()),
        "{waited:?}"
    );
}
