//! The head has a size that it never exceeds.

use activity_log_core::head::{Conflict, Head, MAX_HEAD_BYTES, Untold};
use activity_log_core::items::ItemWriter as _;
use activity_log_core::pack::PackEncoder;
use activity_log_core::rollup::RollupError;
use activity_log_core::rollup::roll::{Limits, Step, roll};
use activity_log_core::slot::Slot;

use crate::port::block_on;
use crate::stage::{Stage, account, task};
use crate::stored::head;

/// Rolls up an event where the head has so many bytes beside.
async fn roll_beside(bytes: usize) -> (Stage, Result<Step, RollupError>) {
    let mut stage = Stage::default();
    let first = Conflict {
        time: stage.clock.now(),
        id: "x".repeat(bytes),
        origin: String::new(),
    };
    let full = Head {
        untold: vec![Untold {
            upto: Slot::of(stage.clock.now()),
            count: 1,
            first: vec![first],
        }],
        ..Head::default()
    };
    let item = full.item(account(), stage.clock.now()).unwrap();
    assert!(stage.items.swap(&item).await.unwrap());
    let event = stage.event(1);
    stage.arrive(&[event]).await;
    stage.clock.seal();
    let mut encoder = PackEncoder::new().unwrap();
    let now = || stage.clock.now();
    let done = roll(&stage.items, task(), &mut encoder, Limits::default(), &now).await;
    (stage, done)
}

#[test]
fn a_step_that_would_make_the_head_too_large_changes_nothing() {
    block_on(async {
        let (_, done) = roll_beside(300_000).await;
        let Step::Rolled(rolled) = done.unwrap() else {
            panic!("it rolls up");
        };
        let most = 300_000 + MAX_HEAD_BYTES - rolled.head_bytes;
        let (_, done) = roll_beside(most).await;
        assert!(
            matches!(done.unwrap(), Step::Rolled(rolled) if rolled.head_bytes == MAX_HEAD_BYTES)
        );
        let (stage, done) = roll_beside(most + 1).await;
        assert!(
            matches!(done, Err(RollupError::HeadTooLarge(bytes)) if bytes == MAX_HEAD_BYTES + 1)
        );
        let mut as_it_was = head(&stage.items).await;
        assert_eq!((as_it_was.revision, as_it_was.watermark), (1, None));
        // With less in it it goes on.
        as_it_was.untold.clear();
        let item = as_it_was.item(account(), stage.clock.now()).unwrap();
        assert!(stage.items.swap(&item).await.unwrap());
        stage.roll().await;
        stage.check().await;
    });
}

#[test]
fn a_block_takes_some_seventy_bytes_of_the_head() {
    block_on(async {
        let mut stage = Stage::default();
        stage.steps(0, 10).await;
        let mut head = head(&stage.items).await;
        let size = |head: &Head| head.item(account(), stage.clock.now()).unwrap().value.len();
        let whole = size(&head);
        let blocks = head.blocks.len();
        head.blocks.clear();
        let of_one = (whole - size(&head)) / blocks;
        assert!((55..75).contains(&of_one), "{of_one}");
    });
}
