//! What deleted trails leave.

use activity_log_archiver::cleaning::clean;
use activity_log_archiver::handler::handle;
use activity_log_archiver::metrics::Cleaned;
use activity_log_control::{DeletedTrail, TrailArchive as _, TrailWriter as _};
use activity_log_core::instant::{Instant, MINUTE};
use activity_log_core::trail::Trail;
use serde_json::value::to_raw_value;

use crate::stage::{Stage, minutes, record};

/// A trail of so many archived windows, deleted.
async fn deleted(stage: &Stage, name: &str, windows: i64) -> Trail {
    let start = stage.app.now();
    let trail = stage
        .trail(name, |trail| trail.settings.validation = false)
        .await;
    stage.ingest(&[record(name, start)]).await;
    stage.at(start.plus_millis((windows * 5 + 1) * MINUTE));
    stage.tick().await;
    let read = stage.read(&trail).await;
    assert!(stage.app.ports.control.delete_trail(&read).await.unwrap());
    read
}

async fn left(stage: &Stage) -> Vec<DeletedTrail> {
    let control = &stage.app.ports.control;
    control.deleted_trails(None, 100).await.unwrap().entries
}

fn end(stage: &Stage) -> Instant {
    stage.app.now().plus_millis(15 * MINUTE)
}

#[tokio::test]
async fn the_tick_deletes_what_deleted_trails_left() {
    let stage = Stage::new().await;
    for name in ["one", "other"] {
        deleted(&stage, name, 3).await;
    }
    assert_eq!(left(&stage).await.len(), 2);
    let tick = serde_json::json!({"detail-type": "Scheduled Event"});
    let done = handle(&stage.app, &to_raw_value(&tick).unwrap(), end(&stage)).await;
    assert_eq!(
        done.unwrap(),
        serde_json::json!({"trails": 0, "cleaned": 2, "uncleaned": 0})
    );
    assert_eq!(left(&stage).await, []);
    assert_eq!(clean(&stage.app, end(&stage)).await, Cleaned::default());
}

#[tokio::test]
async fn without_time_nothing_is_begun_and_the_next_tick_goes_on() {
    let stage = Stage::new().await;
    let trail = deleted(&stage, "audit", 3).await;
    let short = stage.app.now().plus_millis(MINUTE);
    assert_eq!(clean(&stage.app, short).await, Cleaned::default());
    assert_eq!(left(&stage).await, [DeletedTrail(trail.id)]);
    assert_eq!(clean(&stage.app, minutes(60)).await.cleaned_trails, 1);
}

/// A trail that cannot be cleaned up, for ever, keeps neither the tick's messages nor other trails back, and is no reason
/// to send the messages again.
#[tokio::test]
async fn what_cannot_be_cleaned_up_is_counted_and_the_tick_has_done_its_work() {
    let mut stage = Stage::new().await;
    for (name, windows) in [("one", 3), ("other", 2)] {
        deleted(&stage, name, windows).await;
    }
    let bad = left(&stage).await.remove(0);
    stage.app.ports.trails.stays = Some(bad.clone());
    let tick = to_raw_value(&serde_json::json!({"detail-type": "Scheduled Event"})).unwrap();
    let done = handle(&stage.app, &tick, end(&stage)).await;
    assert_eq!(
        done.unwrap(),
        serde_json::json!({"trails": 0, "cleaned": 1, "uncleaned": 1})
    );
    assert_eq!(left(&stage).await, [bad]);
}
