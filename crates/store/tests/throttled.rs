//! A table that takes nothing for a while: writes wait for it, until their time is over. A DynamoDB in process; time is
//! tokio's, and paused.

mod in_process;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use activity_log_core::store::{Committed, SegmentWriter as _};
use activity_log_core::window::{MAX_WRITE_MS, Window};
use activity_log_store::dynamodb::DynamoStore;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use tokio::time::Instant as Tick;

use in_process::{NOW, draft};

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
async fn a_write_waits_for_a_table_that_takes_nothing() {
    let (draft, window) = (draft(), Window::of(NOW));
    let (store, table) = store(Duration::from_secs(9));
    store.index(&draft.entries(window, 30)).await.unwrap();
    assert!(Tick::now() >= table.until);
    let tries = *table.tries.lock().unwrap();
    assert!((5..200).contains(&tries), "{tries} tries");
}

#[tokio::test(start_paused = true)]
async fn a_segment_waits_too() {
    let (draft, window) = (draft(), Window::of(NOW));
    let (store, _) = store(Duration::from_millis(1_200));
    let committed = store.commit(&draft.segment(window, 30)).await.unwrap();
    assert_eq!(committed, Committed::Stored);
}

#[tokio::test(start_paused = true)]
async fn no_write_waits_longer_than_its_window_allows() {
    let (draft, window) = (draft(), Window::of(NOW));
    let (store, _) = store(Duration::from_hours(1));
    let begun = Tick::now();
    assert!(store.index(&draft.entries(window, 30)).await.is_err());
    assert!(store.commit(&draft.segment(window, 30)).await.is_err());
    let waited = begun.elapsed();
    assert!(waited > Duration::from_secs(9), "{waited:?}");
    assert!(
        waited.as_millis() < u128::from(MAX_WRITE_MS.unsigned_abs()),
        "{waited:?}"
    );
}
