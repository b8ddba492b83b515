//! Runs out of time, runs that fail, and runs whose traces are lost: the report is the same, to the byte.

use activity_log_core::instant::{MINUTE, SECOND};
use activity_log_core::reports::{ATTEMPTS, Format, State};

use crate::stage::{START, Stage, message, records};

async fn undisturbed(stage: &Stage, format: Format) -> Vec<u8> {
    let report = stage.report(format, |_| ()).await;
    assert_eq!(stage.build_to_the_end(&report).await, 1);
    stage.object(&report).unwrap()
}

#[tokio::test]
async fn a_report_goes_on_in_as_many_runs_as_it_needs() {
    for format in [Format::Csv, Format::Json] {
        let stage = Stage::with_events(600).await;
        let expected = undisturbed(&stage, format).await;
        // Every look at the clock takes minutes: there is time for a few batches in a quarter of an hour.
        for each in [MINUTE, 4 * MINUTE, 15 * MINUTE] {
            stage.at(START, 0);
            let report = stage.report(format, |_| ()).await;
            stage.at(START, each);
            let mut runs = 1;
            while stage.build(&report).await.unwrap().reports_suspended == 1 {
                assert_eq!(
                    stage.app.ports.queue.0.lock().unwrap().pop(),
                    Some(message(&report))
                );
                let stored = stage.read(&report).await;
                assert_eq!((stored.attempts, stored.claimed_until), (0, None));
                assert_eq!(stored.state, State::Generating);
                assert!((50..=600).contains(&stored.progress.scanned));
                // One tail at a time, whatever it is called.
                let tails = stage
                    .keys()
                    .into_iter()
                    .filter(|key| key.starts_with("tails/"));
                assert_eq!(tails.count(), 1);
                runs += 1;
            }
            assert!(runs > 2, "{runs}");
            assert!(
                stage.object(&report).unwrap() == expected,
                "{format} {each}"
            );
            let stored = stage.read(&report).await;
            assert_eq!(
                (stored.progress.rows, stored.state.as_str()),
                (600, "ready")
            );
            assert!(stage.keys().iter().all(|key| !key.starts_with("tails/")));
            assert!(stage.app.ports.bucket.state().open.is_empty());
        }
    }
}

/// What is in the report is in it once, wherever it lies by then.
#[tokio::test]
async fn a_report_goes_on_over_what_was_rolled_up_meanwhile() {
    let stage = Stage::with_events(600).await;
    let expected = undisturbed(&stage, Format::Csv).await;
    let report = stage.report(Format::Csv, |_| ()).await;
    // They come a second time.
    let copies: Vec<String> = records(600).into_iter().step_by(7).collect();
    stage.at(START, 4 * MINUTE);
    let mut runs = 0;
    loop {
        match runs {
            1 => stage.roll_up(START.plus_millis(MINUTE)).await,
            2 => {
                let later = START.plus_millis(2 * MINUTE);
                stage.ingest(&copies, later).await;
            }
            3 => stage.roll_up(START.plus_millis(3 * MINUTE)).await,
            _ => {}
        }
        if stage.build(&report).await.unwrap().reports_suspended == 0 {
            break;
        }
        runs += 1;
    }
    assert!(runs > 3, "{runs}");
    assert!(stage.object(&report).unwrap() == expected);
    assert_eq!(stage.read(&report).await.progress.rows, 600);
}

#[tokio::test]
async fn whichever_call_fails_the_bytes_are_the_same() {
    for each in [0, 2 * MINUTE] {
        let stage = Stage::with_events(300).await;
        let expected = undisturbed(&stage, Format::Json).await;
        stage.at(START, each);
        let before = stage.app.ports.bucket.state().calls;
        let report = stage.report(Format::Json, |_| ()).await;
        stage.build_to_the_end(&report).await;
        let calls = stage.app.ports.bucket.state().calls - before;
        assert!(calls > 4);
        for call in 1..=calls {
            stage.at(START, each);
            let report = stage.report(Format::Json, |_| ()).await;
            {
                let mut bucket = stage.app.ports.bucket.state();
                bucket.fails = Some((bucket.calls + call, 1));
            }
            let runs = stage.build_to_the_end(&report).await;
            assert!(runs > 1, "the call {call} failed");
            assert_eq!(stage.read(&report).await.state.as_str(), "ready", "{call}");
            assert!(stage.object(&report).unwrap() == expected, "{call}");
            stage.app.ports.bucket.state().fails = None;
            let open = stage.app.ports.bucket.state().open.len();
            assert_eq!(open, 0, "an upload was left open by call {call}");
        }
    }
}

