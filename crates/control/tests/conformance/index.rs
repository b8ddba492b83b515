//! What DynamoDB's table has besides the reports and plugins that one is given: indexes, and when to delete.

use std::collections::BTreeSet;

use activity_log_control::{
    Day, NewPlugin, PluginWriter, Rate, Rates as _, ReportLimits, ReportReader, ReportWriter,
    Usage as _, UsageCount, new_account_id,
};
use activity_log_core::instant::{DAY, Instant};
use aws_sdk_dynamodb::types::AttributeValue;
use futures::future::join_all;

use crate::dynamodb::Emulator;
use crate::now;
use crate::plugins::{make_ready, plugin};
use crate::reports::{created, ready, report};

const TWO: ReportLimits = ReportLimits {
    stored: 2,
    unfinished: 2,
    own_only: false,
};

/// The ids in an index; none where there is no attribute.
async fn indexed(emulator: &Emulator, partition: &str) -> BTreeSet<String> {
    let item = emulator.item(partition, "index").await.unwrap();
    let ids = item.get("ids").map(|ids| ids.as_ss().unwrap().clone());
    ids.unwrap_or_default().into_iter().collect()
}

async fn ttl(emulator: &Emulator, pk: &str, sk: &str) -> Option<i64> {
    let item = emulator.item(pk, sk).await.unwrap();
    let ttl = item.get("ttl");
    ttl.map(|ttl| ttl.as_n().unwrap().parse().unwrap())
}

#[tokio::test]
async fn what_dynamodb_deletes_takes_no_place_and_leaves_the_index() {
    let Some(emulator) = Emulator::start().await else {
        return;
    };
    let (reports, account) = (emulator.reports(), new_account_id());
    let partition = format!("reports#{account}");
    let [one, two] = [1, 2].map(|number| report(account, number));
    for new in [&one, &two] {
        reports.create_report(new, TWO).await.unwrap();
    }
    emulator
        .delete_item(&partition, &format!("report#{}", one.id))
        .await;
    let both = [&one, &two].map(|one| one.id.to_string());
    assert_eq!(indexed(&emulator, &partition).await, both.into());
    let three = report(account, 3);
    let made = reports.create_report(&three, TWO).await.unwrap();
    assert_eq!(made, created());
    let rest = [&two, &three].map(|one| one.id.to_string());
    assert_eq!(indexed(&emulator, &partition).await, rest.into());

    // All of them forgotten, the items still there: making another deletes them.
    let mut later = report(account, 4);
    later.created = now().plus_millis(30 * DAY);
    assert_eq!(reports.create_report(&later, TWO).await.unwrap(), created());
    let only = [later.id.to_string()];
    assert_eq!(indexed(&emulator, &partition).await, only.into());
    let sort = format!("report#{}", two.id);
    assert_eq!(emulator.item(&partition, &sort).await, None);
    assert!(reports.delete_report(&later).await.unwrap());
    assert_eq!(indexed(&emulator, &partition).await, BTreeSet::new());
    let again = report(account, 5);
    assert_eq!(reports.create_report(&again, TWO).await.unwrap(), created());
    emulator.stop().await;
}

