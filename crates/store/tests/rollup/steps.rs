//! What a step does, when one is due, and what merges make of steps.

use crate::port::block_on;
use activity_log_core::instant::{DAY, SECOND};
use activity_log_core::items::{Created, ItemWriter};
use activity_log_core::pack::PackEncoder;
use activity_log_core::rollup::RollupError;
use activity_log_core::rollup::merge::{DAY_TIER, FAN, Merged, merge};
use activity_log_core::rollup::roll::{Limits, Rolled, Step, roll};
use activity_log_store::memory::MemoryItems;

use crate::port::Port;
use crate::stage::{Sent, Stage, account, task};
use crate::stored::{check, head, rows_of};

impl Stage {
    pub async fn roll_with(&self, port: &Port<'_>, limits: Limits) -> Step {
        let mut encoder = PackEncoder::new().unwrap();
        let now = || self.clock.now();
        roll(port, task(), &mut encoder, limits, &now)
            .await
            .unwrap()
    }

    pub async fn roll(&self) -> Rolled {
        match self
            .roll_with(&Port::new(&self.items), Limits::default())
            .await
        {
            Step::Rolled(rolled) => rolled,
            other => panic!("{other:?}"),
        }
    }

    pub async fn merge(&self) -> Merged {
        merge(&Port::new(&self.items), task(), &|| self.clock.now())
            .await
            .unwrap()
    }

    pub async fn check(&self) {
        check(&self.items, &self.came).await.unwrap();
    }

    /// So many steps of a few events each.
    pub async fn steps(&mut self, first: u32, count: u32) {
        for number in first..first + count {
            let (new, old) = (self.event(number), self.event(number.saturating_sub(1)));
            let old = self
                .came
                .iter()
                .map(|came| came.sent)
                .find(|sent| sent.number == old.number);
            let batch: Vec<Sent> = [Some(new), old].into_iter().flatten().collect();
            self.arrive(&batch).await;
            self.clock.seal();
            self.roll().await;
        }
    }
}

#[test]
fn what_is_sealed_is_rolled_up_and_counted() {
    block_on(async {
        let mut stage = Stage::default();
        stage.busy_minute(0).await;
        stage.clock.seal();
        let rolled = stage.roll().await;
        stage.check().await;
        assert!(rolled.totals.copies > 20 && rolled.totals.conflicts == 6);
        let untold = head(&stage.items).await.untold;
        assert_eq!((untold.len(), untold[0].count), (1, 6));
        assert_eq!(Some(untold[0].upto), rolled.upto);
        assert_eq!(untold[0].first.len(), 6);
        assert_eq!(untold[0].first[0].origin, "import");
        // What came before is found in L1.
        stage.busy_minute(100).await;
        stage.clock.seal();
        stage.roll().await;
        stage.check().await;
    });
}

#[test]
fn what_is_open_stays_where_it_is() {
    block_on(async {
        let mut stage = Stage::default();
        let event = stage.event(1);
        stage.arrive(&[event]).await;
        stage.clock.pass(10 * SECOND);
        let before = stage.items.all();
        let port = Port::new(&stage.items);
        assert!(matches!(
            stage.roll_with(&port, Limits::default()).await,
            Step::Nothing
        ));
        assert_eq!(stage.items.all(), before);
        stage.clock.seal();
        assert_eq!(stage.roll().await.totals.kept, 1);
        // Nothing has come since: nothing is written.
        let before = stage.items.all();
        stage.clock.pass(DAY);
        assert!(matches!(
            stage.roll_with(&port, Limits::default()).await,
            Step::Nothing
        ));
        assert_eq!(stage.items.all(), before);
    });
}

#[test]
fn a_step_of_copies_alone_makes_no_run_and_the_next_one_tells_them() {
    block_on(async {
        let mut stage = Stage::default();
        let event = stage.event(1);
        for _ in 0..3 {
            stage.arrive(&[event]).await;
            stage.clock.seal();
            stage.roll().await;
            stage.check().await;
        }
        let now = head(&stage.items).await;
        assert_eq!((now.blocks.len(), now.totals.copies), (1, 2));
        assert!(!now.dropped.is_empty());
        let other = stage.event(2);
        stage.arrive(&[other]).await;
        stage.clock.seal();
        stage.roll().await;
        stage.check().await;
        assert!(head(&stage.items).await.dropped.is_empty());
    });
}

#[test]
fn a_step_too_large_for_memory_is_cut_by_time_and_written_at_once() {
    block_on(async {
        let mut stage = Stage::default();
        stage.busy_minute(0).await;
        stage.clock.seal();
        let limits = Limits {
            plain_bytes: 64_000,
            ..Limits::default()
        };
        stage.roll_with(&Port::new(&stage.items), limits).await;
        stage.check().await;
        let head = head(&stage.items).await;
        assert_eq!(head.revision, 1);
        assert!(head.blocks.len() > 4, "{}", head.blocks.len());
        // Two may have rows of one time, but not of one event.
        let apart = |pair: &[activity_log_core::index::Block]| pair[0].newest <= pair[1].least;
        assert!(head.blocks.windows(2).all(apart));
        stage.merge().await;
        stage.check().await;
    });
}