type Lose = fn(&Stage);

#[tokio::test]
async fn a_report_whose_traces_are_lost_begins_again() {
    let stage = Stage::with_events(300).await;
    let expected = undisturbed(&stage, Format::Csv).await;
    let losses: [Lose; 3] = [
        |stage| {
            stage
                .app
                .ports
                .bucket
                .state()
                .objects
                .retain(|key, _| !key.starts_with("tails/"));
        },
        |stage| {
            let mut bucket = stage.app.ports.bucket.state();
            let tails = bucket
                .objects
                .iter_mut()
                .filter(|(key, _)| key.starts_with("tails/"));
            tails.for_each(|(_, bytes)| bytes[0] ^= 1);
        },
        |stage| stage.app.ports.bucket.state().open.clear(),
    ];
    for lose in losses {
        stage.at(START, 0);
        let report = stage.report(Format::Csv, |_| ()).await;
        stage.at(START, 3 * MINUTE);
        assert_eq!(stage.build(&report).await.unwrap().reports_suspended, 1);
        assert_eq!(stage.build(&report).await.unwrap().reports_suspended, 1);
        lose(&stage);
        stage.at(START, 0);
        assert_eq!(stage.build(&report).await.unwrap().reports_ready, 1);
        assert!(stage.object(&report).unwrap() == expected);
        assert_eq!(stage.read(&report).await.progress.rows, 300);
    }
}

#[tokio::test]
async fn progress_is_written_while_it_grows() {
    let stage = Stage::with_events(600).await;
    let report = stage.report(Format::Csv, |_| ()).await;
    stage.at(START, SECOND);
    stage.build(&report).await.unwrap();
    let stored = stage.read(&report).await;
    // Claimed, several times written, ended.
    assert!(stored.revision > 5, "{}", stored.revision);
    let slow = stored.revision;

    let report = stage.report(Format::Csv, |_| ()).await;
    stage.at(START, 0);
    stage.build(&report).await.unwrap();
    assert!(stage.read(&report).await.revision < slow);
}

#[tokio::test]
async fn a_workbook_that_needs_more_than_one_run_is_refused() {
    let stage = Stage::with_events(300).await;
    let report = stage.report(Format::Xlsx, |_| ()).await;
    stage.at(START, 5 * MINUTE);
    let worked = stage.build(&report).await.unwrap();
    assert_eq!(worked.reports_failed, 1);
    let State::Failed { error, .. } = stage.read(&report).await.state else {
        panic!("it did not fail");
    };
    assert_eq!(error.code, "TooLarge");
    assert!(
        error
            .message
            .contains("in one go, within about a quarter of an hour"),
        "{}",
        error.message
    );
    assert!(stage.keys().is_empty());
}

/// Else the function would be killed in the middle of it, and the report be tried over and over.
#[tokio::test]
async fn a_workbook_is_not_begun_to_be_finished_when_there_is_no_time_for_it() {
    for (left, state) in [(SECOND, "ready"), (1, "failed")] {
        let mut stage = Stage::with_events(600).await;
        stage.app.sizes.margin_ms = 15 * MINUTE - left;
        let report = stage.report(Format::Xlsx, |_| ()).await;
        stage.build(&report).await.unwrap();
        let stored = stage.read(&report).await.state;
        assert_eq!(stored.as_str(), state, "{stored:?}");
    }
}

#[tokio::test]
async fn what_never_succeeds_is_given_up() {
    let stage = Stage::with_events(300).await;
    let report = stage.report(Format::Csv, |_| ()).await;
    stage.app.ports.bucket.state().fails = Some((0, usize::MAX));
    let runs = stage.build_to_the_end(&report).await;
    assert_eq!(runs, ATTEMPTS as usize);
    let State::Failed { error, .. } = stage.read(&report).await.state else {
        panic!("it did not fail");
    };
    assert_eq!(error.code, "Internal");
}

#[tokio::test]
async fn a_report_at_which_every_run_dies_is_given_up() {
    use activity_log_control::ReportWork as _;
    let stage = Stage::with_events(30).await;
    let report = stage.report(Format::Csv, |_| ()).await;
    // A run that dies leaves only its claim.
    for _ in 0..ATTEMPTS {
        let now = stage.app.now();
        let control = &stage.app.ports.control;
        control
            .claim_report(report.account, report.id, now, now.plus_millis(1))
            .await
            .unwrap();
        stage.at(now.plus_millis(1), 0);
    }
    assert_eq!(stage.build(&report).await.unwrap().reports_failed, 1);
    assert_eq!(stage.read(&report).await.state.as_str(), "failed");
}
