//! Waiting until a report is finished, and showing how far it is.

use std::io::IsTerminal as _;
use std::process::ExitCode;
use std::time::Duration;

use activity_log_core::reports::ReportId;
use indicatif::{HumanCount, ProgressBar, ProgressStyle};

use super::found::Found;
use super::{named, path};
use crate::printable;
use crate::service::{Call, Service, Transport, or_interrupted};

/// The first wait between two looks; each is half as long again.
const FIRST_LOOK: Duration = Duration::from_millis(300);
/// The longest.
const LONGEST_LOOK: Duration = Duration::from_secs(5);

/// Waits; gives the finished report, or the exit status if the user interrupts.
pub async fn until_finished(
    service: &Service,
    id: ReportId,
) -> anyhow::Result<Result<Found, ExitCode>> {
    let meter = Meter::new();
    let how_to_go_on = format!(
        "The report is still being made. To wait for it again: alog report show {id} --wait"
    );
    let waiting = poll(service, id, |report| meter.show(report));
    let ended = or_interrupted(waiting, &how_to_go_on).await;
    meter.end();
    match ended {
        Ok(report) => {
            let report = report.map_err(|error| error.context(how_to_go_on))?;
            Ok(Ok(report))
        }
        Err(code) => Ok(Err(code)),
    }
}

async fn poll<T: Transport>(
    service: &Service<T>,
    id: ReportId,
    mut show: impl FnMut(&Found),
) -> anyhow::Result<Found> {
    let mut pause = FIRST_LOOK;
    loop {
        let report = service.ask(&Call::get(path(id))).await;
        let report: Found = report.map_err(|error| named(id, error))?;
        show(&report);
        if report.is_finished() {
            return Ok(report);
        }
        tokio::time::sleep(pause).await;
        pause = (pause + pause / 2).min(LONGEST_LOOK);
    }
}

/// Where the progress goes: standard error, as a bar on a terminal, else as lines.
enum Meter {
    Bar(ProgressBar),
    Lines(std::cell::RefCell<String>),
}

impl Meter {
    fn new() -> Self {
        if !std::io::stderr().is_terminal() {
            return Self::Lines(std::cell::RefCell::default());
        }
        let bar = ProgressBar::new(100);
        bar.enable_steady_tick(Duration::from_millis(200));
        let style = ProgressStyle::with_template("{spinner} {bar:30} {percent}%  {msg}  {elapsed}");
        Self::Bar(match style {
            Ok(style) => bar.with_style(style),
            Err(_) => bar,
        })
    }

    fn show(&self, report: &Found) {
        match self {
            Self::Bar(bar) => {
                bar.set_position(report.percent.into());
                bar.set_message(counts(report));
            }
            Self::Lines(last) => {
                let line = format!("{}%  {}", report.percent, counts(report));
                if *last.borrow() != line {
                    eprintln!("{line}");
                    *last.borrow_mut() = line;
                }
            }
        }
    }

    fn end(&self) {
        if let Self::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }
}

fn counts(report: &Found) -> String {
    format!(
        "{}: {} scanned, {} matched, {} rows",
        printable::escape(&report.state),
        HumanCount(report.scanned),
        HumanCount(report.matched),
        HumanCount(report.rows)
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::found::tests::{ID, told};
    use super::*;
    use crate::service::tests::{Refused, answer, scripted};

    fn state(state: &str, percent: u8) -> String {
        told(
            state,
            &json!({ "percent": percent, "scanned": 1_000 * u32::from(percent) }),
        )
        .to_string()
    }

    #[tokio::test(start_paused = true)]
    async fn it_waits_through_trouble_and_less_and_less_often() {
        let mut answers = vec![
            Ok(answer(200, state("queued", 0))),
            Ok(answer(429, "")),
            Err(Refused),
            Ok(answer(502, "<html>")),
        ];
        answers.extend((0..30).map(|at| Ok(answer(200, state("generating", at)))));
        answers.push(Ok(answer(200, state("ready", 100))));
        let service = scripted(answers);
        let mut shown = Vec::new();
        let start = tokio::time::Instant::now();
        let id = ID.parse().unwrap();
        let report = poll(&service, id, |report| shown.push(counts(report)))
            .await
            .unwrap();
        assert!(report.is_ready());
        assert_eq!(shown.len(), 32);
        assert_eq!(shown[0], "queued: 0 scanned, 0 matched, 0 rows");
        assert_eq!(shown[31], "ready: 100,000 scanned, 0 matched, 0 rows");
        let took = start.elapsed();
        assert!(
            took > 20 * LONGEST_LOOK && took < 32 * LONGEST_LOOK,
            "{took:?}"
        );
        assert_eq!(service.asked().len(), 35);
    }

    #[tokio::test(start_paused = true)]
    async fn a_report_that_is_gone_ends_it() {
        let gone = json!({ "error": { "code": "ReportNotFound", "message": "no such report" } });
        let service = scripted(vec![Ok(answer(404, gone.to_string()))]);
        let error = poll(&service, ID.parse().unwrap(), |_| {})
            .await
            .unwrap_err();
        assert_eq!(
            crate::one_line(&error),
            format!("there is no report {ID} (any more): ReportNotFound: no such report")
        );
    }
}
