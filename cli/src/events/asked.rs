//! Which events are asked for.

use activity_log_core::instant::Instant;
use clap::Args;
use serde_json::{Map, Value, json};

use crate::when::{self, When};
use crate::zone::Zone;

/// What hides the events of Activity Log itself.
const NOT_OWN: &str = "Origin!=service,operator";
/// Names of what says how an event came: whoever asks for it means it.
const ORIGIN: &str = "origin";

/// Which events.
#[derive(Clone, Debug, Args)]
pub struct Asked {
    /// What events must say, all of it: `EventName=StopInstances,TerminateInstances`, `Username!=alice`, `ErrorCode!=` (has one)
    #[arg(value_name = "NAME=VALUE")]
    conditions: Vec<String>,
    /// The same: ^= begins with, *= contains, != is not; docs/api.md has all of them
    #[arg(long = "where", short = 'w', value_name = "NAME=VALUE")]
    more: Vec<String>,
    /// Events of Activity Log itself too: who read the log, who changed it
    #[arg(long)]
    all: bool,
}

/// Of which time.
#[derive(Clone, Copy, Debug, Args)]
pub struct Range {
    /// Earliest event time: 2h, 7d, yesterday, 2026-11-20, RFC 3339 [default: as far back as events are kept]
    #[arg(long, alias = "start", value_name = "TIME", value_parser = when::parse_since, allow_hyphen_values = true)]
    since: Option<When>,
    /// Latest event time: the same; of a day its end [default: now]
    #[arg(long, alias = "end", value_name = "TIME", value_parser = when::parse_since, allow_hyphen_values = true)]
    until: Option<When>,
}

impl Asked {
    /// Whether the events of Activity Log itself are left out, which was not asked for.
    pub fn hides_own(&self) -> bool {
        let names_origin = |text: &&String| {
            let start = text.trim_start().get(..ORIGIN.len());
            start.is_some_and(|start| start.eq_ignore_ascii_case(ORIGIN))
        };
        !self.all && self.texts().find(names_origin).is_none()
    }

    fn texts(&self) -> impl Iterator<Item = &String> {
        self.conditions.iter().chain(&self.more)
    }

    /// The request's members.
    pub fn body(&self) -> Map<String, Value> {
        let mut texts: Vec<&str> = self.texts().map(String::as_str).collect();
        if self.hides_own() {
            texts.push(NOT_OWN);
        }
        let mut body = Map::new();
        if !texts.is_empty() {
            body.insert("where".to_owned(), json!(texts));
        }
        body
    }
}

impl Range {
    /// Adds the times to a request.
    pub fn put(
        self,
        body: &mut Map<String, Value>,
        now: Instant,
        zone: &Zone,
    ) -> anyhow::Result<()> {
        if let Some(since) = self.since {
            let start = since.start(now, zone)?;
            body.insert("startTime".to_owned(), start.to_string().into());
        }
        if let Some(until) = self.until {
            let end = until.end(now, zone)?;
            body.insert("endTime".to_owned(), end.to_string().into());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(conditions: &[&str], all: bool) -> Asked {
        let mut texts = conditions.iter().map(|text| (*text).to_owned());
        Asked {
            conditions: texts.next().into_iter().collect(),
            more: texts.collect(),
            all,
        }
    }

    #[test]
    fn own_events_are_left_out_unless_they_are_meant() {
        for (conditions, all, texts) in [
            (&[][..], false, &["Origin!=service,operator"][..]),
            (&[], true, &[]),
            (
                &["who=alice", "ErrorCode!="],
                false,
                &["who=alice", "ErrorCode!=", "Origin!=service,operator"],
            ),
            (&["origin=service"], false, &["origin=service"]),
            (
                &["who=alice", " Origin = queue"],
                false,
                &["who=alice", " Origin = queue"],
            ),
        ] {
            let asked = asked(conditions, all);
            let body = asked.body();
            let told = body.get("where").cloned().unwrap_or_else(|| json!([]));
            assert_eq!(told, json!(texts));
            assert_eq!(asked.hides_own(), texts.contains(&NOT_OWN));
        }
    }
}
