//! What the answers must be, told the slow way: every row that ever arrived, judged pair by pair.

use activity_log_core::event::Event;
use activity_log_core::instant::Instant;
use activity_log_core::items::key::ContentHash;
use activity_log_core::origin::Rank;
use activity_log_core::page::Position;
use activity_log_core::query::{Attribute, Filter, Query, Says, Test};
use activity_log_core::slot::Slot;

/// A row as it arrived.
#[derive(Clone, Debug)]
pub struct Arrived {
    pub slot: Slot,
    pub written: Instant,
    pub hash: ContentHash,
    pub row: usize,
    pub text: String,
    pub origin: String,
    pub position: Position,
    pub rank: Rank,
}

impl Arrived {
    pub fn event(&self) -> Event<'_> {
        Event::stored(&self.text, &self.origin).unwrap()
    }

    fn is_before(&self, other: &Self) -> bool {
        let key = |row: &Self| {
            (
                row.slot,
                std::cmp::Reverse(row.rank),
                row.written,
                row.hash,
                row.row,
            )
        };
        key(self) < key(other)
    }
}

/// Everything that arrived.
#[derive(Clone, Debug, Default)]
pub struct Model {
    pub rows: Vec<Arrived>,
}

impl Model {
    /// What stays: a row is dropped if one before it has a rank that is at least its own.
    pub fn kept(&self) -> Vec<&Arrived> {
        let mut by_event: std::collections::HashMap<(Instant, &str), Vec<&Arrived>> =
            std::collections::HashMap::new();
        for row in &self.rows {
            let event = (row.position.time, &*row.position.id);
            by_event.entry(event).or_default().push(row);
        }
        let mut kept = Vec::new();
        for rows in by_event.into_values() {
            for row in &rows {
                let drops = |other: &&&Arrived| other.is_before(row) && other.rank >= row.rank;
                if !rows.iter().any(|other| drops(&other)) {
                    kept.push(*row);
                }
            }
        }
        kept
    }

    /// The answer: each event once, the row of the highest rank of those that match.
    pub fn answer(&self, query: &Query, horizon: Instant) -> Vec<&Arrived> {
        let mut rows = self.kept();
        rows.retain(|row| {
            let time = row.position.time;
            time >= horizon
                && query.start.is_none_or(|start| time >= start)
                && query.end.is_none_or(|end| time <= end)
                && query
                    .filters
                    .iter()
                    .all(|filter| holds(filter, &row.event()))
        });
        rows.sort_by(|a, b| {
            let position = a.position.cmp(&b.position);
            position.then(b.rank.cmp(&a.rank))
        });
        rows.dedup_by(|later, earlier| later.position == earlier.position);
        rows
    }
}

fn holds(filter: &Filter, event: &Event<'_>) -> bool {
    let read_only = event.read_only.to_string();
    let resources = event.fields.resources.iter();
    let values: Vec<&str> = match filter.attribute {
        Attribute::EventId => vec![&*event.id],
        Attribute::EventName => vec![&*event.fields.name],
        Attribute::ReadOnly => vec![&*read_only],
        Attribute::Username => event.fields.username.as_deref().into_iter().collect(),
        Attribute::EventSource => event.fields.source.as_deref().into_iter().collect(),
        Attribute::ErrorCode => event.fields.error_code.as_deref().into_iter().collect(),
        Attribute::ResourceName => resources.filter_map(|one| one.name.as_deref()).collect(),
        Attribute::Origin => vec![&*event.origin],
        other => panic!("{other} is not asked for here"),
    };
    says(&filter.test, &values) != filter.test.negated
}

/// Whether one of the values says what a test asks for, told in the plainest way.
fn says(test: &Test, values: &[&str]) -> bool {
    let folded = |part: &str| {
        if test.ignore_case {
            part.to_lowercase()
        } else {
            part.to_owned()
        }
    };
    values
        .iter()
        .map(|value| folded(value))
        .any(|value| match &test.says {
            Says::Is(texts) => texts.iter().any(|part| value == folded(part)),
            Says::Prefix(part) => value.starts_with(&folded(part)),
            Says::Contains(part) => value.contains(&folded(part)),
            Says::Something => !value.is_empty(),
        })
}
