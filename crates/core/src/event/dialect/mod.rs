//! Record dialects: each maps its own field names onto the same lookup fields.

mod cloudtrail;
mod k2;
mod vk;

use std::borrow::Cow;

use super::Rejection;
use super::fields::Fields;
use super::record::{Moment, Record};

/// Whose shape a record has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// AWS CloudTrail, with `userIdentity`
    CloudTrail,
    /// K2, NGN, CROC: flat `userName`, `project`
    K2,
    /// VK: `event_id`, `timestamp`, `action`
    Vk,
}

/// A record in our words, before it is checked.
pub(super) struct Mapped<'a> {
    pub time: Option<Moment<'a>>,
    pub id: Option<Cow<'a, str>>,
    pub read_only: Option<bool>,
    pub fields: Fields<'a>,
}

impl Dialect {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::CloudTrail, Self::K2, Self::Vk];

    /// The dialect of a record: VK's has a `timestamp` and no `eventTime`, K2's has no `userIdentity`.
    pub(super) fn of(record: &Record<'_>) -> Self {
        if record.event_time.is_none() && record.timestamp.is_some() {
            Self::Vk
        } else if record.user_identity.is_none() {
            Self::K2
        } else {
            Self::CloudTrail
        }
    }

    /// What the dialect calls the event's id.
    pub const fn id_field(self) -> &'static str {
        match self {
            Self::Vk => "event_id",
            Self::CloudTrail | Self::K2 => "eventID",
        }
    }

    /// What the dialect calls the event's time.
    pub const fn time_field(self) -> &'static str {
        match self {
            Self::Vk => "timestamp",
            Self::CloudTrail | Self::K2 => "eventTime",
        }
    }

    /// What the dialect calls the event's name.
    pub const fn name_field(self) -> &'static str {
        match self {
            Self::Vk => "action",
            Self::CloudTrail | Self::K2 => "eventName",
        }
    }

    pub(super) fn map(self, record: Record<'_>) -> Result<Mapped<'_>, Rejection> {
        match self {
            Self::CloudTrail => Ok(cloudtrail::map(record)),
            Self::K2 => Ok(k2::map(record)),
            Self::Vk => vk::map(record),
        }
    }
}
