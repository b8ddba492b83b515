//! However much is asked for side by side, requests are made some at a time. A DynamoDB in process.

mod in_process;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use activity_log_core::items::{Consistency, ItemReader as _, ItemWriter as _};
use activity_log_store::dynamodb::REQUESTS_AT_ONCE;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use futures::future::join_all;

use in_process::{ask, item, store};

/// Requests of it that are under way.
#[derive(Clone, Debug, Default)]
struct Table {
    now: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
    all: Arc<AtomicUsize>,
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
        let table = self.clone();
        HttpConnectorFuture::new(async move {
            let now = table.now.fetch_add(1, Ordering::Relaxed) + 1;
            table.most.fetch_max(now, Ordering::Relaxed);
            table.all.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(10)).await;
            table.now.fetch_sub(1, Ordering::Relaxed);
            let response = http::Response::builder().body(SdkBody::from("{}"));
            Ok(response.unwrap().try_into().unwrap())
        })
    }
}

#[tokio::test(start_paused = true)]
async fn no_more_requests_are_under_way_than_are_meant_to_be() {
    const CALLERS: usize = 200;
    let table = Table::default();
    let store = store(table.clone());
    let callers = (0..CALLERS).map(async |_| {
        let store = store.clone();
        let item = item();
        store.put(std::slice::from_ref(&item)).await.unwrap();
        store.create(&item).await.unwrap();
        store.swap(&item).await.unwrap();
        store.range(&ask()).await.unwrap();
    });
    join_all(callers).await;
    assert_eq!(table.all.load(Ordering::Relaxed), 4 * CALLERS);
    assert_eq!(table.most.load(Ordering::Relaxed), REQUESTS_AT_ONCE);
    // Of many keys, a hundred are in a request.
    let keys: Vec<_> = (0..1_000)
        .map(|number| {
            let mut key = item().key;
            key.sort = number.to_string();
            key
        })
        .collect();
    let answered = async || {
        let before = table.all.load(Ordering::Relaxed);
        // It leaves keys out that are not there.
        store.get(&keys, Consistency::Eventual).await.unwrap();
        table.all.load(Ordering::Relaxed) - before
    };
    assert_eq!(answered().await, 10);
}
