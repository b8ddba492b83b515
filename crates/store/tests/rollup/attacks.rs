//! What a sender may do, or damage, that must not stop an account.

use std::sync::Arc;
use std::time::{Duration, Instant as Timer};

use activity_log_core::event::Event;
use activity_log_core::instant::{DAY, Instant, MINUTE, SECOND};
use activity_log_core::items::{Consistency, Created, ItemReader, ItemWriter, key};
use activity_log_core::origin::Rank;
use activity_log_core::pack::{ArrivalDraft, PackEncoder, PackRow};
use activity_log_core::page::{PageRequest, Position};
use activity_log_core::query::Query;
use activity_log_core::read::Events;
use activity_log_core::reader::EventReader;
use activity_log_core::rollup::RollupError;
use activity_log_core::rollup::known::known;
use activity_log_core::rollup::merge::Merged;
use activity_log_core::rollup::order::{Place, Row};
use activity_log_core::rollup::roll::{Limits, Step, roll};
use activity_log_core::rollup::work::{Watch, due_since};
use activity_log_core::slot::Slot;

use crate::port::{Port, block_on};
use crate::stage::{Sent, Stage, account, batch, task};
use crate::steps::copy;
use crate::stored::head;
use crate::working::{Log, work};

#[test]
fn an_arrival_that_cannot_be_read_is_told_and_blocks_are_merged_all_the_same() {
    block_on(async {
        let mut stage = Stage::default();
        stage.steps(0, 12).await;
        let (mut item, _) = batch(&[stage.event(100)], stage.clock.now(), 1);
        item.value.truncate(9);
        assert_eq!(stage.items.create(&item).await.unwrap(), Created::New);
        // It is not of an age to be rolled up.
        stage.clock.pass(MINUTE);
        let port = Port::new(&stage.items);
        let now = stage.clock.now();
        let (_, done) = work(&port, &mut Watch::default(), now, &Log::default()).await;
        let Err(RollupError::Unreadable { key, .. }) = done else {
            panic!("{done:?}");
        };
        // As `aws dynamodb delete-item` is told it.
        let partition = format!("L#{}#", account());
        assert!(key.starts_with(&partition), "{key}");
        assert_eq!(key, item.key.to_string());
        let head = head(&stage.items).await;
        assert!(head.blocks.len() < 12, "{}", head.blocks.len());
        // Nothing is passed over: it is read once somebody has mended it.
        assert!(head.watermark < Some(Slot::of(stage.clock.now().plus_millis(-MINUTE))));
    });
}

