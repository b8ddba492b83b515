//! What a tick and a message came to, as metrics ([`activity_log_lambda::metrics`]).

use serde::Serialize;

/// A tick. An alarm waits for it: no data says that nothing is rolled up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Ticked {
    /// ticks that sent all their messages
    pub ticks: u64,
    /// accounts of which something was due
    pub accounts_due: u64,
    /// accounts that could not be looked at
    pub accounts_failed: u64,
    /// how long what is due has waited, of the account that waited longest
    pub lag_seconds: u64,
}

/// What a message came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RolledUp {
    /// steps: each makes runs, and moves the head on
    pub roll_ups: u64,
    /// blocks of the index that were made of several
    pub merges: u64,
    /// rows that were kept
    pub rows_rolled_up: u64,
    /// rows that were dropped: the same event was there
    pub copies_dropped: u64,
    /// rows that were dropped: another text was there, under the event's id and time
    pub conflicts_dropped: u64,
    /// runs that ended in an error
    pub roll_ups_failed: u64,
    /// steps whose conflicts could not be told; they are told later
    pub untold_conflicts: u64,
    /// arrivals that cannot be read: each stops its account
    pub unreadable_arrivals: u64,
}
