//! `alog tail`

use std::process::ExitCode;
use std::time::Duration;

use activity_log_core::instant::{Instant, MINUTE, SECOND};
use clap::Args;
use serde_json::{Map, Value};
use time::OffsetDateTime;

use super::asked::Asked;
use super::found::Event;
use super::lookup::Limit;
use super::output::{Lines, Output};
use super::pages;
use super::screen;
use super::seen::Seen;
use crate::printable;
use crate::service::{Address, Service, or_interrupted};
use crate::when::{self, When};

/// The shortest wait between two looks; it grows while nothing comes.
const FIRST_LOOK: Duration = Duration::from_secs(2);
/// The longest. Each look is a call that the log keeps.
const LONGEST_LOOK: Duration = Duration::from_secs(10);
/// How far back a look goes, in milliseconds, but for every few.
const SHORT_LOOK: i64 = MINUTE;
/// How often a look goes back all the way.
const LONG_LOOK_EVERY: i64 = 30 * SECOND;

/// Which events, and whether to wait for more.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub struct Arguments {
    #[command(flatten)]
    asked: Asked,
    /// How many of the newest events to begin with; with --follow, of the time of --late
    #[arg(short = 'n', long, value_name = "N", default_value = "20")]
    limit: Limit,
    /// Go on: print events as they come, each once
    #[arg(short = 'f', long)]
    follow: bool,
    /// How late an event may come and still be printed: the time from the call to its being in the log
    #[arg(long, value_name = "TIME", value_parser = when::parse_since, allow_hyphen_values = true, default_value = "15m", requires = "follow")]
    late: When,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    address: Address,
}

const EXAMPLE: &str = "\
The newest events, the newest last. With --follow, events are printed in the order in which they are seen in the log,
each once. Many come minutes after the call: those that come later than --late are not printed; `alog lookup` finds them.

  alog tail
  alog tail -f 'ErrorCode!='
  alog tail -f ReadOnly=false --ndjson | jq -r .eventName";

impl Arguments {
    /// Prints them, and goes on if that is wanted.
    pub async fn run(&self, now: Instant) -> anyhow::Result<ExitCode> {
        anyhow::ensure!(
            !(self.follow && self.output.is_array()),
            "--json is one array, which has no end here: use --ndjson with --follow"
        );
        let service = self.address.service().await?;
        let following = self.begin(&service, now);
        match or_interrupted(following, "").await {
            Ok(ended) => ended.map(|()| ExitCode::SUCCESS),
            // That is how one leaves it.
            Err(_) if self.follow => Ok(ExitCode::SUCCESS),
            Err(code) => Ok(code),
        }
    }

    async fn begin(&self, service: &Service, now: Instant) -> anyhow::Result<()> {
        let mut seen = Seen::default();
        let late = now.millis() - self.late.start(now, &self.output.zone())?.millis();
        if self.follow {
            // What is in the log before the first line is printed is no news; all that comes later is.
            self.look(service, now.plus_millis(-late), &mut seen)
                .await?;
        }
        let mut body = self.asked.body();
        if self.follow {
            // What is rare is not looked for through all that is kept before the first line.
            let since = now.plus_millis(-late).to_string();
            body.insert("startTime".to_owned(), since.into());
        }
        let found = pages::read(service, body, self.limit.get(), |_| {}).await?;
        for warning in &found.warnings {
            eprintln!("warning: {}", printable::escape(warning));
        }
        let mut lines = self.output.lines();
        let mut events = found.events.clone();
        events.reverse();
        print(&mut lines, &events)?;
        if !self.follow {
            let end = lines.end().map(str::to_owned);
            screen::print(end.as_slice(), false)?;
            return Ok(());
        }
        seen.unseen(found.events)?;
        self.follow(service, (now, late), seen, lines).await
    }

    async fn follow(
        &self,
        service: &Service,
        (begun, late): (Instant, i64),
        mut seen: Seen,
        mut lines: Lines,
    ) -> anyhow::Result<()> {
        let mut pause = FIRST_LOOK;
        let (mut last_long, mut last) = (begun, begun);
        loop {
            tokio::time::sleep(pause).await;
            let now = clock();
            let is_long = now.millis() - last_long.millis() >= LONG_LOOK_EVERY;
            // Counted from when it was looked last, however long that is ago: a machine may have slept.
            let since = if is_long {
                last_long.plus_millis(-late)
            } else {
                last.plus_millis(-late.min(SHORT_LOOK))
            };
            let events = self.look(service, since, &mut seen).await?;
            last = now;
            if is_long {
                last_long = now;
                seen.forget_before(now.plus_millis(-late - MINUTE));
            }
            pause = if events.is_empty() {
                (pause + pause / 2).min(LONGEST_LOOK)
            } else {
                FIRST_LOOK
            };
            if !print(&mut lines, &events)? {
                return Ok(());
            }
        }
    }

    /// The events since then that were not seen, oldest first.
    async fn look(
        &self,
        service: &Service,
        since: Instant,
        seen: &mut Seen,
    ) -> anyhow::Result<Vec<Event>> {
        let mut body: Map<String, Value> = self.asked.body();
        body.insert("startTime".to_owned(), since.to_string().into());
        let found = pages::read(service, body, usize::MAX, |_| {}).await?;
        Ok(seen.unseen(found.events)?)
    }
}

fn clock() -> Instant {
    Instant::from(OffsetDateTime::now_utc())
}

/// Whether anybody still reads.
fn print(lines: &mut Lines, events: &[Event]) -> anyhow::Result<bool> {
    if events.is_empty() {
        return Ok(true);
    }
    Ok(screen::print(&lines.of(events), false)?)
}
