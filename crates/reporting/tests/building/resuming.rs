//! A report that is suspended, at every step or at some, has the bytes of an undisturbed one.

use std::sync::Arc;

use activity_log_core::instant::{MINUTE, SECOND};
use activity_log_core::origin::Origin;
use activity_log_core::query::{Attribute, Filter as Equals};
use activity_log_core::query::{Says, Test};
use activity_log_core::reports::{Condition, Format};
use activity_log_plugin::{OwnedColumn, Verdict};
use activity_log_report::Settings;
use activity_log_store::memory::MemoryItems;
use proptest::prelude::*;
use serde_json::json;

use crate::stage::{NOW, Run, filter, put, request, roll_up, store, text};

fn records(count: usize) -> Vec<String> {
    (0..count)
        .map(|number| {
            // Several events share a time.
            let time = NOW.plus_millis(-1_000 * i64::try_from(number / 4).unwrap());
            json!({
                "eventTime": time.to_string(), "eventID": format!("id-{number:05}"), "eventName": format!("Do{}", number % 7),
                "requestParameters": {"n": number, "t": "x".repeat(number % 50)},
            })
            .to_string()
        })
        .collect()
}

fn judge() -> activity_log_reporting::Filter {
    filter(&["eventName"], &["shout", "eventName"], |batch| {
        let column = &batch.columns[0];
        let name = |row: usize| match column.values[column.index[row] as usize] {
            activity_log_plugin::Value::Text(text) => text,
            _ => "",
        };
        let rows = batch.rows as usize;
        let shout = (0..rows)
            .map(|row| text(&name(row).to_uppercase()))
            .collect();
        Ok(Verdict {
            keep: (0..rows).map(|row| name(row) != "Do3").collect(),
            outputs: vec![
                OwnedColumn {
                    values: shout,
                    index: (0..batch.rows).collect(),
                },
                OwnedColumn {
                    values: vec![text("-")],
                    index: vec![0; rows],
                },
            ],
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn the_bytes_are_the_same(
        count in 0_usize..120,
        batch in 1_usize..40,
        stop_every in 1_usize..4,
        part_bytes in 1_usize..3_000,
        is_json in any::<bool>(),
        is_plugged in any::<bool>(),
        has_condition in any::<bool>(),
    ) {
        let format = if is_json { Format::Json } else { Format::Csv };
        let mut request = request(format, NOW);
        if has_condition {
            request.conditions.push(Condition { field: "requestParameters.t".to_owned(), test: Test::of(Says::Contains("xx".to_owned())) });
        }
        let start = || is_plugged.then(judge);
        let settings = Settings { part_bytes, ..Settings::default() };
        let undisturbed = Run { filter: &start, ..Run::of(&request) };
        let disturbed = Run { filter: &start, settings, batch, stop_every, ..Run::of(&request) };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (undisturbed, disturbed) = runtime.block_on(async {
            let store = store(&records(count), NOW).await;
            (undisturbed.run(&store).await.unwrap(), disturbed.run(&store).await.unwrap())
        });
        prop_assert_eq!(disturbed.stops, count.div_ceil(batch) / stop_every);
        prop_assert_eq!(disturbed.progress.rows, undisturbed.progress.rows);
        prop_assert_eq!(disturbed.progress.matched, undisturbed.progress.matched);
        prop_assert_eq!(disturbed.progress.scanned, count as u64);
        prop_assert_eq!(disturbed.bytes, undisturbed.bytes);
    }
}

/// How many slots the records come in: as many as are merged, and some more.
const SLOTS: usize = 15;

/// The same records, which came in [`SLOTS`] slots; each slot has some of all times, and some of the one before again.
async fn scattered(records: &[String]) -> Arc<MemoryItems> {
    let store = Arc::default();
    for slot in 0..SLOTS {
        let own = records.iter().skip(slot).step_by(SLOTS);
        let again = records
            .iter()
            .skip(slot.saturating_sub(1))
            .step_by(3 * SLOTS);
        let all: Vec<String> = if slot == 0 {
            own.cloned().collect()
        } else {
            own.chain(again).cloned().collect()
        };
        put(&store, &Origin::Queue, &all, in_slot(slot)).await;
    }
    store
}

fn in_slot(slot: usize) -> activity_log_core::instant::Instant {
    NOW.plus_millis(10 * SECOND * i64::try_from(slot).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn the_bytes_are_the_same_whatever_is_rolled_up_meanwhile(
        count in 1_usize..200,
        batch in 1_usize..40,
        stop_every in 1_usize..3,
        before in 0..SLOTS,
        is_filtered in any::<bool>(),
    ) {
        let mut request = request(Format::Json, NOW);
        if is_filtered {
            let filter = Equals::is(Attribute::EventName, "Do3");
            request.filters.push(filter);
        }
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (undisturbed, disturbed) = runtime.block_on(async {
            let records = records(count);
            let store = scattered(&records).await;
            let now = in_slot(SLOTS);
            let undisturbed = Run { now, ..Run::of(&request) }.run(&store).await.unwrap();
            // A slot more with every stop, and in the end all.
            let upto = |stops: usize| in_slot(before + stops).plus_millis(15 * SECOND);
            roll_up(&store, upto(0)).await;
            let meanwhile = |stops| Box::pin(roll_up(&store, upto(stops + 1))) as std::pin::Pin<Box<dyn Future<Output = ()>>>;
            let run = Run { now, batch, stop_every, meanwhile: &meanwhile, ..Run::of(&request) };
            let disturbed = run.run(&store).await.unwrap();
            roll_up(&store, now.plus_millis(MINUTE)).await;
            let whole = Run { now, ..Run::of(&request) }.run(&store).await.unwrap();
            assert_eq!(whole.bytes, undisturbed.bytes);
            (undisturbed, disturbed)
        });
        let expected = (0..count).filter(|number| !is_filtered || number % 7 == 3).count();
        prop_assert_eq!(undisturbed.progress.rows, expected as u64);
        prop_assert_eq!(disturbed.progress.rows, undisturbed.progress.rows);
        prop_assert_eq!(disturbed.bytes, undisturbed.bytes);
    }
}

#[tokio::test]
async fn parts_come_while_rows_are_written() {
    let store = store(&records(2_000), NOW).await;
    let request = request(Format::Json, NOW);
    let settings = Settings {
        part_bytes: 5_000,
        ..Settings::default()
    };
    let run = Run {
        settings,
        batch: 100,
        ..Run::of(&request)
    };
    let done = run.run(&store).await.unwrap();
    assert!(done.parts > 40, "{}", done.parts);
}
