//! Heartbeats meanwhile: a claim that is renewed between any two calls keeps no run from saving what it did.

use activity_log_control::{ReportReader as _, ReportWork as _};
use activity_log_core::instant::SECOND;
use activity_log_core::reports::{Format, Report};

use crate::stage::{START, Stage, meanwhile};

/// As the run's own heart does it.
fn beat(stage: &Stage, report: &Report) -> impl FnOnce() + Send + 'static {
    let (control, report) = (stage.app.ports.control.clone(), report.clone());
    meanwhile(move || async move {
        let Report { account, id, .. } = report;
        let stored = control.report(account, id, START).await.unwrap().unwrap();
        let from = stored.claimed_until.expect("its run is at work");
        let until = from.plus_millis(10 * SECOND);
        let renewed = control.renew_report(account, id, from, until).await;
        assert!(renewed.unwrap());
    })
}

#[tokio::test]
async fn whenever_the_claim_is_renewed_the_report_is_built() {
    for format in Format::ALL {
        let stage = Stage::with_events(300).await;
        // Every look at the clock takes seconds: progress is saved each time, and never.
        for each in [3 * SECOND, 0] {
            stage.at(START, each);
            let before = stage.app.ports.bucket.state().calls;
            let report = stage.report(format, |_| ()).await;
            assert_eq!(stage.build_to_the_end(&report).await, 1);
            let calls = stage.app.ports.bucket.state().calls - before;
            assert!(calls > 0);
            for call in 1..=calls {
                stage.at(START, each);
                let report = stage.report(format, |_| ()).await;
                let beat = beat(&stage, &report);
                {
                    let mut bucket = stage.app.ports.bucket.state();
                    bucket.meanwhile = Some((bucket.calls + call, Box::new(beat)));
                }
                let worked = stage.build(&report).await.unwrap();
                assert_eq!(worked.reports_ready, 1, "{format}, renewed at call {call}");
                let stored = stage.read(&report).await;
                assert_eq!((stored.progress.rows, stored.claimed_until), (300, None));
            }
        }
    }
}
