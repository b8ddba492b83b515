//! A message does what is due, asks again where there was something, and tells what was left out.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use activity_log_core::head::{Conflict, MAX_HEAD_BYTES, Totals, Untold};
use activity_log_core::instant::{Instant, MINUTE, SECOND};
use activity_log_core::rollup::roll::Rolled;
use activity_log_core::rollup::work::Worked;
use activity_log_core::rollup::{RollupError, Task};
use activity_log_core::slot::Slot;
use activity_log_lambda::queue::Turn;
use activity_log_rollup::metrics::RolledUp;
use activity_log_rollup::queue::Job;
use activity_log_rollup::rolls::Run;
use lambda_runtime::tracing::subscriber;
use serde_json::Value;

use crate::stage::{START, Stage, account, failed};

fn job(number: u32) -> Job {
    Job {
        account: account(number),
        until: START.plus_millis(MINUTE),
    }
}

/// A step that kept 900 rows, up to the slot of this time.
fn step(time: Instant) -> Rolled {
    Rolled {
        upto: Some(Slot::of(time)),
        totals: Totals {
            kept: 900,
            copies: 90,
            conflicts: 0,
        },
        bytes: 40_000,
        head_bytes: 700,
    }
}

fn works(stage: &Stage, number: u32, run: Run) {
    let mut works = stage.script().works.lock().unwrap();
    works.insert(account(number), run);
}

#[tokio::test]
async fn what_is_due_is_done_and_counted_and_busy_accounts_are_asked_again() {
    let stage = Stage::new(2).await;
    let rolled = || Run {
        worked: Worked {
            steps: vec![step(START), step(START.plus_millis(10 * SECOND))],
            merges: 3,
            untold: 0,
        },
        ..Run::default()
    };
    for (second, again) in [(0, true), (49, true), (50, false)] {
        stage.at(START.plus_millis(second * SECOND));
        works(&stage, 1, rolled());
        let (done, counted) = stage.run(job(1)).await;
        assert_eq!(done.unwrap(), Turn::Done);
        let expected = RolledUp {
            roll_ups: 2,
            merges: 3,
            rows_rolled_up: 1_800,
            copies_dropped: 180,
            ..RolledUp::default()
        };
        assert_eq!(counted, expected);
        // Until the next tick asks by itself.
        let expected = (job(1), Duration::from_secs(10));
        assert_eq!(stage.take(), vec![expected; usize::from(again)], "{second}");
    }
    let task = Task {
        account: account(1),
        retention_days: 7,
    };
    assert_eq!(*stage.script().worked.lock().unwrap(), [task; 3]);
}

#[tokio::test]
async fn of_which_nothing_was_due_nothing_is_asked() {
    let stage = Stage::new(1).await;
    let (done, counted) = stage.run(job(0)).await;
    assert_eq!(done.unwrap(), Turn::Done);
    assert_eq!(counted, RolledUp::default());
    // Nor of an account that is gone.
    let (done, _) = stage.run(job(9)).await;
    assert_eq!(done.unwrap(), Turn::Done);
    assert_eq!(stage.take(), []);
}

#[tokio::test]
async fn a_message_of_what_another_run_is_at_comes_again_until_the_next_tick() {
    let stage = Stage::new(1).await;
    for (second, turn) in [(0, Turn::Again), (50, Turn::Done)] {
        stage.at(START.plus_millis(second * SECOND));
        let run = Run {
            is_claimed: true,
            ..Run::default()
        };
        works(&stage, 0, run);
        assert_eq!(stage.run(job(0)).await.0.unwrap(), turn);
    }
    assert_eq!(stage.take(), []);
}

#[tokio::test]
async fn conflicts_are_told_to_the_account() {
    let stage = Stage::new(1).await;
    let one = Conflict {
        time: START.plus_millis(-SECOND),
        id: "twice".to_owned(),
        origin: "queue".to_owned(),
    };
    let untold = Untold {
        upto: Slot::of(START),
        count: 5,
        first: vec![one],
    };
    stage.script().untold.lock().unwrap().push(untold);
    let (done, counted) = stage.run(job(0)).await;
    assert_eq!(done.unwrap(), Turn::Done);
    assert_eq!(counted.untold_conflicts, 0);
    let [(owner, record)] = &stage.log.take()[..] else {
        panic!("one event");
    };
    assert_eq!(*owner, account(0));
    for said in ["ConflictingEvents", "twice", r#""Conflicts":5"#] {
        assert!(record.contains(said), "{record}");
    }

    // What cannot be told is counted, and the roll-up is done.
    stage.log.fail(true);
    works(&stage, 0, Run::default());
    let (done, counted) = stage.run(job(0)).await;
    assert_eq!(done.unwrap(), Turn::Done);
    assert_eq!(counted.untold_conflicts, 1);
}

#[tokio::test]
async fn what_fails_is_counted_with_what_was_done_before() {
    let stage = Stage::new(1).await;
    let errors = [(RollupError::NoTime, 0), (failed("broken on purpose"), 1)];
    for (error, unreadable_arrivals) in errors {
        let run = Run {
            worked: Worked {
                steps: vec![step(START)],
                ..Worked::default()
            },
            error: Some(error),
            ..Run::default()
        };
        works(&stage, 0, run);
        let (done, counted) = stage.run(job(0)).await;
        assert!(done.is_err());
        let expected = RolledUp {
            roll_ups: 1,
            rows_rolled_up: 900,
            copies_dropped: 90,
            roll_ups_failed: 1,
            unreadable_arrivals,
            ..RolledUp::default()
        };
        assert_eq!(counted, expected);
    }
    assert_eq!(stage.take(), []);
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The words that docs/operations.md searches the log for.
#[tokio::test]
async fn a_head_that_is_too_large_is_told_in_the_words_people_search_for() {
    let docs = include_str!("../../../../docs/operations.md");
    let said = "the head is too large";
    assert!(docs.contains(&format!("`{said}`")));
    let lines = Lines::default();
    let writer = lines.clone();
    let log = subscriber::fmt().json().with_writer(move || writer.clone());
    let kept = tracing::subscriber::set_default(log.finish());
    let stage = Stage::new(1).await;
    let run = Run {
        error: Some(RollupError::HeadTooLarge(MAX_HEAD_BYTES + 1)),
        ..Run::default()
    };
    works(&stage, 0, run);
    let (done, counted) = stage.run(job(0)).await;
    drop(kept);
    assert!(done.is_err());
    assert_eq!(
        (counted.roll_ups_failed, counted.unreadable_arrivals),
        (1, 0)
    );
    let lines = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    let told: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(told.len(), 1, "{lines}");
    assert_eq!(
        (&told[0]["level"], &told[0]["fields"]["message"]),
        (&"ERROR".into(), &said.into())
    );
    assert_eq!(told[0]["fields"]["account"], account(0).to_string());
    assert_eq!(told[0]["fields"]["head_bytes"], MAX_HEAD_BYTES + 1);
}