#[test]
fn a_row_that_cannot_be_read_is_told_with_where_it_lies() {
    block_on(async {
        let stage = Stage::default();
        let (mut item, _) = batch(&[stage.event(1)], stage.clock.now(), 1);
        let row = PackRow {
            text: "{}",
            origin: "import",
        };
        let pack = PackEncoder::new().unwrap().encode([row, row].into_iter());
        item.value.truncate(3);
        item.value.extend(pack.unwrap());
        assert_eq!(stage.items.create(&item).await.unwrap(), Created::New);
        stage.clock.seal();
        let told = async |plain_bytes| {
            let limits = Limits {
                plain_bytes,
                ..Limits::default()
            };
            let mut encoder = PackEncoder::new().unwrap();
            let now = || stage.clock.now();
            match roll(&stage.items, task(), &mut encoder, limits, &now).await {
                Err(RollupError::Unreadable { key, .. }) => key,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(told(1_000_000).await, format!("{} row 0", item.key));
        assert_eq!(told(1).await, item.key.to_string());
    });
}

/// A batch that says next to nothing, in a few hundred packed bytes.
pub async fn padded(stage: &Stage, number: usize) {
    let time = stage.clock.now().plus_millis(-2 * SECOND);
    let padding = "a".repeat(200_000);
    let texts: Vec<String> = (0..20)
        .map(|row| {
            format!(
                r#"{{"eventTime":"{time}","eventName":"GetUser","eventSource":"s3.amazonaws.com","eventID":"p{number}-{row:02}","requestParameters":{{"a":"{padding}"}}}}"#
            )
        })
        .collect();
    let events = texts
        .iter()
        .rev()
        .map(|text| Event::stored(text, "import").unwrap());
    let events: Vec<Event<'_>> = events.collect();
    let events: Vec<&Event<'_>> = events.iter().collect();
    let mut encoder = PackEncoder::new().unwrap();
    let draft = ArrivalDraft::new(&mut encoder, account(), &events).unwrap();
    let item = draft.item(stage.clock.now(), 1);
    assert!(item.value.len() < 8_000, "{}", item.value.len());
    assert_eq!(stage.items.create(&item).await.unwrap(), Created::New);
}

#[test]
fn what_packs_a_thousand_to_one_is_due_by_what_it_is_unpacked() {
    block_on(async {
        let stage = Stage::default();
        for number in 0..5 {
            padded(&stage, number).await;
        }
        stage.clock.seal();
        let port = Port::new(&stage.items);
        let mut watch = Watch::default();
        let since = due_since(&port, account(), &mut watch, stage.clock.now()).await;
        assert!(since.unwrap().is_some());
    });
}

#[test]
fn a_step_ends_at_a_slot_where_it_would_unpack_too_much() {
    block_on(async {
        let stage = Stage::default();
        for number in 0..6 {
            padded(&stage, number).await;
            stage.clock.pass(10 * SECOND);
        }
        stage.clock.seal();
        let limits = Limits {
            plain_bytes: 2_000_000,
            ..Limits::default()
        };
        let port = Port::new(&stage.items);
        let mut steps = Vec::new();
        while let Step::Rolled(rolled) = stage.roll_with(&port, limits).await {
            steps.push(rolled.totals.kept);
        }
        assert_eq!(steps, [40, 40, 40]);
    });
}

/// All events of a query for all, in read order, by pages of a few.
async fn read_all(stage: &Stage) -> Vec<Position> {
    let events = Events::shared(Arc::new(copy(&stage.items).await), 1_000_000);
    let mut page = PageRequest {
        max_events: 70,
        max_bytes: usize::MAX,
        after: None,
        horizon: Instant::from_millis(0),
        now: stage.clock.now(),
        deadline: None,
    };
    let mut all = Vec::new();
    loop {
        let found = events.find(account(), &Query::default(), &page).await;
        let found = found.unwrap();
        all.extend(found.events.into_iter().map(|event| event.position));
        match found.next {
            Some(next) => page.after = Some(next),
            None => return all,
        }
    }
}

#[test]
fn one_time_for_all_events_of_a_slot_is_rolled_up_in_slices() {
    block_on(async {
        let mut stage = Stage::default();
        let one = stage.event(0);
        let sent = |numbers: std::ops::Range<u32>, text| -> Vec<Sent> {
            let sent = numbers.map(|number| Sent {
                number,
                text,
                ..one
            });
            sent.collect()
        };
        stage.arrive(&sent(0..600, 0)).await;
        // Copies of all, conflicts with some, and more; each batch has rows in every slice.
        stage.clock.pass(SECOND);
        stage.arrive(&sent(300..900, 0)).await;
        stage.arrive(&sent(500..520, 1)).await;
        stage.clock.seal();
        let limits = Limits {
            plain_bytes: 100_000,
            ..Limits::default()
        };
        let port = Port::new(&stage.items);
        let Step::Rolled(rolled) = stage.roll_with(&port, limits).await else {
            panic!();
        };
        let totals = rolled.totals;
        assert_eq!(
            (totals.kept, totals.copies, totals.conflicts),
            (900, 300, 20)
        );
        let blocks = head(&stage.items).await.blocks;
        assert!(blocks.len() > 4, "{}", blocks.len());
        assert!(blocks.iter().all(|block| block.newest == one.time));
        stage.check().await;
        let mut expected: Vec<Position> = sent(0..900, 0)
            .iter()
            .map(|sent| Position {
                time: sent.time,
                id: sent.id(),
            })
            .collect();
        expected.sort();
        assert_eq!(read_all(&stage).await, expected);
        // In one block, too.
        stage.clock.pass(DAY);
        while stage.merge().await != Merged::Nothing {}
        assert!(head(&stage.items).await.blocks.len() < blocks.len());
        stage.check().await;
        assert_eq!(read_all(&stage).await, expected);
        // What comes again later is a copy of rows in all slices.
        stage.arrive(&sent(0..900, 0)).await;
        stage.clock.seal();
        assert_eq!(stage.roll().await.totals.copies, 900);
    });
}

#[test]
fn one_id_for_all_events_takes_no_time_of_each_with_each() {
    block_on(async {
        let mut stage = Stage::default();
        let one = stage.event(1);
        let sent: Vec<_> = (0..20_000)
            .map(|at| {
                let mut sent = one;
                sent.time = one.time.plus_millis(-2 * at * SECOND);
                sent
            })
            .collect();
        stage.arrive(&sent).await;
        stage.clock.seal();
        stage.roll().await;
        let head = head(&stage.items).await;
        let id = one.id();
        let row = |at: i64, after: i64| Row {
            place: Place {
                slot: Slot::of(stage.clock.now()),
                rank: Rank::LetIn,
                written: stage.clock.now(),
                hash: stage.came[0].key.hash,
                row: 0,
            },
            time: one.time.plus_millis(-2 * at * SECOND + after),
            id: &id,
            text: "",
        };
        // Half of them are there, and half are a second beside.
        let rows: Vec<Row<'_>> = (0..5_000).map(|at| row(at * 4, at % 2 * SECOND)).collect();
        let begun = Timer::now();
        let stored = known(&stage.items, account(), &head, &rows).await.unwrap();
        assert_eq!(stored.len(), 2_500);
        assert!(
            begun.elapsed() < Duration::from_mins(1),
            "{:?}",
            begun.elapsed()
        );
        let keys = [key::head(account())];
        assert_eq!(
            stage
                .items
                .get(&keys, Consistency::Strong)
                .await
                .unwrap()
                .len(),
            1
        );
    });
}
