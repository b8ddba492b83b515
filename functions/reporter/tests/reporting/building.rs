//! Reports that nothing disturbs.

use activity_log_control::ReportWork as _;
use activity_log_core::query::{Attribute, Filter, Says, Test};
use activity_log_core::reports::{Condition, Format, LIFETIME_MS, State};

use crate::stage::{START, Stage, account, ids, message};

#[tokio::test]
async fn a_report_becomes_ready() {
    let stage = Stage::with_events(400).await;
    for format in Format::ALL {
        let report = stage.report(format, |_| ()).await;
        let worked = stage.build(&report).await.unwrap();
        let object = stage.object(&report).unwrap();
        let stored = stage.read(&report).await;
        let expected = State::Ready {
            finished: START,
            expires: START.plus_millis(LIFETIME_MS),
            size_bytes: object.len() as u64,
            cut_cells: 0,
        };
        assert_eq!(stored.state, expected);
        assert_eq!((worked.reports_ready, worked.rows_written), (1, 400));
        assert_eq!(worked.bytes_written, object.len() as u64);
        assert_eq!(
            (stored.progress.scanned, stored.progress.matched),
            (400, 400)
        );
        assert_eq!((stored.claimed_until, stored.checkpoint), (None, None));
        if format == Format::Csv {
            let mut expected: Vec<String> =
                (0..400).map(|number| format!("id-{number:05}")).collect();
            let mut found = ids(&object);
            found.sort();
            expected.sort();
            assert_eq!(found, expected);
        }
        assert!(stage.app.ports.bucket.state().open.is_empty());
    }
}

#[tokio::test]
async fn a_small_report_is_one_object_without_parts() {
    let stage = Stage::with_events(3).await;
    let report = stage.report(Format::Csv, |_| ()).await;
    stage.build(&report).await.unwrap();
    assert_eq!(stage.app.ports.bucket.state().calls, 1);
    assert_eq!(ids(&stage.object(&report).unwrap()).len(), 3);
}

#[tokio::test]
async fn filters_and_conditions_hold() {
    let stage = Stage::with_events(300).await;
    let report = stage
        .report(Format::Csv, |request| {
            request
                .filters
                .push(Filter::is(Attribute::EventName, "DescribeInstances"));
            request.conditions.push(Condition {
                field: "requestParameters.number".to_owned(),
                test: Test::of(Says::Prefix("1".to_owned())),
            });
        })
        .await;
    stage.build(&report).await.unwrap();
    let progress = stage.read(&report).await.progress;
    let expected: Vec<String> = (0..300)
        .filter(|number| number % 3 == 0 && number.to_string().starts_with('1'))
        .map(|number| format!("id-{number:05}"))
        .collect();
    assert_eq!(
        (progress.scanned, progress.matched),
        (100, expected.len() as u64)
    );
    let mut found = ids(&stage.object(&report).unwrap());
    found.sort();
    assert_eq!(found, expected);
}

#[tokio::test]
async fn what_is_older_than_the_accounts_retention_is_not_read() {
    let mut stage = Stage::with_events(30).await;
    // Nothing is young enough but what happened at that very time.
    stage.app.retention_days = 0;
    let report = stage.report(Format::Csv, |_| ()).await;
    stage.build(&report).await.unwrap();
    assert_eq!(stage.read(&report).await.progress.scanned, 2);
}

#[tokio::test]
async fn a_message_given_twice_does_nothing_twice() {
    let stage = Stage::with_events(30).await;
    let report = stage.report(Format::Csv, |_| ()).await;
    stage.build(&report).await.unwrap();
    let (stored, calls) = (
        stage.read(&report).await,
        stage.app.ports.bucket.state().calls,
    );
    let worked = stage.build(&report).await.unwrap();
    assert_eq!(worked.reports_ready, 0);
    assert_eq!(stage.read(&report).await, stored);
    assert_eq!(stage.app.ports.bucket.state().calls, calls);
}

#[tokio::test]
async fn a_report_that_another_run_owns_is_left_to_it() {
    let stage = Stage::with_events(30).await;
    let report = stage.report(Format::Csv, |_| ()).await;
    let until = START.plus_millis(1_000);
    let control = &stage.app.ports.control;
    control
        .claim_report(account(), report.id, START, until)
        .await
        .unwrap();
    let stored = stage.read(&report).await;
    // The message stays, or nobody would build the report if that run died.
    assert!(stage.invoke(message(&report)).await.unwrap());
    assert_eq!(stage.read(&report).await, stored);
    // Its run died, and its claim with it.
    stage.at(START.plus_millis(1_000), 0);
    assert!(!stage.invoke(message(&report)).await.unwrap());
    let stored = stage.read(&report).await;
    assert_eq!((stored.state.as_str(), stored.attempts), ("ready", 2));
    assert!(!stage.invoke(message(&report)).await.unwrap());
}
