//! A message does what is due, asks again where there was something, and tells what was left out.

use std::time::Duration;

use activity_log_calls::Conflicting;
use activity_log_core::instant::{Instant, MINUTE, SECOND};
use activity_log_core::window::Window;
use activity_log_lambda::queue::Turn;
use activity_log_rollup::metrics::RolledUp;
use activity_log_rollup::queue::Job;
use activity_log_rollup::rolls::{Step, Task, Worked};

use crate::stage::{START, Stage, account};

fn job(number: u32) -> Job {
    Job {
        account: account(number),
        decide: false,
        until: START.plus_millis(MINUTE),
    }
}

fn step(upto: Instant) -> Step {
    Step {
        upto,
        rows: 900,
        copies: 90,
        conflicts: 0,
        first_conflicts: vec![],
    }
}

fn works(stage: &Stage, number: u32, worked: Worked) {
    let mut works = stage.script().works.lock().unwrap();
    works.insert(account(number), worked);
}

#[tokio::test]
async fn what_is_due_is_done_and_counted_and_busy_accounts_are_asked_again() {
    let stage = Stage::new(2).await;
    let rolled = || Worked {
        steps: vec![step(START), step(START.plus_millis(10 * SECOND))],
        merges: 3,
        ..Worked::default()
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
        let worked = Worked {
            is_claimed: true,
            ..Worked::default()
        };
        works(&stage, 0, worked);
        assert_eq!(stage.run(job(0)).await.0.unwrap(), turn);
    }
    assert_eq!(stage.take(), []);
}

#[tokio::test]
async fn conflicts_are_told_to_the_account_once_a_roll_up_also_where_it_failed_then() {
    let stage = Stage::new(1).await;
    let one = Conflicting {
        time: START.plus_millis(-SECOND),
        id: "twice".to_owned(),
        origin: "queue".to_owned(),
    };
    let with_conflicts = Step {
        conflicts: 5,
        first_conflicts: vec![one],
        ..step(START)
    };
    let worked = || Worked {
        steps: vec![with_conflicts.clone(), step(START.plus_millis(10 * SECOND))],
        error: Some("broken on purpose".into()),
        ..Worked::default()
    };
    works(&stage, 0, worked());
    let (done, counted) = stage.run(job(0)).await;
    assert!(done.is_err());
    let counts = (counted.roll_ups, counted.conflicts_dropped);
    assert_eq!(counts, (2, 5));
    assert_eq!((counted.roll_ups_failed, counted.untold_conflicts), (1, 0));
    let [(owner, record)] = &stage.log.take()[..] else {
        panic!("one event");
    };
    assert_eq!(*owner, account(0));
    for said in ["ConflictingEvents", "twice", r#""Conflicts":5"#] {
        assert!(record.contains(said), "{record}");
    }

    // What cannot be told is counted, and the roll-up is done.
    stage.log.fail(true);
    works(&stage, 0, worked());
    let (_, counted) = stage.run(job(0)).await;
    assert_eq!((counted.roll_ups, counted.untold_conflicts), (2, 1));
}

#[tokio::test]
async fn the_last_sealed_window_is_decided_for_whoever_archives() {
    let stage = Stage::new(1).await;
    let asked = Job {
        decide: true,
        until: START.plus_millis(6 * MINUTE),
        ..job(0)
    };
    // Of the first window the last slot is not sealed at first.
    let first = Window::of(START);
    for (second, window) in [(10, Window::of(START.plus_millis(-1))), (20, first)] {
        stage.at(first.end().plus_millis(second * SECOND));
        let (done, counted) = stage.run(asked).await;
        assert_eq!(done.unwrap(), Turn::Done);
        assert_eq!(counted.windows_decided, 1);
        let decided = stage.script().decided.lock().unwrap().pop();
        assert_eq!(decided, Some((account(0), window)));
    }
    assert_eq!(stage.take(), []);
    // Somebody was faster, or so much arrived that it is rolled up first: it is asked again.
    *stage.script().decides.lock().unwrap() = Some(false);
    let (done, counted) = stage.run(asked).await;
    assert_eq!((done.unwrap(), counted.windows_decided), (Turn::Done, 0));
    assert_eq!(stage.take(), [(asked, Duration::from_secs(10))]);
}
