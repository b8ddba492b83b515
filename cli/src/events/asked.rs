//! Which events are asked for.

use activity_log_core::instant::Instant;
use activity_log_core::origin::Origin;
use activity_log_core::query::Attribute;
use activity_log_core::question::Clause;
use clap::Args;
use serde_json::{Map, Value, json};

use crate::when::{self, When};
use crate::zone::Zone;

/// Which events.
#[derive(Clone, Debug, Args)]
pub struct Asked {
    /// What events must say, all of it: `EventName=StopInstances,TerminateInstances`, `Username!=alice`, `ErrorCode!=` (has one)
    #[arg(value_name = "NAME=VALUE", allow_hyphen_values = true)]
    conditions: Vec<Clause>,
    /// The same: ^= begins with, *= contains, != is not; docs/api.md has all of them
    #[arg(long = "where", short = 'w', value_name = "NAME=VALUE")]
    more: Vec<Clause>,
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
    /// Whether the events of Activity Log itself are left out, which was not asked for. Whoever asks how events came means
    /// what is said.
    pub fn hides_own(&self) -> bool {
        let is_origin = |clause: &Clause| matches!(clause, Clause::Attribute(filter) if filter.attribute == Attribute::Origin);
        !self.all && !self.clauses().any(is_origin)
    }

    fn clauses(&self) -> impl Iterator<Item = &Clause> {
        self.conditions.iter().chain(&self.more)
    }

    /// The request's members.
    pub fn body(&self) -> Map<String, Value> {
        let mut texts: Vec<String> = self.clauses().map(Clause::to_string).collect();
        if self.hides_own() {
            let own = [Origin::Service, Origin::Operator].map(|origin| origin.text().into_owned());
            texts.push(format!("{}!={}", Attribute::Origin, own.join(",")));
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
        let mut clauses = conditions.iter().map(|text| text.parse().unwrap());
        Asked {
            conditions: clauses.next().into_iter().collect(),
            more: clauses.collect(),
            all,
        }
    }

    #[test]
    fn own_events_are_left_out_unless_they_are_meant() {
        const NOT_OWN: &str = "Origin!=service,operator";
        for (conditions, all, texts) in [
            (&[][..], false, &[NOT_OWN][..]),
            (&[], true, &[]),
            (
                &["who=alice", "ErrorCode!="],
                false,
                &["Username=alice", "ErrorCode!=", NOT_OWN],
            ),
            (&["origin=service"], false, &["Origin=service"]),
            (
                &["who=alice", " Origin != queue"],
                false,
                &["Username=alice", "Origin!=queue"],
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
