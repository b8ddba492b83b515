//! What a reader asks for: a time range and attribute filters, all of which must hold.

mod filter;
mod test;

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::instant::Instant;
use crate::origin::Origin;

pub use filter::{Filter, FilterError};
pub use test::{MAX_VALUES, Ready, Says, Test, TestError, TestShape, Texts};

/// Longest attribute value one can filter by, in characters (CloudTrail's own limit).
pub const MAX_VALUE_CHARS: usize = 2_000;
/// What stands at the end of a value that was cut.
pub const CUT: char = '…';
/// Most filters of one query.
pub const MAX_FILTERS: usize = 10;

/// A lookup field of an event.
///
/// The first eight are CloudTrail's `LookupAttributes` keys; the others are what its users ask for. What a new one takes,
/// `docs/architecture.md` lists ("To add an attribute").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Attribute {
    /// `eventID`
    EventId,
    /// `eventName`, case sensitive
    EventName,
    /// `readOnly`: "true" or "false"
    ReadOnly,
    /// the caller's name (see [`crate::event`] for how it is found)
    Username,
    /// the type of something the event touched
    ResourceType,
    /// the name of something the event touched, or one of its other names ([`crate::event::other_names`])
    ResourceName,
    /// `eventSource`
    EventSource,
    /// `userIdentity.accessKeyId`
    AccessKeyId,
    /// `errorCode`
    ErrorCode,
    /// `sourceIPAddress`
    SourceIp,
    /// the project, in records of K2 and VK
    Project,
    /// how the event came ([`crate::origin::Origin::text`])
    Origin,
    /// `requestID`
    RequestId,
    /// the product that `userAgent` begins with, without its version
    UserAgent,
    /// `awsRegion`
    Region,
    /// `userIdentity.arn`
    PrincipalArn,
    /// `eventType`
    EventType,
}

impl Attribute {
    /// Every attribute, in the order of the documentation.
    pub const ALL: [Self; 17] = [
        Self::EventId,
        Self::EventName,
        Self::ReadOnly,
        Self::Username,
        Self::ResourceType,
        Self::ResourceName,
        Self::EventSource,
        Self::AccessKeyId,
        Self::ErrorCode,
        Self::SourceIp,
        Self::Project,
        Self::Origin,
        Self::RequestId,
        Self::UserAgent,
        Self::Region,
        Self::PrincipalArn,
        Self::EventType,
    ];

    /// The name clients use.
    pub const fn name(self) -> &'static str {
        match self {
            Self::EventId => "EventId",
            Self::EventName => "EventName",
            Self::ReadOnly => "ReadOnly",
            Self::Username => "Username",
            Self::ResourceType => "ResourceType",
            Self::ResourceName => "ResourceName",
            Self::EventSource => "EventSource",
            Self::AccessKeyId => "AccessKeyId",
            Self::ErrorCode => "ErrorCode",
            Self::SourceIp => "SourceIp",
            Self::Project => "Project",
            Self::Origin => "Origin",
            Self::RequestId => "RequestId",
            Self::UserAgent => "UserAgent",
            Self::Region => "Region",
            Self::PrincipalArn => "PrincipalArn",
            Self::EventType => "EventType",
        }
    }

    /// Whether any event can have this value; else what values there are. Who asks for another would find nothing, and
    /// not know why.
    pub fn takes(self, value: &str) -> Result<(), &'static str> {
        match self {
            Self::ReadOnly if !["true", "false"].contains(&value) => {
                Err("ReadOnly is 'true' or 'false'")
            }
            Self::Origin if value.parse::<Origin>().is_err() => {
                Err("Origin is service, operator, producer:USER, queue, import or eventbridge")
            }
            Self::UserAgent if value.contains(['/', ' ']) => {
                Err("UserAgent is the product alone, such as aws-cli")
            }
            _ => Ok(()),
        }
    }

    /// Whether this may be a part of a value that an event can have; else what values there are.
    pub fn takes_part(self, text: &str) -> Result<(), &'static str> {
        match self {
            Self::UserAgent => self.takes(text),
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// No attribute has this name.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("\"{0}\" is not an attribute")]
pub struct UnknownAttribute(pub String);

impl FromStr for Attribute {
    type Err = UnknownAttribute;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|attribute| attribute.name() == name)
            .ok_or_else(|| UnknownAttribute(name.to_owned()))
    }
}

