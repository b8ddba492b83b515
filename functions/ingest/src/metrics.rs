//! What an invocation took in, as metrics ([`activity_log_lambda::metrics`]).

use std::ops::AddAssign;

use activity_log_core::ingest::{Incoming, Outcome, Receipt};
use http::StatusCode;
use serde::Serialize;

/// What became of events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Events {
    /// events stored
    pub events_accepted: u64,
    /// events stored before
    pub events_duplicate: u64,
    /// events that broke a rule
    pub events_rejected: u64,
    /// events that could not be stored now: they are sent again
    pub events_failed: u64,
    /// bytes of the accepted events, as they were sent and without their content encoding
    pub bytes_accepted: u64,
}

impl Events {
    /// What became of records: one receipt for each.
    pub fn of(records: &[Incoming<'_>], receipts: &[Receipt]) -> Self {
        let mut events = Self::default();
        for (record, receipt) in records.iter().zip(receipts) {
            match receipt.outcome {
                Outcome::Accepted => {
                    events.events_accepted += 1;
                    events.bytes_accepted += record.text.len() as u64;
                }
                Outcome::Duplicate => events.events_duplicate += 1,
                Outcome::Rejected(_) => events.events_rejected += 1,
                Outcome::Failed => events.events_failed += 1,
            }
        }
        events
    }
}

impl AddAssign for Events {
    fn add_assign(&mut self, more: Self) {
        self.events_accepted += more.events_accepted;
        self.events_duplicate += more.events_duplicate;
        self.events_rejected += more.events_rejected;
        self.events_failed += more.events_failed;
        self.bytes_accepted += more.bytes_accepted;
    }
}

/// What an invocation of ingest took in, and what it did not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Taken {
    /// what became of events
    #[serde(flatten)]
    pub events: Events,
    /// requests refused for who sends them
    pub denied_calls: u64,
    /// of these: requests that name nobody we know, and so are in nobody's log
    pub unknown_callers: u64,
    /// requests refused because there are too many
    pub throttled_calls: u64,
    /// requests of which nothing could be read
    pub unreadable_bodies: u64,
    /// messages of the queues that were not stored whole
    pub messages_failed: u64,
    /// calls that could not be appended to the log of calls
    pub unrecorded_calls: u64,
    /// times that what an account took in could not be added to its usage
    pub usage_not_counted: u64,
}

/// What an invocation of the importer took in, and what it did not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Imported {
    /// what became of events
    #[serde(flatten)]
    pub events: Events,
    /// files stored whole
    pub files_imported: u64,
    /// files that hold no events: digests, other services' logs
    pub files_passed_over: u64,
    /// files the time of one invocation was not enough for; the next goes on
    pub files_unfinished: u64,
    /// files not stored whole, and notices that were not understood
    pub files_failed: u64,
    /// times that what an account took in could not be added to its usage
    pub usage_not_counted: u64,
}

impl Taken {
    /// Counts a request that was answered, after what it brought. Of a refusal the status says why, but for 400:
    /// it also answers a batch that was read, and rejected to the last event.
    pub fn answered(&mut self, status: StatusCode) {
        match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => self.denied_calls += 1,
            StatusCode::TOO_MANY_REQUESTS => self.throttled_calls += 1,
            StatusCode::PAYLOAD_TOO_LARGE | StatusCode::UNSUPPORTED_MEDIA_TYPE => {
                self.unreadable_bodies += 1;
            }
            StatusCode::BAD_REQUEST if self.events.events_rejected == 0 => {
                self.unreadable_bodies += 1;
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(rejected: u64, status: u16) -> Taken {
        let mut taken = Taken::default();
        taken.events.events_rejected = rejected;
        taken.answered(StatusCode::from_u16(status).unwrap());
        taken
    }

    #[test]
    fn a_refusal_is_counted_by_what_its_status_says() {
        let cases = [
            (200, (0, 0, 0)),
            (207, (0, 0, 0)),
            (400, (0, 0, 1)),
            (401, (1, 0, 0)),
            (403, (1, 0, 0)),
            (404, (0, 0, 0)),
            (405, (0, 0, 0)),
            (413, (0, 0, 1)),
            (415, (0, 0, 1)),
            (429, (0, 1, 0)),
            (503, (0, 0, 0)),
        ];
        for (status, expected) in cases {
            let taken = counted(0, status);
            let counts = (
                taken.denied_calls,
                taken.throttled_calls,
                taken.unreadable_bodies,
            );
            assert_eq!(counts, expected, "{status}");
        }
    }

    #[test]
    fn a_batch_rejected_to_the_last_event_was_readable() {
        assert_eq!(counted(2, 400).unreadable_bodies, 0);
    }
}
