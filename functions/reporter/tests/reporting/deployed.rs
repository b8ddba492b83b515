//! What the template sets and the code counts on.

use activity_log_core::instant::DAY;
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

/// The claim of a run that died ends sooner than its message comes again, of itself (`heartbeat`); a message of a report
/// that another run works on must be left in the queue.
#[test]
fn a_message_that_is_not_done_comes_again() {
    let function = resource("ReporterFunction");
    let (function, _) = function.split_once("ReporterRole:").unwrap();
    assert!(function.contains("FunctionResponseTypes: [ReportBatchItemFailures]"));
    assert!(function.contains("BatchSize: 1\n"));
}