#[test]
fn a_step_takes_so_much_and_whole_slots() {
    block_on(async {
        let mut stage = Stage::default();
        stage.busy_minute(0).await;
        stage.clock.seal();
        let limits = Limits {
            packed_bytes: 1,
            ..Limits::default()
        };
        let port = Port::new(&stage.items);
        let mut steps = 0;
        while let Step::Rolled(_) = stage.roll_with(&port, limits).await {
            steps += 1;
        }
        // The pages of a range are far larger here than a slot: all that is read is taken.
        assert!(steps >= 1);
        stage.check().await;
    });
}

#[test]
fn records_that_hardly_compress_get_frames_of_fewer_rows() {
    block_on(async {
        let stage = Stage::default();
        let mut number = 1_u64;
        let mut noise = || {
            let bytes = (0..60_000).map(|_| {
                number = number
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                char::from(b'a' + u8::try_from((number >> 40) % 26).unwrap())
            });
            bytes.collect::<String>()
        };
        let now = stage.clock.now();
        for at in 0..40 {
            let text = format!(
                r#"{{"eventTime":"{now}","eventName":"Put","eventID":"n{at}","requestParameters":"{}"}}"#,
                noise()
            );
            let event = activity_log_core::event::Event::stored(&text, "import").unwrap();
            let draft = activity_log_core::pack::ArrivalDraft::new(
                &mut PackEncoder::new().unwrap(),
                account(),
                &[&event],
            );
            let item = draft.unwrap().item(now, 1);
            assert_eq!(stage.items.create(&item).await.unwrap(), Created::New);
        }
        stage.clock.seal();
        assert_eq!(stage.roll().await.totals.kept, 40);
        let head = head(&stage.items).await;
        let mut rows = Vec::new();
        for block in head.blocks.iter().rev() {
            rows.extend(rows_of(&stage.items, block).await.unwrap());
        }
        assert_eq!(rows.len(), 40);
        assert!(rows.is_sorted_by(|a, b| a.id > b.id));
        assert!(head.blocks.len() > 3 && head.revision == 1);
        let largest = stage.items.all().iter().map(|item| item.value.len()).max();
        assert!(largest.unwrap() <= activity_log_core::items::MAX_VALUE_BYTES);
    });
}

#[test]
fn twelve_blocks_become_one_and_a_past_days_become_its_one() {
    block_on(async {
        let mut stage = Stage::default();
        let fan = u32::try_from(FAN).unwrap();
        stage.steps(0, fan - 1).await;
        assert_eq!(stage.merge().await, Merged::Nothing);
        stage.steps(fan - 1, 1).await;
        assert_eq!(stage.merge().await, Merged::Blocks(FAN));
        stage.check().await;
        assert_eq!(stage.merge().await, Merged::Nothing);
        // Replaced blocks are still there.
        assert!(
            stage
                .items
                .all()
                .iter()
                .filter(|item| item.key.partition.starts_with("D#"))
                .count()
                > FAN
        );
        stage.steps(fan, 3).await;
        stage.clock.pass(DAY);
        assert_eq!(stage.merge().await, Merged::Blocks(4));
        stage.check().await;
        let blocks = head(&stage.items).await.blocks;
        assert_eq!((blocks.len(), blocks[0].tier), (1, DAY_TIER));
        // Copies are found in merged blocks.
        let old: Vec<Sent> = stage.came.iter().map(|came| came.sent).take(9).collect();
        let old: Vec<Sent> = old.into_iter().step_by(2).collect();
        stage.arrive(&old).await;
        stage.clock.seal();
        stage.roll().await;
        stage.check().await;
        // After all of it is past its retention.
        stage.clock.pass(40 * DAY);
        assert!(matches!(stage.merge().await, Merged::Expired(1)));
        assert!(head(&stage.items).await.blocks.is_empty());
    });
}

#[test]
fn runs_that_expired_before_they_were_merged_are_left_out() {
    block_on(async {
        let mut stage = Stage::default();
        let mut late = stage.event(1);
        late.time = late.time.plus_millis(-29 * DAY);
        stage.arrive(&[late]).await;
        stage.clock.seal();
        let upto = stage.roll().await.upto;
        // One block with others', which are not late.
        let fan = u32::try_from(FAN).unwrap();
        stage.steps(10, fan - 1).await;
        assert_eq!(stage.merge().await, Merged::Blocks(FAN));
        stage.steps(10 + fan, 1).await;
        let rows = head(&stage.items).await.totals.kept - 1;
        // Nothing is merged for so long that the first is past its retention, and three days more.
        stage.clock.pass(2 * DAY);
        let whole = copy(&stage.items).await;
        stage.clock.pass(3 * DAY);
        stage.items.expire(stage.clock.now());
        assert_eq!(stage.merge().await, Merged::Blocks(2));
        let head = head(&stage.items).await;
        assert_eq!(u64::from(head.blocks[0].rows), rows);
        let told = head
            .expired
            .zip(upto)
            .map(|(expired, upto)| expired <= upto);
        assert_eq!(told, Some(true), "whoever counts knows");
        let rows = rows_of(&stage.items, &head.blocks[0]).await.unwrap();
        assert!(rows.iter().all(|row| row.id != late.id()));

        // What is gone before its time is missed.
        whole.retain(|item| !item.key.partition.starts_with("C#"));
        let now = || stage.clock.now().plus_millis(-3 * DAY);
        let merged = merge(&whole, task(), &now).await;
        assert!(matches!(merged, Err(RollupError::Gone(_))), "{merged:?}");
    });
}

/// As much as is stored, in a store of its own.
pub async fn copy(items: &MemoryItems) -> MemoryItems {
    let copy = MemoryItems::default();
    copy.put(&items.all()).await.unwrap();
    copy
}