#[tokio::test]
async fn an_item_says_when_it_may_be_deleted() {
    let Some(emulator) = Emulator::start().await else {
        return;
    };
    let (reports, account) = (emulator.reports(), new_account_id());
    let mut old = report(account, 1);
    old.touched = old.created.plus_millis(1);
    let (partition, sort) = (format!("reports#{account}"), format!("report#{}", old.id));
    reports.create_report(&old, TWO).await.unwrap();
    let at = async || {
        let seconds = ttl(&emulator, &partition, &sort).await.unwrap();
        Instant::from_seconds(seconds)
    };
    // Not a moment before it is forgotten.
    assert_eq!(at().await, old.forgotten().plus_millis(999));
    let mut new = old.clone();
    new.state = ready(now());
    assert!(reports.change_report(&old, &new).await.unwrap());
    assert_eq!(at().await, new.forgotten());
    let stored = reports.report(account, old.id, now()).await.unwrap();
    let stored_revision = emulator.item(&partition, &sort).await.unwrap()["revision"].clone();
    let revision = stored.unwrap().revision;
    assert_eq!(stored_revision, AttributeValue::N(revision.to_string()));

    let (plugins, announced) = (emulator.plugins(), plugin(account, 1));
    let (partition, sort) = (
        format!("plugins#{account}"),
        format!("plugin#{}", announced.id),
    );
    let made = plugins.create_plugin(&announced, 2).await.unwrap();
    assert_eq!(made, NewPlugin::Created);
    let end = announced.forgotten().unwrap();
    let ttl_of = ttl(&emulator, &partition, &sort).await;
    assert_eq!(ttl_of, Some(end.seconds()));
    assert!(plugins.delete_plugin(&announced).await.unwrap());
    let ready = make_ready(&plugins, &announced, "name").await;
    assert_eq!(ttl(&emulator, &partition, &sort).await, None, "kept");
    let name = emulator.item(&partition, "name#name@1.0.0").await.unwrap();
    assert_eq!(name["id"], AttributeValue::S(ready.id.to_string()));
    assert!(plugins.delete_plugin(&ready).await.unwrap());
    assert_eq!(emulator.item(&partition, "name#name@1.0.0").await, None);
    emulator.stop().await;
}

#[tokio::test]
async fn counters_say_when_they_may_be_deleted_and_have_partitions_of_their_own() {
    let Some(emulator) = Emulator::start().await else {
        return;
    };
    let (account, second) = (new_account_id(), now().seconds());
    let rates = emulator.rates();
    rates.spend(account, Rate::Lookup, second, 3).await.unwrap();
    let (pk, sk) = (
        format!("rates#{account}#lookup"),
        format!("second#{second}"),
    );
    let end = ttl(&emulator, &pk, &sk).await;
    assert_eq!(end, Some(second + 300));
    let (usage, today) = (emulator.usage(), Day::of(now()));
    let one = UsageCount {
        events: 1,
        ..UsageCount::default()
    };
    usage.add(account, today, one).await.unwrap();
    let (pk, sk) = (format!("usage#{account}"), "day#2026-11-20");
    let end = ttl(&emulator, &pk, sk).await;
    assert_eq!(end, Some(today.start().seconds() + 400 * 86_400));
    emulator.stop().await;
    let error = rates.spend(account, Rate::Lookup, second, 3).await;
    assert!(error.unwrap_err().to_string().starts_with("UpdateItem on"));
}

#[tokio::test]
async fn the_index_is_true_after_many_changes_at_once() {
    let Some(emulator) = Emulator::start().await else {
        return;
    };
    let (reports, account) = (emulator.reports(), new_account_id());
    let limits = ReportLimits {
        stored: 4,
        unfinished: 4,
        own_only: false,
    };
    let all: Vec<_> = (0..8).map(|number| report(account, number)).collect();
    // Each is made, ends and is deleted, or gives way, while others do.
    let lives = all.iter().map(async |one| {
        reports.create_report(one, limits).await.unwrap();
        let mut ended = one.clone();
        ended.state = ready(one.created);
        reports.change_report(one, &ended).await.unwrap();
        ended.revision = 1;
        if one.created.seconds() % 2 == 0 {
            reports.delete_report(&ended).await.unwrap();
        }
    });
    join_all(lives).await;
    let stored = reports.reports(account, now()).await.unwrap();
    let stored: BTreeSet<String> = stored.iter().map(|one| one.id.to_string()).collect();
    let partition = format!("reports#{account}");
    assert_eq!(indexed(&emulator, &partition).await, stored);
    assert!(stored.len() <= 4, "{stored:?}");
    emulator.stop().await;
}
