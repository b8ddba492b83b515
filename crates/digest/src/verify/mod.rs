//! Verifying a trail from its bucket: that everything its digests promise is there, unchanged, and once.
//!
//! AWS's `validate-logs` checks signatures and hashes. This checks as well what AWS's digests do not
//! tell: that every window is in a digest and every event accounted for ([`windows`]), that the archives
//! hold as many events as said and none twice ([`archive`]), that chains were ended and not cut off
//! ([`chain`]), and that no archive lies there that no digest lists ([`unlisted`]).
//!
//! What cannot be seen from a bucket is the loss of everything from some moment on: the report says up
//! to when digests vouch ([`report::Totals::to`]).
//!
//! One object is held at a time. Beside it, memory grows with the number of events (see
//! [`archive::Seen`]), of archives that digests list and of digests (their keys). Whatever else lies in the
//! bucket is only counted, up to [`MAX_KEYS`].

pub mod archive;
pub mod bucket;
pub mod chain;
pub mod digest;
pub mod finding;
mod known;
mod names;
pub mod reason;
pub mod report;
mod run;
pub mod severity;
mod unlisted;
pub mod windows;

use activity_log_core::instant::{Instant, MINUTE};
use activity_log_core::trail::keys::Location;
use activity_log_core::trail::name::TrailName;

use crate::public_key::PublicKeys;
use bucket::Buckets;
use finding::Finding;
use report::Report;
use run::Run;

/// Longest period of a digest.
const HOUR_MS: i64 = 60 * MINUTE;
/// How long after a moment the digest of its period should be there: the rest of the period, and as long
/// again for delivering it.
const LATE_MS: i64 = 2 * HOUR_MS;

/// Most keys that are listed, of archives and digests together: 10 years of one trail are a million windows.
pub const MAX_KEYS: u64 = 5_000_000;

/// What to verify.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// the trail's bucket
    pub bucket: &'a str,
    /// where in it
    pub location: Location<'a>,
    /// the trail's name
    pub trail: &'a TrailName,
    /// digests that end later than this; `None`: from the first
    pub start: Option<Instant>,
    /// digests whose period begins before this: at most now
    pub end: Instant,
    /// most keys that are listed: [`MAX_KEYS`]
    pub max_keys: u64,
}

/// Why it cannot be verified.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError<E: std::error::Error + 'static> {
    /// without keys nothing is valid, whatever it is
    #[error("there are no public keys to verify digests with")]
    NoKeys,
    /// the bucket did not answer
    #[error("s3://{bucket}/{prefix} cannot be listed")]
    List {
        /// which
        bucket: String,
        /// what keys start with
        prefix: String,
        /// why
        source: E,
    },
    /// too many keys
    #[error(
        "s3://{bucket}/{prefix} has too many objects: more than {max_keys} keys of digests and archives; \
         verify a shorter time"
    )]
    TooManyKeys {
        /// which
        bucket: String,
        /// what keys start with
        prefix: String,
        /// how many are listed
        max_keys: u64,
    },
    /// no object could be read, so that nothing is known
    #[error("none of {objects} objects can be read, the first is s3://{bucket}/{key}")]
    NothingReadable {
        /// how many
        objects: u64,
        /// where
        bucket: String,
        /// the first of them
        key: String,
    },
    /// the bucket did not answer
    #[error("s3://{bucket}/{key} cannot be read")]
    Get {
        /// where
        bucket: String,
        /// where
        key: String,
        /// why
        source: E,
    },
}

/// Verifies a trail; `tell` gets each finding at once.
pub async fn verify<B: Buckets>(
    buckets: &B,
    request: &Request<'_>,
    keys: &PublicKeys,
    tell: impl FnMut(Finding),
) -> Result<Report, VerifyError<B::Error>> {
    if keys.is_empty() {
        return Err(VerifyError::NoKeys);
    }
    let mut run = Run::new(buckets, request, keys, tell);
    run.digests().await?;
    run.check_readable()?;
    run.newest();
    run.unlisted().await?;
    Ok(run.into_report())
}
