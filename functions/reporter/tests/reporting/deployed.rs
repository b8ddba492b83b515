//! What the template sets and the code counts on.

use activity_log_core::instant::{DAY, SECOND};
use activity_log_core::reports::LIFETIME_MS;

const TEMPLATE: &str = include_str!("../../../../template.yaml");

/// The template from a resource on.
fn resource(name: &str) -> &'static str {
    let (_, text) = TEMPLATE
        .split_once(&format!("\n  {name}:\n"))
        .expect("there is such a resource");
    text
}

/// The number that follows a text for the first time.
fn number(text: &str, name: &str) -> i64 {
    let (_, behind) = text.split_once(name).expect("it is set");
    let digits = behind.split(|char: char| !char.is_ascii_digit()).next();
    digits.unwrap_or_default().parse().unwrap()
}

/// S3 counts an object's days from the beginning of its upload, a report from its end.
#[test]
fn a_file_is_there_as_long_as_its_report() {
    let days = number(
        resource("ReportsBucket"),
        "Prefix: reports/, ExpirationInDays: ",
    );
    assert!(days * DAY >= LIFETIME_MS + DAY, "{days} days");
}

#[test]
fn a_message_that_comes_again_finds_no_dead_runs_claim() {
    let hidden = number(resource("WorkQueue"), "VisibilityTimeout: ");
    let function = resource("ReporterFunction");
    let runs = number(function, "      Timeout: ");
    // As `report::CLAIM_MARGIN_MS`, and minutes until the invocation began.
    assert!(hidden * SECOND > runs * SECOND + 30 * SECOND + 3 * 60 * SECOND);
    let (function, _) = function.split_once("ReporterRole:").unwrap();
    assert!(function.contains("FunctionResponseTypes: [ReportBatchItemFailures]"));
    assert!(function.contains("BatchSize: 1\n"));
}
