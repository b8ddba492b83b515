//! Two at once, one let in at every point where the other waits.

use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use crate::port::block_on;
use activity_log_core::pack::PackEncoder;
use activity_log_core::rollup::merge::{FAN, Merged, merge};
use activity_log_core::rollup::roll::{Limits, Step, roll};

use crate::port::Port;
use crate::stage::{Stage, task};
use crate::steps::copy;
use crate::stored::check;

/// Polls so often; the result, if there is one.
fn poll<F: Future>(mut future: Pin<&mut F>, times: usize) -> Option<F::Output> {
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..times {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return Some(output);
        }
    }
    None
}

#[test]
fn of_two_roll_ups_one_moves_the_head() {
    block_on(async {
        let mut stage = Stage::default();
        stage.busy_minute(0).await;
        stage.clock.seal();
        stage.roll().await;
        stage.busy_minute(200).await;
        stage.clock.seal();
        let mut lost = 0;
        for first in 0.. {
            let items = copy(&stage.items).await;
            let port = Port::yielding(&items, None);
            let now = || stage.clock.now();
            // The other one sees fewer slots as sealed: it has other rows, and makes another run.
            let later = || stage.clock.now().plus_millis(-25_000);
            let (mut a, mut b) = (PackEncoder::new().unwrap(), PackEncoder::new().unwrap());
            let mut one = pin!(roll(&port, task(), &mut a, Limits::default(), &now));
            let is_done = poll(one.as_mut(), first).is_some();
            let other = roll(&port, task(), &mut b, Limits::default(), &later)
                .await
                .unwrap();
            if is_done {
                break;
            }
            let one = one.await.unwrap();
            let won = |step: &Step| matches!(step, Step::Rolled(_));
            // The first may not even have read the head when the other one was done.
            assert!(won(&one) || won(&other), "{one:?} {other:?}");
            lost += usize::from(!won(&one));
            let mut encoder = PackEncoder::new().unwrap();
            roll(&items, task(), &mut encoder, Limits::default(), &now)
                .await
                .unwrap();
            check(&items, &stage.came).await.unwrap();
        }
        assert!(lost > 8, "{lost}");
    });
}

#[test]
fn a_merge_and_a_roll_up_do_not_undo_each_other() {
    block_on(async {
        let mut stage = Stage::default();
        stage.steps(0, u32::try_from(FAN).unwrap()).await;
        stage.busy_minute(500).await;
        stage.clock.seal();
        let now = || stage.clock.now();
        for is_merge_first in [true, false] {
            for first in 0.. {
                let items = copy(&stage.items).await;
                let port = Port::yielding(&items, None);
                let mut encoder = PackEncoder::new().unwrap();
                let mut merging = pin!(merge(&port, task(), &now));
                let mut rolling = pin!(roll(&port, task(), &mut encoder, Limits::default(), &now));
                let (merged, rolled, is_done) = if is_merge_first {
                    let done = poll(merging.as_mut(), first);
                    let rolled = rolling.await.unwrap();
                    match done {
                        Some(merged) => (merged.unwrap(), rolled, true),
                        None => (merging.await.unwrap(), rolled, false),
                    }
                } else {
                    let done = poll(rolling.as_mut(), first);
                    let merged = merging.await.unwrap();
                    match done {
                        Some(rolled) => (merged, rolled.unwrap(), true),
                        None => (merged, rolling.await.unwrap(), false),
                    }
                };
                assert_eq!(merged, Merged::Blocks(FAN));
                assert!(matches!(rolled, Step::Rolled(_)), "{rolled:?}");
                check(&items, &stage.came).await.unwrap();
                if is_done {
                    break;
                }
            }
        }
    });
}
