//! `alog lookup`

use std::process::ExitCode;
use std::str::FromStr;

use activity_log_core::instant::Instant;
use clap::Args;

use super::asked::{Asked, Range};
use super::meter::Meter;
use super::output::Output;
use super::pages::{self, Found};
use super::screen;
use crate::printable;
use crate::service::{Address, or_interrupted};

/// Which events, and how to print them.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub struct Arguments {
    #[command(flatten)]
    asked: Asked,
    #[command(flatten)]
    range: Range,
    /// How many events, newest first; or all
    #[arg(short = 'n', long, value_name = "N", default_value = "50")]
    limit: Limit,
    #[command(flatten)]
    output: Output,
    /// Print straight to the terminal, also what is longer than it
    #[arg(long)]
    no_pager: bool,
    #[command(flatten)]
    address: Address,
}

const EXAMPLE: &str = "\
Every condition must hold. A name is an attribute (EventName, Username, ResourceName, …, in any case), one of
who, action, resource, result, source, address, project, region, origin, id, or a path in the record.

  alog lookup --since 2h
  alog lookup ResourceName=i-0a5312b5e5a0d4ed3 ReadOnly=false --since 14d
  alog lookup action=StopInstances,TerminateInstances 'who!=deploy' 'ErrorCode=' --since yesterday
  alog lookup 'result!=ok' 'requestParameters.bucketName^=prod-' -n all --ndjson | jq .";

/// How many events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit(usize);

impl FromStr for Limit {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.parse() {
            Ok(count @ 1..) => Ok(Self(count)),
            _ if text.eq_ignore_ascii_case("all") => Ok(Self(usize::MAX)),
            _ => Err("a number from 1, or all"),
        }
    }
}

impl Limit {
    /// The number.
    pub const fn get(self) -> usize {
        self.0
    }
}

impl Arguments {
    /// Finds and prints them.
    pub async fn run(&self, now: Instant) -> anyhow::Result<ExitCode> {
        let mut body = self.asked.body();
        self.range.put(&mut body, now, &self.output.zone())?;
        let service = self.address.service().await?;
        let meter = Meter::new();
        let reading = pages::read(&service, body, self.limit.get(), |found| meter.show(found));
        let ended =
            or_interrupted(reading, "Nothing is printed: not everything was looked at.").await;
        meter.end();
        let found = match ended {
            Ok(found) => found?,
            Err(code) => return Ok(code),
        };
        let mut lines = self.output.lines();
        let mut printed = if found.events.is_empty() && self.output.is_table() {
            vec![]
        } else {
            lines.of(&found.events)
        };
        printed.extend(lines.end().map(str::to_owned));
        screen::print(&printed, !self.no_pager && self.output.is_table())?;
        self.note(&found);
        Ok(ExitCode::SUCCESS)
    }

    /// What the events alone do not say, on standard error.
    fn note(&self, found: &Found) {
        for warning in &found.warnings {
            eprintln!("warning: {}", printable::escape(warning));
        }
        if found.events.is_empty() {
            let hidden = if self.asked.hides_own() {
                "; those of Activity Log itself were left out (--all shows them)"
            } else {
                ""
            };
            eprintln!("no event matches{hidden}");
        } else if found.has_more {
            let count = found.events.len();
            eprintln!(
                "the newest {count}; there may be more: -n {}, or -n all",
                count * 10
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_a_number_or_all() {
        assert_eq!("7".parse(), Ok(Limit(7)));
        assert_eq!("ALL".parse(), Ok(Limit(usize::MAX)));
        for bad in ["0", "-1", "many", ""] {
            assert!(bad.parse::<Limit>().is_err(), "{bad}");
        }
    }
}
