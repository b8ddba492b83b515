//! How an event came, and who sent it.
//!
//! It is no part of the record's text, which anybody may write: it is known from the way the event took, and kept
//! beside the record. So a producer may send what looks like the service's own event; it stays the producer's.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

const SERVICE: &str = "service";
const OPERATOR: &str = "operator";
const QUEUE: &str = "queue";
const IMPORT: &str = "import";
const EVENT_BRIDGE: &str = "eventbridge";
/// Stands before the user's name.
const PRODUCER: &str = "producer:";

/// How an event came.
///
/// ```
/// use activity_log_core::origin::Origin;
/// let origin: Origin = "producer:alice".parse()?;
/// assert_eq!(origin, Origin::Producer("alice".to_owned()));
/// assert_eq!(Origin::Service.to_string(), "service");
/// assert!("alice".parse::<Origin>().is_err());
/// # Ok::<(), activity_log_core::origin::UnknownOrigin>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Origin {
    /// the service itself: a call to it, a session's end
    Service,
    /// the operator's own tool: a change of users, keys, grants …
    Operator,
    /// `POST /v1/events`, by this user
    Producer(String),
    /// the events queue
    Queue,
    /// a file put into the import bucket
    Import,
    /// EventBridge, by way of the events queue
    EventBridge,
}

/// How far an origin is believed about an event's time and id, which senders choose: of two copies of an event one of
/// the higher rank stays, whichever came first. So nobody who read the id of an event that is still on its way keeps it
/// out by being faster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rank {
    /// a user's
    Producer,
    /// of what the operator lets in: AWS's files and EventBridge, and forwarders on the events queue. One rank, as one event
    /// often comes by two of these ways, and is to be stored once
    LetIn,
    /// the service's and its operator's
    Own,
}

impl Rank {
    /// What every other outranks, or equals.
    pub const LOWEST: Self = Self::Producer;
}

/// The text names no origin.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "{0:?} is no origin: one is {SERVICE}, {OPERATOR}, {PRODUCER}USER, {QUEUE}, {IMPORT} or {EVENT_BRIDGE}"
)]
pub struct UnknownOrigin(pub String);

impl Origin {
    /// Whether only the service and its operator can have told it.
    pub const fn is_own(&self) -> bool {
        matches!(self.rank(), Rank::Own)
    }

    /// How far it is believed.
    pub const fn rank(&self) -> Rank {
        match self {
            Self::Service | Self::Operator => Rank::Own,
            Self::Import | Self::Queue | Self::EventBridge => Rank::LetIn,
            Self::Producer(_) => Rank::Producer,
        }
    }

    /// As it is stored, shown and looked up.
    pub fn text(&self) -> Cow<'static, str> {
        match self {
            Self::Service => SERVICE.into(),
            Self::Operator => OPERATOR.into(),
            Self::Producer(user) => format!("{PRODUCER}{user}").into(),
            Self::Queue => QUEUE.into(),
            Self::Import => IMPORT.into(),
            Self::EventBridge => EVENT_BRIDGE.into(),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

impl FromStr for Origin {
    type Err = UnknownOrigin;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            SERVICE => Ok(Self::Service),
            OPERATOR => Ok(Self::Operator),
            QUEUE => Ok(Self::Queue),
            IMPORT => Ok(Self::Import),
            EVENT_BRIDGE => Ok(Self::EventBridge),
            _ => match text.strip_prefix(PRODUCER) {
                Some(user) if !user.is_empty() => Ok(Self::Producer(user.to_owned())),
                _ => Err(UnknownOrigin(text.to_owned())),
            },
        }
    }
}

impl TryFrom<String> for Origin {
    type Error = UnknownOrigin;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Origin> for String {
    fn from(origin: Origin) -> Self {
        origin.text().into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_round_trip() {
        let all = [
            (Origin::Service, "service"),
            (Origin::Operator, "operator"),
            (Origin::Producer("a:b".to_owned()), "producer:a:b"),
            (Origin::Queue, "queue"),
            (Origin::Import, "import"),
            (Origin::EventBridge, "eventbridge"),
        ];
        for (origin, text) in all {
            assert_eq!(origin.to_string(), text);
            assert_eq!(text.parse(), Ok(origin.clone()));
            let json = serde_json::to_string(&origin).unwrap();
            assert_eq!(json, format!("\"{text}\""));
            assert_eq!(serde_json::from_str::<Origin>(&json).unwrap(), origin);
        }
        for bad in ["", "Service", "producer:", "producer", " queue"] {
            assert!(bad.parse::<Origin>().is_err(), "{bad}");
        }
    }

    #[test]
    fn an_origin_outranks_those_that_more_people_can_say() {
        let ranks = [
            Origin::Producer("import".to_owned()),
            Origin::Import,
            Origin::Service,
        ];
        let ranks = ranks.map(|origin| origin.rank());
        assert!(ranks.is_sorted_by(|lower, higher| lower < higher));
        assert_eq!(ranks[0], Rank::LOWEST);
        for other in [Origin::Queue, Origin::EventBridge] {
            assert_eq!(other.rank(), Origin::Import.rank());
        }
        assert_eq!(Origin::Operator.rank(), Origin::Service.rank());
    }

    #[test]
    fn no_producers_name_makes_an_event_our_own() {
        for user in ["service", "operator", "", "\nservice"] {
            let origin = Origin::Producer(user.to_owned());
            assert!(!origin.is_own());
            let read = origin.to_string().parse::<Origin>();
            assert!(read.is_ok_and(|read| !read.is_own()) || user.is_empty());
        }
        assert!(Origin::Service.is_own() && Origin::Operator.is_own());
        assert!(!Origin::Queue.is_own() && !Origin::Import.is_own());
    }
}