/// A value as events are indexed by it: of a longer one than [`MAX_VALUE_CHARS`] the first characters, and [`CUT`] for
/// the rest. What happened is not refused for a long name; whoever asks for the whole one finds what is cut alike.
///
/// ```
/// use activity_log_core::query::{MAX_VALUE_CHARS, looked_up};
/// assert_eq!(looked_up("alice".into()), "alice");
/// let long = looked_up("é".repeat(3_000).into());
/// assert_eq!(long.chars().count(), MAX_VALUE_CHARS);
/// assert!(long.ends_with("é…"));
/// ```
pub fn looked_up(value: Cow<'_, str>) -> Cow<'_, str> {
    // Bytes first: counting characters is only worth it when they could be too many.
    if value.len() <= MAX_VALUE_CHARS || value.chars().count() <= MAX_VALUE_CHARS {
        return value;
    }
    let kept = value.chars().take(MAX_VALUE_CHARS - 1);
    Cow::Owned(kept.chain([CUT]).collect())
}

/// A question: events in a time range for which every filter holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Query {
    /// earliest event time, inclusive
    pub start: Option<Instant>,
    /// latest event time, inclusive
    pub end: Option<Instant>,
    /// all must hold
    pub filters: Vec<Filter>,
}

impl Query {
    /// The value every event must have for `ReadOnly`; `Some(None)` if the filters exclude everything
    /// (both values asked for, or a value that is neither). `None`: either.
    pub fn read_only(&self) -> Option<Option<bool>> {
        let may_be = |value: &str| {
            let mut filters = self.filters.iter();
            filters.all(|filter| {
                filter.attribute != Attribute::ReadOnly || filter.test.ready().holds([value])
            })
        };
        match (may_be("true"), may_be("false")) {
            (true, true) => None,
            (true, false) => Some(Some(true)),
            (false, true) => Some(Some(false)),
            (false, false) => Some(None),
        }
    }

    /// Whether some filter can only be told by columns ([`Filter::needs_columns`]).
    pub fn needs_columns(&self) -> bool {
        self.filters.iter().any(Filter::needs_columns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attribute_names_round_trip() {
        for attribute in Attribute::ALL {
            assert_eq!(attribute.name().parse(), Ok(attribute));
            let json = serde_json::to_string(&attribute).unwrap();
            assert_eq!(json, format!("\"{attribute}\""));
        }
        assert!("eventname".parse::<Attribute>().is_err());
    }

    #[test]
    fn what_no_event_can_have_is_refused() {
        for (attribute, taken, refused) in [
            (Attribute::ReadOnly, "true", "True"),
            (Attribute::Origin, "producer:alice", "producer"),
            (Attribute::UserAgent, "aws-cli", "aws-cli/2.17.0"),
            (Attribute::UserAgent, "APN", "APN 1"),
        ] {
            assert_eq!(attribute.takes(taken), Ok(()));
            assert!(attribute.takes(refused).is_err(), "{attribute} {refused}");
        }
        for attribute in Attribute::ALL {
            let has_rule = [Attribute::ReadOnly, Attribute::Origin, Attribute::UserAgent];
            let taken = attribute.takes("a/b c").is_ok();
            assert_ne!(taken, has_rule.contains(&attribute));
        }
    }

    #[test]
    fn read_only_filters_that_contradict_match_nothing() {
        let query = |values: &[&str]| Query {
            filters: values
                .iter()
                .map(|value| Filter::is(Attribute::ReadOnly, *value))
                .collect(),
            ..Query::default()
        };
        assert_eq!(query(&[]).read_only(), None);
        assert_eq!(query(&["true"]).read_only(), Some(Some(true)));
        assert_eq!(query(&["true", "false"]).read_only(), Some(None));
        assert_eq!(query(&["True"]).read_only(), Some(None));
        let mut other = query(&["true"]);
        other.filters[0].test = Test::is("true").inverted();
        assert_eq!(other.read_only(), Some(Some(false)));
        other.filters[0].test = Test::of(Says::Something);
        assert_eq!(other.read_only(), None);
    }
}
