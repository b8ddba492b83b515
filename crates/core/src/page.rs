//! A page of found events, and the position after which the next one goes on.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use crate::event::ResourceSource;
use crate::instant::Instant;

/// Where an event stands in read order: newest first by time, then by id, descending.
///
/// `a < b` means that `a` is read before `b`. Up to 110 real events share a second, so time alone
/// is never a position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// the event's time
    pub time: Instant,
    /// the event's id
    pub id: String,
}

impl Position {
    /// The position as borrowed parts, for comparing without allocating.
    pub fn order(&self, time: Instant, id: &str) -> Ordering {
        time.cmp(&self.time).then_with(|| id.cmp(&self.id))
    }
}

impl Ord for Position {
    fn cmp(&self, other: &Self) -> Ordering {
        self.order(other.time, &other.id)
    }
}

impl PartialOrd for Position {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A resource an event touched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// its ARN or name
    pub name: Option<String>,
    /// its type, such as `AWS::S3::Bucket`
    pub kind: Option<String>,
    /// where the record says that it was touched
    pub source: ResourceSource,
}

/// An event as readers get it: its lookup fields and the record, verbatim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundEvent {
    /// time and id
    pub position: Position,
    /// `eventName`
    pub name: String,
    /// `eventSource`
    pub source: Option<String>,
    /// the caller's name
    pub username: Option<String>,
    /// the caller's access key id
    pub access_key_id: Option<String>,
    /// the project, in records of K2 and VK
    pub project: Option<String>,
    /// how it came ([`crate::origin::Origin::text`])
    pub origin: String,
    /// whether the call only read; inferred from the name where the record does not say
    pub read_only: bool,
    /// what it touched
    pub resources: Vec<Resource>,
    /// the record as it came, JSON text
    pub record: String,
}

/// Tells the time.
pub type Clock = Arc<dyn Fn() -> Instant + Send + Sync>;

/// When reading for a page is to end, by whose clock. The page then ends where it is, and says where to go on.
#[derive(Clone)]
pub struct Deadline {
    at: Instant,
    clock: Clock,
}

impl Deadline {
    /// At this time by this clock.
    pub fn new(at: Instant, clock: Clock) -> Self {
        Self { at, clock }
    }

    /// Milliseconds until then; none once it is over.
    pub fn left_ms(&self) -> u64 {
        let left = self.at.millis() - (self.clock)().millis();
        u64::try_from(left).unwrap_or(0)
    }

    /// Whether it is over.
    pub fn is_over(&self) -> bool {
        self.left_ms() == 0
    }
}

impl fmt::Debug for Deadline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deadline")
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
}

/// How much of an answer is wanted at once.
#[derive(Clone, Debug)]
pub struct PageRequest {
    /// at most this many events, at least 1
    pub max_events: usize,
    /// stop before the records together exceed this many bytes (one event is always given)
    pub max_bytes: usize,
    /// go on after this position; from the newest if `None`
    pub after: Option<Position>,
    /// nothing older than this exists for the reader (now − retention)
    pub horizon: Instant,
    /// the time of the request
    pub now: Instant,
    /// when reading ends, if it does before the page is full
    pub deadline: Option<Deadline>,
}

/// Part of an answer.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// newest first, each event once
    pub events: Vec<FoundEvent>,
    /// position to go on after; `None` means the answer is complete
    pub next: Option<Position>,
}

/// Length of a JSON text where it stands in a string of another one, as an answer does in the envelope that a Lambda
/// function gives. JSON text holds no raw control characters, so quotes and backslashes are all that grows.
pub fn escaped_len(json: &str) -> usize {
    let escaped = json.bytes().filter(|byte| matches!(byte, b'"' | b'\\'));
    json.len() + escaped.count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64, id: &str) -> Position {
        Position {
            time: Instant::from_seconds(seconds),
            id: id.to_owned(),
        }
    }

    #[test]
    fn newer_comes_first_then_the_greater_id() {
        assert!(at(2, "a") < at(1, "b"));
        assert!(at(1, "b") < at(1, "a"));
        assert_eq!(at(1, "a").cmp(&at(1, "a")), Ordering::Equal);
    }
}
