//! `alog replay`: CloudTrail log files, sent as events that happen now.
//!
//! Files are read whole ([`files`]), their records put in order of time and moved ([`timeline`]),
//! cut into batches ([`batch`]), and each batch is sent until it is answered ([`send`], over
//! [`http`]). [`tally`] counts what became of every record: none is left out of the count.

mod batch;
mod http;
mod reply;
mod send;
mod tally;
mod timeline;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use futures::StreamExt as _;
use indicatif::{ProgressBar, ProgressStyle};
use time::OffsetDateTime;
use tokio::time::Instant;

use crate::logs::files::{self, Found};
use crate::service::Address;
use crate::when::{self, When};
use crate::zone::Zone;
use batch::Batch;
use send::Sender;
use tally::Tally;

/// What to replay, and how.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub struct Arguments {
    /// Log files, or directories to search for *.json, *.json.gz and *.tar.gz
    ///
    /// A file holds {"Records":[…]}, an array of records, or one record a line; gzip'ed or not.
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Send the records with the times they have
    #[arg(long, conflicts_with = "until")]
    keep_times: bool,
    /// When the newest record happens; the others keep their distance [default: now]
    ///
    /// With a fixed time the very same batch can be sent twice: the second is all duplicates.
    #[arg(long, value_name = "TIME", value_parser = when::parse, allow_hyphen_values = true)]
    until: Option<When>,
    /// Print the records as they would be sent, one {"Records":[…]}, and send nothing
    #[arg(long)]
    print: bool,
    /// Events a second, at most [default: as fast as they are taken]
    #[arg(long, value_name = "N", value_parser = parse_rate)]
    rate: Option<f64>,
    /// Events a request
    #[arg(
        long,
        value_name = "N",
        default_value_t = 100,
        value_parser = clap::value_parser!(u16).range(1..=10_000)
    )]
    batch: u16,
    /// Requests at a time
    #[arg(
        long,
        value_name = "N",
        default_value_t = 4,
        value_parser = clap::value_parser!(u16).range(1..=256)
    )]
    concurrency: u16,
    #[command(flatten)]
    address: Address,
}

const EXAMPLE: &str = "\
Sends with the access key in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, whose user must have the
permission `producer`. Only the time of a record is changed (eventTime, or VK's timestamp), and only
its text: all else is sent as it is in the file.

The last line counts all records: accepted (stored now), duplicate (stored before), rejected (each
reason is listed above), and failed (not answered). The exit status is 1 if any was rejected or failed.

  alog replay logs/                                    # a day's files, as if the last call were now
  alog replay logs/ --until 2026-11-20T12:00:00Z       # twice the same: all duplicates
  alog replay export.json.gz --keep-times --rate 500
  alog replay export.json.gz --print > events.json     # to send them otherwise";

/// Reads, moves and sends the records; prints what became of them.
pub async fn run(arguments: &Arguments, now: OffsetDateTime) -> anyhow::Result<ExitCode> {
    let Found {
        mut records,
        digests,
    } = files::read_all(&arguments.paths)?;
    if let Some(note) = files::passed_over(digests) {
        eprintln!("{note}");
    }
    timeline::sort(&mut records);
    let shift_seconds = if arguments.keep_times {
        0
    } else {
        let now = activity_log_core::instant::Instant::from(now);
        let until = arguments.until.unwrap_or(When::Ago(0));
        timeline::shift_seconds(&records, until.end(now, &Zone::utc())?)
    };
    if arguments.print {
        let mut out = std::io::stdout().lock();
        batch::write(&records, shift_seconds, &mut out)?;
        writeln!(out)?;
        return Ok(ExitCode::SUCCESS);
    }
    let transport = http::Events::from_env(&arguments.address.origin()?).await?;
    let sender = Sender::new(transport);
    let batches = batch::cut(&records, usize::from(arguments.batch));

    let progress = progress_bar(records.len());
    let start = Instant::now();
    let mut tally = Tally::default();
    let mut answers = futures::stream::iter(batches)
        .map(|batch| {
            let due = arguments.rate.map(|rate| start + batch.due(rate));
            deliver(&sender, batch, shift_seconds, due)
        })
        .buffer_unordered(usize::from(arguments.concurrency));
    let mut stopped = None;
    while let Some((batch, answer)) = answers.next().await {
        match answer {
            Ok(statuses) => tally.count(batch.records, statuses),
            Err(error) => {
                stopped = Some(error);
                break;
            }
        }
        progress.inc(batch.records.len() as u64);
        progress.set_message(tally.totals());
    }
    drop(answers);
    progress.finish_and_clear();

    tally.rest_failed(records.len(), "not sent, or not answered");
    let mut out = std::io::stdout().lock();
    out.write_all(tally.report().as_bytes())?;
    match stopped {
        Some(error) => Err(error.into()),
        None if tally.is_clean() => Ok(ExitCode::SUCCESS),
        None => Ok(ExitCode::FAILURE),
    }
}

type Answer = Result<Vec<reply::Status>, send::Stopped>;

async fn deliver<'a>(
    sender: &Sender<http::Events>,
    batch: Batch<'a>,
    shift_seconds: i64,
    due: Option<Instant>,
) -> (Batch<'a>, Answer) {
    if let Some(due) = due {
        tokio::time::sleep_until(due).await;
    }
    let body = batch.body(shift_seconds);
    let answer = sender.send(&body, batch.records.len()).await;
    (batch, answer)
}

/// On standard error, and nowhere if that is not a terminal.
fn progress_bar(events: usize) -> ProgressBar {
    let style = ProgressStyle::with_template(
        "{bar:30} {human_pos}/{human_len} events, {per_sec}, {eta} left  {msg}",
    );
    let bar = ProgressBar::new(events as u64);
    bar.enable_steady_tick(Duration::from_millis(200));
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

fn parse_rate(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(rate) if rate.is_finite() && rate > 0.0 => Ok(rate),
        _ => Err("a number of events a second, more than 0".to_owned()),
    }
}
