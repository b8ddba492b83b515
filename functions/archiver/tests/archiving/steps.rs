//! What happens to a trail while the archiver is in the middle of a step.

use activity_log_control::{Claim, TrailArchive as _, TrailWriter as _};
use activity_log_core::subscription::Subscription;
use activity_log_core::trail::Trail;
use activity_log_core::trail::record::{Counts, WindowRecord};
use activity_log_core::window::Window;
use futures::FutureExt as _;

use crate::stage::{START, Stage, minutes, record};

/// Memory answers at once.
fn now<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().unwrap()
}

fn empty(window: Window) -> WindowRecord {
    WindowRecord {
        window,
        counts: Counts::default(),
        retention_over: false,
        archives: Vec::new(),
    }
}

/// A trail with one event in its first window, which is sealed now.
async fn with_an_event(stage: &Stage) -> Trail {
    let trail = stage.trail("audit", |_| {}).await;
    stage.ingest(&[record("e0", START)]).await;
    stage.at(minutes(11));
    trail
}

#[tokio::test]
async fn logging_stopped_while_a_window_is_archived_stays_stopped_and_the_window_archived() {
    let stage = Stage::new().await;
    let trail = with_an_event(&stage).await;
    let control = stage.app.ports.control.clone();
    let old = trail.clone();
    stage.app.ports.buckets.state().meanwhile = Some(Box::new(move || {
        let mut new = old.clone();
        new.logging.stop(minutes(11));
        assert!(now(control.configure_trail(&old, &new)).unwrap());
    }));
    let done = stage.tick().await;
    assert_eq!(done.windows_archived, 2);
    let after = stage.read(&trail).await;
    assert!(!after.logging.is_on());
    assert_eq!(after.progress.watermark, Some(Window::of(minutes(5))));
    // The window was not archived again: nothing it holds has changed.
    assert_eq!(stage.app.ports.buckets.state().calls, 1);
    stage.at(minutes(21)).tick().await;
    assert_eq!(stage.app.ports.buckets.ids("audit"), ["e0"]);
    assert!(stage.read(&trail).await.logging.is_idle());
}

#[tokio::test]
async fn a_run_that_is_overtaken_moves_nothing_back() {
    let stage = Stage::new().await;
    let trail = with_an_event(&stage).await;
    let control = stage.app.ports.control.clone();
    let old = trail.clone();
    stage.app.ports.buckets.state().meanwhile = Some(Box::new(move || {
        // Another run archives this window and the next.
        let first = Window::of(START);
        let subscribed = Subscription::since(START);
        let mut one = old.archived(first, &subscribed);
        assert!(now(control.advance(&old, &one, Some(&empty(first)), None)).unwrap());
        one.revision += 1;
        let two = one.archived(first.next(), &subscribed);
        let record = empty(first.next());
        assert!(now(control.advance(&one, &two, Some(&record), None)).unwrap());
    }));
    let done = stage.tick().await;
    assert_eq!(done.windows_archived, 0, "the other run has done it all");
    let progress = stage.read(&trail).await.progress;
    assert_eq!(progress.watermark, Some(Window::of(minutes(5))));
    assert_eq!(stage.app.ports.buckets.state().calls, 1);
}

#[tokio::test]
async fn a_trail_deleted_meanwhile_and_made_again_is_another() {
    let stage = Stage::new().await;
    let trail = with_an_event(&stage).await;
    let control = stage.app.ports.control.clone();
    let old = trail.clone();
    stage.app.ports.buckets.state().meanwhile = Some(Box::new(move || {
        assert!(now(control.delete_trail(&old)).unwrap());
        let mut again = old.clone();
        again.id = "ff00000000000000".to_owned();
        now(control.create_trail(&again, 2)).unwrap();
    }));
    stage.tick().await;
    let after = stage.read(&trail).await;
    assert_eq!(after.id, "ff00000000000000");
    assert_eq!(after.progress.watermark, None, "nothing of the old one's");
    // The new trail has its own archive of the window: it logs since then too.
    stage.tick().await;
    assert_eq!(stage.app.ports.buckets.archives("audit").len(), 2);
}

#[tokio::test]
async fn two_runs_do_not_work_on_one_trail() {
    let stage = Stage::new().await;
    let trail = with_an_event(&stage).await;
    let control = stage.app.ports.control.clone();
    let until = minutes(20);
    let claim = now(control.claim(trail.account, &trail.name, minutes(11), until));
    assert!(matches!(claim.unwrap(), Claim::Ours(_)));
    assert_eq!(stage.tick().await.windows_archived, 0);
    assert_eq!(stage.app.ports.buckets.state().calls, 0);
    // The other has died: its claim runs out.
    assert!(stage.at(until).tick().await.windows_archived > 0);
    // This one has not: the next may come at once.
    stage.ingest(&[record("e1", minutes(20))]).await;
    stage.at(minutes(26)).tick().await;
    assert_eq!(stage.app.ports.buckets.ids("audit"), ["e0", "e1"]);
}
