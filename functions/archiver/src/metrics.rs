//! What a tick, its cleaning and a message's deliveries came to, as metrics ([`activity_log_lambda::metrics`]).

use serde::Serialize;

/// A tick. An alarm waits for it: no data says that trails stand still, whatever else invokes the function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Tick {
    /// ticks that reached every trail
    pub ticks: u64,
}

impl Tick {
    /// One that did all it had to do.
    pub const DONE: Self = Self { ticks: 1 };
}

/// What a tick's cleaning came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Cleaned {
    /// deleted trails of which nothing is left now
    pub cleaned_trails: u64,
    /// deleted trails that could not be cleaned up, or lists of them that could not be read: not for want of time
    pub uncleaned_trails: u64,
}

/// What a message's deliveries came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Delivered {
    /// windows archived
    pub windows_archived: u64,
    /// events in their archives
    pub events_archived: u64,
    /// digests delivered
    pub digests_delivered: u64,
    /// files the bucket did not take
    pub delivery_errors: u64,
    /// parts of windows whose retention ended before they could be delivered
    pub expired_parts: u64,
    /// age of the oldest sealed window that waits, at the end
    pub lag_seconds: u64,
}
