//! Decisions for archives, before it is rolled up.

use crate::port::block_on;
use activity_log_core::head::{Decided, Drop};
use activity_log_core::instant::{DAY, SECOND};
use activity_log_core::items::{Consistency, ItemReader, key};
use activity_log_core::rollup::RollupError;
use activity_log_core::rollup::arrivals::Span;
use activity_log_core::rollup::decide::{Decision, Settled, decide};
use activity_log_core::rollup::roll::Limits;
use activity_log_core::slot::Slot;

use crate::attacks::padded;
use crate::port::Port;
use crate::stage::{Stage, account};
use crate::stored::head;

impl Stage {
    async fn decide(&self, after: Option<Slot>) -> Result<Decision, RollupError> {
        let span = Span {
            after,
            upto: Slot::last_sealed(self.clock.now()),
        };
        decide(&Port::new(&self.items), account(), span, &|| {
            self.clock.now()
        })
        .await
    }

    async fn settled(&self, after: Option<Slot>) -> Settled {
        match self.decide(after).await.unwrap() {
            Decision::Settled(settled) => *settled,
            other => panic!("{other:?}"),
        }
    }

    async fn decided(&self) -> Decided {
        let items = self
            .items
            .get(&[key::decided(account())], Consistency::Strong)
            .await
            .unwrap();
        Decided::of(items.first()).unwrap()
    }
}

#[test]
fn what_drops_nothing_is_not_written_down() {
    block_on(async {
        let mut stage = Stage::default();
        let event = stage.event(1);
        stage.arrive(&[event]).await;
        stage.clock.seal();
        let before = stage.items.all();
        let settled = stage.settled(None).await;
        assert_eq!((settled.arrivals.len(), settled.drops.len()), (1, 0));
        assert_eq!(stage.items.all(), before);
        // Of slots in which nothing came, neither.
        let after = Some(Slot::last_sealed(stage.clock.now()));
        stage.clock.seal();
        assert!(stage.settled(after).await.arrivals.is_empty());
        assert_eq!(stage.items.all(), before);
        // A copy later on is a drop; it is decided without what is before its time, and with the event itself.
        stage.arrive(&[event]).await;
        stage.clock.seal();
        let after = Some(Slot::last_sealed(stage.clock.now()).previous().previous());
        let settled = stage.settled(after).await;
        assert_eq!(settled.drops.len(), 1);
        assert_eq!(stage.decided().await.drops, settled.drops);
        // And the same once more, without another write.
        let before = stage.items.all();
        assert_eq!(stage.settled(after).await.drops, settled.drops);
        assert_eq!(stage.items.all(), before);
        stage.roll().await;
        stage.check().await;
        let settled = stage.settled(None).await;
        assert!(settled.arrivals.is_empty() && settled.drops.is_empty());
        assert_eq!(settled.head, head(&stage.items).await);
    });
}

#[test]
fn what_unpacks_to_too_much_is_rolled_up_first() {
    block_on(async {
        let stage = Stage::default();
        // Some 4 MB each.
        for number in 0..13 {
            padded(&stage, number).await;
        }
        stage.clock.seal();
        let first = Slot::last_sealed(stage.clock.now());
        let one = stage.settled(None).await;
        assert_eq!(one.arrivals.len(), 13);
        for number in 13..18 {
            padded(&stage, number).await;
        }
        stage.clock.seal();
        // Also if most of it lies before what is asked for: it may have the same events.
        for after in [None, Some(first)] {
            let decided = stage.decide(after).await.unwrap();
            assert!(matches!(decided, Decision::RollUpFirst), "{after:?}");
        }
    });
}

/// However old they are: nobody would look for them again.
#[test]
fn arrivals_are_decided_about_and_rolled_up_as_they_are_by_now() {
    block_on(async {
        let mut stage = Stage::default();
        let event = stage.event(1);
        stage.arrive(&[event]).await;
        stage.clock.pass(DAY);
        let port = Port::lagging(&stage.items);
        let span = Span {
            after: None,
            upto: Slot::last_sealed(stage.clock.now()),
        };
        let now = || stage.clock.now();
        let Decision::Settled(settled) = decide(&port, account(), span, &now).await.unwrap() else {
            panic!();
        };
        assert_eq!(settled.arrivals.len(), 1);
        stage.roll_with(&port, Limits::default()).await;
        stage.check().await;
    });
}

#[test]
fn what_is_not_sealed_is_not_decided() {
    block_on(async {
        let stage = Stage::default();
        let span = Span {
            after: None,
            upto: Slot::of(stage.clock.now()),
        };
        let now = || stage.clock.now();
        let result = decide(&Port::new(&stage.items), account(), span, &now).await;
        assert!(matches!(result, Err(RollupError::NotSealed(_))));
    });
}

#[test]
fn decisions_window_by_window_are_those_of_the_roll_up() {
    block_on(async {
        let mut stage = Stage::default();
        stage.busy_minute(0).await;
        stage.clock.seal();
        stage.roll().await;
        let mut after = head(&stage.items).await.watermark;
        let mut drops: Vec<Drop> = Vec::new();
        let mut arrived = 0;
        for first in [100, 150, 200] {
            stage.busy_minute(first).await;
            stage.clock.seal();
            let settled = stage.settled(after).await;
            arrived += settled
                .arrivals
                .iter()
                .map(|one| one.pack.rows())
                .sum::<usize>();
            drops.extend(settled.drops);
            after = Some(Slot::last_sealed(stage.clock.now()));
            stage.clock.pass(30 * SECOND);
        }
        assert_eq!(stage.decided().await.drops, drops);
        stage.clock.pass(DAY);
        let rolled = stage.roll().await.totals;
        let dropped = usize::try_from(rolled.copies + rolled.conflicts).unwrap();
        assert_eq!(
            (dropped, usize::try_from(rolled.kept).unwrap()),
            (drops.len(), arrived - dropped)
        );
        stage.check().await;
    });
}
