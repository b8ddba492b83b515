//! Reports that are cancelled or deleted at any moment leave nothing behind.

use activity_log_control::{ReportReader as _, ReportWriter as _};
use activity_log_core::instant::{MINUTE, SECOND};
use activity_log_core::reports::{Format, Report, STALLED_MS, State};

use crate::stage::{START, Stage, meanwhile, message};

/// As the API does it.
fn cancel(stage: &Stage, report: &Report, delete: bool) -> impl FnOnce() + Send + 'static {
    let (control, report) = (stage.app.ports.control.clone(), report.clone());
    meanwhile(move || async move {
        let stored = control.report(report.account, report.id, START).await;
        let stored = stored.unwrap().unwrap();
        if delete {
            assert!(control.delete_report(&stored).await.unwrap());
        } else {
            let mut new = stored.clone();
            new.state = State::Cancelled { finished: START };
            assert!(control.change_report(&stored, &new).await.unwrap());
        }
    })
}

#[tokio::test]
async fn whenever_it_is_cancelled_nothing_is_left() {
    for each in [10 * SECOND, 2 * MINUTE] {
        let stage = Stage::with_events(300).await;
        stage.at(START, each);
        let report = stage.report(Format::Json, |_| ()).await;
        stage.build_to_the_end(&report).await;
        let calls = stage.app.ports.bucket.state().calls;
        let ready = stage.keys();
        assert_eq!(ready.len(), 1);
        for (call, delete) in (1..=calls).flat_map(|call| [(call, false), (call, true)]) {
            stage.at(START, each);
            let report = stage.report(Format::Json, |_| ()).await;
            {
                let cancel = cancel(&stage, &report, delete);
                let mut bucket = stage.app.ports.bucket.state();
                let at = bucket.calls + call;
                bucket.meanwhile = Some((at, Box::new(cancel)));
            }
            loop {
                let worked = stage.build(&report).await.unwrap();
                assert_eq!((worked.reports_ready, worked.reports_failed), (0, 0));
                if worked.reports_cancelled == 1 {
                    break;
                }
                assert_eq!(worked.reports_suspended, 1, "{call}");
            }
            assert_eq!(stage.keys(), ready, "cancelled before call {call}");
            assert!(stage.app.ports.bucket.state().open.is_empty(), "{call}");
            let control = &stage.app.ports.control;
            let stored = control
                .report(report.account, report.id, START)
                .await
                .unwrap();
            assert_eq!(stored.is_none(), delete);
            assert!(stored.is_none_or(|stored| stored.state.as_str() == "cancelled"));
        }
    }
}

#[tokio::test]
async fn one_that_ends_between_two_runs_leaves_nothing() {
    let stage = Stage::with_events(300).await;
    for stalls in [false, true] {
        stage.at(START, 3 * MINUTE);
        let report = stage.report(Format::Json, |_| ()).await;
        assert_eq!(stage.build(&report).await.unwrap().reports_suspended, 1);
        assert_eq!(stage.keys().len(), 1, "the tail");
        assert_eq!(stage.app.ports.bucket.state().open.len(), 1);
        if stalls {
            let touched = stage.read(&report).await.touched;
            stage.at(touched.plus_millis(STALLED_MS), 0);
        } else {
            cancel(&stage, &report, false)();
        }
        // The message of the run that was suspended; twice, as the queue may give it.
        for _ in 0..2 {
            assert!(!stage.invoke(message(&report)).await.unwrap());
            assert_eq!(stage.keys(), Vec::<String>::new());
            assert!(stage.app.ports.bucket.state().open.is_empty());
        }
    }
}

#[tokio::test]
async fn one_that_was_cancelled_before_is_not_begun() {
    let stage = Stage::with_events(30).await;
    let report = stage.report(Format::Csv, |_| ()).await;
    cancel(&stage, &report, false)();
    let worked = stage.build(&report).await.unwrap();
    assert_eq!(worked, activity_log_reporter::metrics::Worked::default());
    assert_eq!(stage.app.ports.bucket.state().calls, 0);
}
