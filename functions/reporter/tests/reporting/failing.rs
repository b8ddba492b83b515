//! Reports that cannot be built: told why, and nothing of them is left.

use activity_log_core::reports::{Failure, Format, Report, State};

use crate::stage::{Stage, ids};

pub async fn failure(stage: &Stage, report: &Report) -> Failure {
    match stage.read(report).await.state {
        State::Failed { error, .. } => error,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_report_larger_than_it_may_be_fails_and_one_beside_it_does_not() {
    let mut stage = Stage::with_events(400).await;
    stage.app.sizes.report_bytes = 20_000;
    let (large, small) = (
        stage.report(Format::Json, |_| ()).await,
        stage
            .report(Format::Csv, |request| {
                request.columns = vec!["eventID".to_owned()];
            })
            .await,
    );
    let worked = stage.build(&large).await.unwrap();
    assert_eq!((worked.reports_failed, worked.plugin_failures), (1, 0));
    stage.build(&small).await.unwrap();
    let error = failure(&stage, &large).await;
    assert_eq!(error.code, "TooLarge");
    assert!(
        error.message.contains("more than the 20000 bytes"),
        "{}",
        error.message
    );
    assert_eq!(stage.object(&large), None);
    assert_eq!(ids(&stage.object(&small).unwrap()).len(), 400);
    assert!(stage.app.ports.bucket.state().open.is_empty());
}

#[tokio::test]
async fn a_workbook_too_large_for_the_disk_fails() {
    let mut stage = Stage::with_events(400).await;
    stage.app.sizes.disk_bytes = 20_000;
    let report = stage.report(Format::Xlsx, |_| ()).await;
    stage.build(&report).await.unwrap();
    let error = failure(&stage, &report).await;
    assert_eq!(error.code, "TooLarge");
    assert!(error.message.contains("choose CSV"), "{}", error.message);
}
