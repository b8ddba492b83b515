//! A digest's content: AWS's fields in AWS's order, and one of ours.
//!
//! AWS: "CloudTrail digest file structure". `validation.py` reads `digestS3Bucket`, `digestS3Object`,
//! `digestPublicKeyFingerprint`, `digestStartTime`, `digestEndTime`, the `previous…` and `logFiles`, and
//! nothing it does not know: [`ActivityLog`] is in nobody's way.

use activity_log_core::instant::Instant;
use activity_log_core::trail::progress::{ChainEnd, PreviousDigest};
use activity_log_core::trail::record::{Archive, Counts, WindowRecord};
use serde::{Deserialize, Serialize};

/// What signs.
pub const SIGNATURE_ALGORITHM: &str = "SHA256withRSA";
/// What hashes, as digests spell it.
pub const HASH_ALGORITHM: &str = "SHA-256";

/// A digest. Times are RFC 3339 in UTC with whole seconds, hashes and signatures lower-case hex.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Document {
    /// whose trail
    pub aws_account_id: String,
    /// first moment of the period
    pub digest_start_time: String,
    /// first moment after the period
    pub digest_end_time: String,
    /// where this digest lies: a copy elsewhere is not valid
    pub digest_s3_bucket: String,
    /// its key
    pub digest_s3_object: String,
    /// hex MD5 of the PKCS#1 public key
    pub digest_public_key_fingerprint: String,
    /// [`SIGNATURE_ALGORITHM`]
    pub digest_signature_algorithm: String,
    /// of the events in its archives; `None` without events
    pub newest_event_time: Option<String>,
    /// of the events in its archives; `None` without events
    pub oldest_event_time: Option<String>,
    /// the digest before it; `None`, like the fields below, where a chain starts
    pub previous_digest_s3_bucket: Option<String>,
    /// its key
    pub previous_digest_s3_object: Option<String>,
    /// hash of its decompressed content
    pub previous_digest_hash_value: Option<String>,
    /// [`HASH_ALGORITHM`]
    pub previous_digest_hash_algorithm: Option<String>,
    /// its signature
    pub previous_digest_signature: Option<String>,
    /// the archives, window by window
    pub log_files: Vec<LogFile>,
    /// what AWS's digests do not tell
    pub activity_log: ActivityLog,
}

/// An archive, as a digest lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LogFile {
    /// its bucket
    pub s3_bucket: String,
    /// its key
    pub s3_object: String,
    /// hash of the decompressed archive, which is one gzip member
    pub hash_value: String,
    /// [`HASH_ALGORITHM`]
    pub hash_algorithm: String,
    /// of its events
    pub newest_event_time: String,
    /// of its events
    pub oldest_event_time: String,
}

/// What became of the events of the digest's windows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ActivityLog {
    /// the trail's name
    pub trail_name: String,
    /// its id: a trail deleted and made again is another one
    pub trail_id: String,
    /// why no digest follows this one in its chain; `None` if one does. A chain that ends otherwise has
    /// lost its end.
    pub chain_ends: Option<ChainEnd>,
    /// where a chain starts, the last digest of the one before it, so that no chain can vanish whole;
    /// AWS's `previous…` are null there. `None` in all other digests, and in a trail's first.
    pub previous_chain: Option<PreviousDigest>,
    /// at the start of a chain, since when archives were delivered of which no digest tells, if any were
    pub unrecorded_since: Option<String>,
    /// every window of the period, in order
    pub windows: Vec<WindowEntry>,
}

/// A window of a digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WindowEntry {
    /// first moment
    pub start: String,
    /// first moment after it
    pub end: String,
    /// how many events
    #[serde(flatten)]
    pub counts: Counts,
    /// whether retention was over before it was archived: events may be missing and uncounted
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub retention_over: bool,
    /// how many of the digest's archives, in their order, are this window's
    pub archives: usize,
}

impl Document {
    /// The digest before it, where the chain does not start here. `None` too if a part of it is missing.
    pub fn previous(&self) -> Option<PreviousDigest> {
        Some(PreviousDigest {
            bucket: self.previous_digest_s3_bucket.clone()?,
            key: self.previous_digest_s3_object.clone()?,
            sha256: self.previous_digest_hash_value.clone()?,
            signature: self.previous_digest_signature.clone()?,
        })
    }
}

impl From<&Archive> for LogFile {
    fn from(archive: &Archive) -> Self {
        Self {
            s3_bucket: archive.bucket.clone(),
            s3_object: archive.key.clone(),
            hash_value: archive.sha256.clone(),
            hash_algorithm: HASH_ALGORITHM.to_owned(),
            newest_event_time: seconds(archive.newest),
            oldest_event_time: seconds(archive.oldest),
        }
    }
}

impl From<&WindowRecord> for WindowEntry {
    fn from(record: &WindowRecord) -> Self {
        Self {
            start: seconds(record.window.start()),
            end: seconds(record.window.end()),
            counts: record.counts,
            retention_over: record.retention_over,
            archives: record.archives.len(),
        }
    }
}

/// RFC 3339 with whole seconds, rounded down.
pub(crate) fn seconds(time: Instant) -> String {
    Instant::from_seconds(time.seconds()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_windows_counts_lie_flat_in_it() {
        let counts = Counts {
            ingested: 6,
            archived: 3,
            filtered_out: 2,
            duplicates: 1,
            conflicts: 0,
            expired_parts: 0,
        };
        let entry = WindowEntry {
            start: "2026-11-20T12:00:00Z".to_owned(),
            end: "2026-11-20T12:05:00Z".to_owned(),
            counts,
            retention_over: false,
            archives: 1,
        };
        let text = serde_json::to_string(&entry).unwrap();
        assert_eq!(
            text,
            r#"{"start":"2026-11-20T12:00:00Z","end":"2026-11-20T12:05:00Z","ingested":6,"archived":3,"filteredOut":2,"duplicates":1,"expiredParts":0,"archives":1}"#
        );
        assert_eq!(serde_json::from_str::<WindowEntry>(&text).unwrap(), entry);
    }

    #[test]
    fn times_have_whole_seconds() {
        let time = Instant::parse("2026-11-20T12:00:00.999Z").unwrap();
        assert_eq!(seconds(time), "2026-11-20T12:00:00Z");
    }
}
