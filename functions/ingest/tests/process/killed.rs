//! The function killed - the process, by SIGKILL - before its first call to AWS and after each, and what it was sent
//! sent again as senders do: lookups find each event exactly once, before a roll-up and after it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::cloud::{ACCOUNTS, Cloud};
use crate::invocation::{Ended, invoke};
use crate::proxy::{Death, Proxy};
use crate::sent::{Sent, delivery, events, messages, request};

struct Stage {
    cloud: Cloud,
    proxy: Proxy,
    /// the ids of all events that were sent, by account
    sent: BTreeMap<&'static str, Vec<String>>,
}

impl Stage {
    async fn new() -> Option<Self> {
        let Some(cloud) = Cloud::start().await else {
            println!("skipped: ACTIVITY_LOG_TEST_DYNAMODB names no emulator");
            return None;
        };
        let proxy = Proxy::start(&cloud.endpoint).await;
        Some(Self {
            cloud,
            proxy,
            sent: BTreeMap::new(),
        })
    }

    fn note(&mut self, sent: &Sent) {
        let ids = self.sent.entry(sent.account).or_default();
        ids.extend(sent.ids.iter().cloned());
        ids.sort();
    }

    /// Lives until it has answered.
    async fn answer(&self, event: &Value) -> Value {
        self.proxy.let_live();
        match invoke(&self.cloud, &self.proxy, event).await {
            Ended::Answered(answer) => answer,
            Ended::Killed => panic!("nobody pulled the trigger"),
        }
    }

    async fn deliver(&self, messages: &[Value]) {
        let answer = self.answer(&delivery(messages)).await;
        assert_eq!(answer["batchItemFailures"], json!([]));
    }

    async fn die(&self, death: Death, event: &Value) {
        self.proxy.let_die(death);
        let ended = invoke(&self.cloud, &self.proxy, event).await;
        assert_eq!(ended, Ended::Killed, "{death:?}");
    }

    /// Each event is found once.
    async fn check(&self, when: &str) {
        for (account, ids) in &self.sent {
            let found = self.cloud.found(account.parse().unwrap()).await;
            assert_eq!(&found, ids, "{when}");
        }
    }

    /// The calls of the last invocation, and the deaths that tell them apart: dying before a call is, to AWS, dying after
    /// the one before it.
    fn deaths(&self) -> (Vec<String>, Vec<Death>) {
        let calls = self.proxy.calls();
        println!("{} calls: {}", calls.len(), calls.join(", "));
        let after = (1..=calls.len()).map(Death::After);
        let deaths = [Death::Before(1)].into_iter().chain(after).collect();
        (calls, deaths)
    }

    async fn end(self) {
        for account in ACCOUNTS {
            self.cloud.roll_up(account.parse().unwrap()).await;
        }
        self.check("rolled up").await;
        self.cloud.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_that_come_again_after_any_death_are_each_found_once() {
    let Some(mut stage) = Stage::new().await else {
        return;
    };
    let send = |stage: &mut Stage, name: &str| {
        let mut all = Vec::new();
        for (account, count) in ACCOUNTS.into_iter().zip([12, 5]) {
            let sent = events(account, &format!("{account}-{name}"), count);
            stage.note(&sent);
            all.extend(messages(&sent));
        }
        all
    };
    let undisturbed = send(&mut stage, "undisturbed");
    stage.deliver(&undisturbed).await;
    let (calls, deaths) = stage.deaths();
    for (call, times) in [
        ("PutItem", 4),
        ("BatchGetItem", 1 + 2 + 4),
        ("UpdateItem", 2),
    ] {
        let made = calls.iter().filter(|made| *made == call).count();
        assert_eq!(made, times, "{call}: two accounts, and two lanes of each");
    }
    stage.check("undisturbed").await;
    for (number, death) in deaths.into_iter().enumerate() {
        let all = send(&mut stage, &format!("{number:02}"));
        stage.die(death, &delivery(&all)).await;
        // The queue gives them again in the same company, or in another.
        let company = if number % 2 == 0 { all.len() } else { 4 };
        for messages in all.chunks(company) {
            stage.deliver(messages).await;
        }
        stage.check(&format!("{death:?}")).await;
    }
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_comes_again_after_any_death_has_its_events_found_once() {
    let Some(mut stage) = Stage::new().await else {
        return;
    };
    let put = async |stage: &Stage, sent: &Sent| {
        let answer = stage.answer(&request(&stage.cloud, sent)).await;
        assert_eq!(answer["statusCode"], 200, "{answer}");
    };
    let undisturbed = events(ACCOUNTS[0], "undisturbed", 8);
    stage.note(&undisturbed);
    put(&stage, &undisturbed).await;
    let (calls, deaths) = stage.deaths();
    assert_eq!(calls.iter().filter(|call| *call == "PutItem").count(), 2);
    for (number, death) in deaths.into_iter().enumerate() {
        let sent = events(ACCOUNTS[0], &format!("{number:02}"), 8);
        stage.note(&sent);
        let asked = request(&stage.cloud, &sent);
        stage.die(death, &asked).await;
        put(&stage, &sent).await;
        stage.check(&format!("{death:?}")).await;
    }
    stage.end().await;
}
