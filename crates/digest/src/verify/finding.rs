//! What verifying finds.

use std::error::Error;

use activity_log_core::instant::Instant;

use super::archive::ArchiveFault;
use super::chain::ChainFault;
use super::digest::DigestFault;
use super::reason::{Outside, Unlisted, WhyNotDigested};
use super::windows::WindowFault;

/// One thing found. Its text says all of it.
#[derive(Debug, thiserror::Error)]
pub enum Finding {
    /// nothing says what the trail's archives are
    #[error("no digest of the trail in s3://{bucket}/{prefix}")]
    NoDigests {
        /// where
        bucket: String,
        /// what keys of digests start with
        prefix: String,
    },
    /// not what the service signed
    #[error("digest s3://{bucket}/{key} is not valid")]
    BadDigest {
        /// where
        bucket: String,
        /// where
        key: String,
        /// why
        #[source]
        fault: DigestFault,
    },
    /// deleted
    #[error("digest s3://{bucket}/{key} is missing; {named_by} follows it")]
    MissingDigest {
        /// where it was
        bucket: String,
        /// where it was
        key: String,
        /// the key of the digest after it
        named_by: String,
    },
    /// written again
    #[error(
        "digest s3://{bucket}/{key} is not the one that {named_by} follows: hash or signature differ"
    )]
    ReplacedDigest {
        /// where
        bucket: String,
        /// where
        key: String,
        /// the key of the digest after it
        named_by: String,
    },
    /// chains are broken
    #[error("digest s3://{bucket}/{key}")]
    BadChain {
        /// where
        bucket: String,
        /// where
        key: String,
        /// why
        #[source]
        fault: ChainFault,
    },
    /// a digest's windows are wrong
    #[error("digest s3://{bucket}/{key}")]
    BadWindows {
        /// where
        bucket: String,
        /// where
        key: String,
        /// why
        #[source]
        fault: WindowFault,
    },
    /// events expired before they could be archived
    #[error(
        "digest s3://{bucket}/{key}: in the window that ends at {end}, {parts} parts of events \
         expired before they could be delivered"
    )]
    Expired {
        /// the digest
        bucket: String,
        /// the digest
        key: String,
        /// the window's end
        end: String,
        /// how many parts
        parts: u64,
    },
    /// the retention of a whole window was over before it was archived
    #[error(
        "digest s3://{bucket}/{key}: the window that ends at {end} was archived after its retention; \
         events may be missing and not counted"
    )]
    RetentionOver {
        /// the digest
        bucket: String,
        /// the digest
        key: String,
        /// the window's end
        end: String,
    },
    /// archives where nothing vouches for them, and nothing should
    #[error(
        "{archives} archives lie between two chains of digests, when logging or validation was off: nothing \
         vouches for them; the first is s3://{bucket}/{first}"
    )]
    BetweenChains {
        /// how many
        archives: u64,
        /// where
        bucket: String,
        /// the first of them
        first: String,
    },
    /// deleted
    #[error("archive s3://{bucket}/{key} is missing")]
    MissingArchive {
        /// where it was
        bucket: String,
        /// where it was
        key: String,
    },
    /// changed
    #[error("archive s3://{bucket}/{key} is not valid")]
    BadArchive {
        /// where
        bucket: String,
        /// where
        key: String,
        /// why
        #[source]
        fault: ArchiveFault,
    },
    /// there, and not given out: whether it is what it should be is not known
    #[error("s3://{bucket}/{key} cannot be read")]
    Unreadable {
        /// where
        bucket: String,
        /// where
        key: String,
        /// as the storage says
        source: Box<dyn Error + Send + Sync>,
    },
    /// archives hold more or fewer events than the digest says
    #[error(
        "digest s3://{bucket}/{key}: of the window that ends at {end}, {archived} events are said to be \
         archived, but its archives hold {held}"
    )]
    WrongCount {
        /// the digest
        bucket: String,
        /// the digest
        key: String,
        /// the window's end
        end: String,
        /// as the digest says
        archived: u64,
        /// in the archives
        held: u64,
    },
    /// not exactly once
    #[error(
        "archive s3://{bucket}/{key}: {events} of its events are archived twice; the first is {id} of {time}"
    )]
    ArchivedTwice {
        /// where the later copies are
        bucket: String,
        /// where the later copies are
        key: String,
        /// how many
        events: u64,
        /// the first one's time
        time: Instant,
        /// the first one's id
        id: String,
    },
    /// put there, or its digest is gone
    #[error("archive s3://{bucket}/{key}: {why}")]
    UnlistedArchive {
        /// where
        bucket: String,
        /// where
        key: String,
        /// why one should
        why: Unlisted,
    },
    /// the newest digest should not be the newest
    #[error(
        "digest s3://{bucket}/{key} is the newest, though its chain does not end with it: later ones were \
         deleted, or are not delivered; if the trail was deleted, moved to another bucket, or its logging \
         stopped unseen after {end}, give --end-time"
    )]
    NothingAfter {
        /// where
        bucket: String,
        /// where
        key: String,
        /// its end
        end: Instant,
    },
    /// a chain starts
    #[error("digest s3://{bucket}/{key}: a chain starts, with the events of {start} and later")]
    ChainStarts {
        /// where
        bucket: String,
        /// where
        key: String,
        /// when
        start: Instant,
    },
    /// a chain comes from outside of what is verified
    #[error(
        "digest s3://{bucket}/{key} is followed by {named_by}, and is not verified here: it {why}"
    )]
    ContinuesFrom {
        /// where
        bucket: String,
        /// where
        key: String,
        /// the key of the digest after it
        named_by: String,
        /// why it is not
        why: Outside,
    },
    /// of windows after the last digest
    #[error("{archives} archives are in no digest {why}, the first is s3://{bucket}/{first}")]
    NotDigested {
        /// how many
        archives: u64,
        /// where
        bucket: String,
        /// where the first is
        first: String,
        /// why
        why: WhyNotDigested,
    },
    /// of windows before the first digest
    #[error("{archives} archives are older than the first chain of digests, and are not verified")]
    OlderThanDigests {
        /// how many
        archives: u64,
    },
    /// of other trails
    #[error("{archives} archives of other trails were not looked at: {trails}")]
    OtherTrails {
        /// how many
        archives: u64,
        /// first 12 digits of the trails' ids, the first few of them
        trails: String,
    },
    /// no archives at all
    #[error(
        "{objects} objects are none of the service's archives, the first is s3://{bucket}/{first}"
    )]
    NoArchive {
        /// how many
        objects: u64,
        /// where
        bucket: String,
        /// the first of them
        first: String,
    },
}
