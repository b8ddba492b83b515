//! The function killed - the process, by SIGKILL - after every call to AWS that may have changed something, in every
//! operation that changes something: where something changed its account's log hears of it, and of one end only.

use std::collections::BTreeSet;

use futures::{StreamExt as _, stream};
use serde_json::{Value, json};

use crate::asked::{Asked, before, changing, request};
use crate::cloud::Cloud;
use crate::invocation::{Ended, invoke};
use crate::proxy::{Death, Proxy};

/// Calls that change nothing: dying after one is dying before the next.
const READING: [&str; 6] = ["GetItem", "BatchGetItem", "Query", "Decrypt", "HEAD", "GET"];

struct Stage {
    cloud: Cloud,
    proxy: Proxy,
}

impl Stage {
    async fn answer(&self, asked: &Asked) -> Value {
        self.proxy.let_live();
        match invoke(&self.cloud, &self.proxy, &asked.event(&self.cloud)).await {
            Ended::Answered(answer) => answer,
            Ended::Killed => panic!("nobody pulled the trigger"),
        }
    }

    /// The tick of the minute in which nobody can be at it any more.
    async fn tick(&self) {
        self.cloud.age_outbox().await;
        self.proxy.let_live();
        let tick = json!({"detail-type": "Scheduled Event", "source": "aws.events"});
        let ended = invoke(&self.cloud, &self.proxy, &tick).await;
        let Ended::Answered(told) = ended else {
            panic!("nobody pulled the trigger")
        };
        assert_eq!(told["UntoldEntries"], 0, "{told}");
        assert_eq!(self.cloud.outbox().await, 0);
    }

    /// What was told of this operation; it is one event, whose end is told once however often it is sent.
    async fn told(&self, operation: &str) -> Vec<Value> {
        let mut told = self.cloud.told().await;
        told.retain(|record| record["eventName"] == operation);
        let is_attempt = |record: &&Value| record["additionalEventData"]["Outcome"] == "Attempted";
        let ids: BTreeSet<_> = told.iter().map(|one| one["eventID"].to_string()).collect();
        let times: BTreeSet<_> = told
            .iter()
            .map(|one| one["eventTime"].to_string())
            .collect();
        let ends = told.iter().filter(|one| !is_attempt(one));
        let ends: BTreeSet<_> = ends.map(ToString::to_string).collect();
        assert!(
            ids.len() <= 1 && times.len() <= 1 && ends.len() <= 1,
            "{told:#?}"
        );
        told
    }
}

async fn whichever_call_it_dies_at(operation: &'static str) {
    let Some(cloud) = Cloud::start().await else {
        println!("skipped: ACTIVITY_LOG_TEST_DYNAMODB names no emulator");
        return;
    };
    let proxy = Proxy::start(&cloud.endpoint).await;
    let stage = Stage { cloud, proxy };
    let mut made = Value::Null;
    for asked in before(operation, &stage.cloud) {
        let answer = stage.answer(&asked).await;
        assert!(
            answer["statusCode"].as_u64() < Some(300),
            "{operation}: {answer}"
        );
        let body = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
        made = if made.is_null() { body } else { made };
    }
    if operation == "CheckPlugin" {
        let id = made["id"].as_str().unwrap();
        let key = format!("uploads/{}/{id}.wasm", crate::cloud::ACCOUNT);
        stage.cloud.put_object(&key, b"\0asm").await;
    }
    let asked = request(operation, &stage.cloud, &made);
    let start = stage.cloud.items().await;
    stage.cloud.told().await;

    let from = stage.cloud.everything().await;
    let answer = stage.answer(&asked).await;
    assert!(
        answer["statusCode"].as_u64() < Some(300),
        "{operation}: {answer}"
    );
    let calls = stage.proxy.calls();
    println!("{operation}, {} calls: {}", calls.len(), calls.join(", "));
    let changes = stage.cloud.everything().await != from;
    assert!(
        changes || operation == "PutInsightSelectors",
        "{operation} changed nothing"
    );
    assert_eq!(stage.told(operation).await.len(), 1, "{operation}");
    assert_eq!(stage.cloud.outbox().await, 0);

    let kept = calls.iter().position(|call| call == "PutItem").unwrap();
    let mut killed_behind = 0;
    for (at, call) in calls.iter().enumerate() {
        if READING.contains(&call.as_str()) {
            continue;
        }
        stage.cloud.restore(&start).await;
        let from = stage.cloud.everything().await;
        stage.proxy.let_die(Death::After(at + 1));
        let ended = invoke(&stage.cloud, &stage.proxy, &asked.event(&stage.cloud)).await;
        assert_eq!(ended, Ended::Killed, "{operation} {call}");
        let is_changed = stage.cloud.everything().await != from;
        killed_behind += usize::from(is_changed);
        stage.tick().await;
        let told = stage.told(operation).await;
        let says = format!("{operation}, killed after call {} ({call})", at + 1);
        assert!(
            !is_changed || !told.is_empty(),
            "{says}: changed and not told"
        );
        assert_eq!(
            at >= kept,
            !told.is_empty(),
            "{says}: what was kept is told"
        );
    }
    assert!(
        killed_behind > 0 || !changes,
        "{operation} was never killed behind its change"
    );
    stage.cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_it_changes_before_it_dies_is_told_once() {
    let operations = changing();
    assert!(operations.len() > 10, "{operations:?}");
    // Some at a time: most of a run is waiting.
    let runs = stream::iter(operations).map(whichever_call_it_dies_at);
    runs.buffer_unordered(4).collect::<Vec<()>>().await;
}
