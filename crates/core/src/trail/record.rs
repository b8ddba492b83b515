//! What became of a window: the counts and the archives that its digest tells.

use serde::{Deserialize, Serialize};

use crate::instant::Instant;
use crate::window::Window;

/// A window, archived.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowRecord {
    /// which
    pub window: Window,
    /// how many events
    pub counts: Counts,
    /// whether all that was stored of some of it may be past its retention and gone: what is missing cannot be counted any
    /// more
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub retention_over: bool,
    /// where, in key order; none for a window without events
    pub archives: Vec<Archive>,
}

/// How many events: `ingested = archived + filtered_out + duplicates + conflicts`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    /// stored in the window
    pub ingested: u64,
    /// written into archives
    pub archived: u64,
    /// not selected by the trail
    pub filtered_out: u64,
    /// copies of an event whose first copy is counted elsewhere, here or in an earlier window
    pub duplicates: u64,
    /// events of another text than one that has the same id and time, which is counted elsewhere
    #[serde(default, skip_serializing_if = "is_zero")]
    pub conflicts: u64,
    /// parts of what was stored, of up to 1,024 events each, that were past their retention and gone before the trail
    /// could deliver them, and may have had events of the window; those are in none of the other counts
    pub expired_parts: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
const fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// An archive in a bucket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Archive {
    /// bucket
    pub bucket: String,
    /// key
    pub key: String,
    /// hex SHA-256 of the decompressed archive: what `aws cloudtrail validate-logs` compares
    pub sha256: String,
    /// bytes as stored
    pub bytes: u64,
    /// events in it
    pub events: u64,
    /// time of its oldest event
    pub oldest: Instant,
    /// time of its newest event
    pub newest: Instant,
}
