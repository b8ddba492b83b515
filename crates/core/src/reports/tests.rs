use super::*;

fn report() -> Report {
    let request = ReportRequest {
        format: Format::Csv,
        start: Instant::from_seconds(0),
        end: Instant::from_seconds(100),
        filters: vec![],
        conditions: vec![],
        columns: vec![],
        plugin: None,
    };
    let now = Instant::parse("2026-11-20T18:15:00.250Z").unwrap();
    let id = ReportId::new(now, [7; 10]);
    let account = "111122223333".parse().unwrap();
    Report::new(account, id, "alice".to_owned(), request, now)
}

#[test]
fn a_ready_report_expires_and_an_abandoned_one_fails() {
    let mut report = report();
    let now = report.created;
    assert!(report.is_unfinished(now.plus_millis(STALLED_MS - 1)));
    let stalled = report.state_at(now.plus_millis(STALLED_MS));
    assert_eq!(stalled.as_str(), "failed");
    assert!(!report.is_unfinished(now.plus_millis(STALLED_MS)));
    report.state = State::Ready {
        finished: now,
        expires: now.plus_millis(LIFETIME_MS),
        size_bytes: 1,
        cut_cells: 0,
    };
    assert_eq!(
        report.state_at(now.plus_millis(LIFETIME_MS - 1)).as_str(),
        "ready"
    );
    assert_eq!(
        report.state_at(now.plus_millis(LIFETIME_MS)).as_str(),
        "expired"
    );
    assert_eq!(report.forgotten(), now.plus_millis(LIFETIME_MS + SHOWN_MS));
}

#[test]
fn a_report_is_stored_as_json_and_named_for_people() {
    let report = report();
    let text = serde_json::to_string(&report).unwrap();
    assert_eq!(serde_json::from_str::<Report>(&text).unwrap(), report);
    assert_eq!(
        report.file_name(),
        "activity-log_111122223333_20261120T181500Z.csv"
    );
    let key = format!("reports/111122223333/{}.csv", report.id);
    assert_eq!(report.object_key(), key);
}
