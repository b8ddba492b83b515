//! Whoever is at it dies at any call, and another one finishes.

use crate::port::block_on;
use activity_log_core::pack::PackEncoder;
use activity_log_core::rollup::merge::{FAN, Merged, merge};
use activity_log_core::rollup::roll::{Limits, Step, roll};
use activity_log_store::memory::MemoryItems;

use crate::port::{Death, Port};
use crate::stage::{Stage, task};
use crate::steps::copy;
use crate::stored::check;

const DEATHS: [Death; 3] = [Death::Before, Death::After, Death::Half];

/// A store with something rolled up, and something to roll up.
async fn prepared() -> Stage {
    let mut stage = Stage::default();
    stage.busy_minute(0).await;
    stage.clock.seal();
    stage.roll().await;
    stage.busy_minute(200).await;
    stage.clock.seal();
    stage
}

async fn rolled(stage: &Stage, items: &MemoryItems, port: &Port<'_>, limits: Limits) -> bool {
    let mut encoder = PackEncoder::new().unwrap();
    let now = || stage.clock.now();
    let died = roll(port, task(), &mut encoder, limits, &now)
        .await
        .is_err();
    // Whatever it has left: another one comes, later, and with another cut of the slices.
    let later = Limits {
        plain_bytes: limits.plain_bytes * 2,
        ..limits
    };
    let step = roll(items, task(), &mut encoder, later, &now)
        .await
        .unwrap();
    assert!(died || matches!(step, Step::Nothing));
    check(items, &stage.came).await.unwrap();
    died
}

#[test]
fn a_roll_up_that_dies_at_any_call_is_done_by_the_next() {
    block_on(async {
        let stage = prepared().await;
        for plain_bytes in [1 << 26, 64_000] {
            let limits = Limits {
                plain_bytes,
                ..Limits::default()
            };
            for death in DEATHS {
                let mut died = 0;
                loop {
                    let items = copy(&stage.items).await;
                    let port = Port::dying(&items, died, death);
                    if !rolled(&stage, &items, &port, limits).await {
                        break;
                    }
                    died += 1;
                }
                assert!(died >= 7, "it was called but {died} times");
            }
        }
    });
}

#[test]
fn a_merge_that_dies_at_any_call_is_done_by_the_next() {
    block_on(async {
        let mut stage = Stage::default();
        stage.steps(0, u32::try_from(FAN).unwrap()).await;
        let now = || stage.clock.now();
        for death in DEATHS {
            let mut died = 0;
            loop {
                let items = copy(&stage.items).await;
                let port = Port::dying(&items, died, death);
                if merge(&port, task(), &now).await.is_ok() {
                    break;
                }
                check(&items, &stage.came).await.unwrap();
                let again = merge(&items, task(), &now).await.unwrap();
                assert!(matches!(again, Merged::Blocks(_) | Merged::Nothing));
                check(&items, &stage.came).await.unwrap();
                died += 1;
            }
            assert!(died > FAN);
        }
    });
}
