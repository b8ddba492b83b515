//! Making a digest: a [`Draft`] of it, whose text is signed elsewhere, and the [`SignedDigest`].

use std::io::Write as _;

use activity_log_core::trail::Trail;
use activity_log_core::trail::keys::Location;
use activity_log_core::trail::progress::{Period, PreviousDigest};
use activity_log_core::trail::record::{Counts, WindowRecord};
use activity_log_core::window::Window;
use flate2::{Compression, GzBuilder};
use ring::digest::{SHA256, digest};

use crate::document::{
    ActivityLog, Document, HASH_ALGORITHM, LogFile, SIGNATURE_ALGORITHM, WindowEntry, seconds,
};

/// The object's metadata that holds the hex signature.
pub const SIGNATURE: &str = "signature";
/// The object's metadata that names what signed; `validation.py` wants it there.
pub const ALGORITHM: &str = "signature-algorithm";

/// Why there can be no digest of these records: it would not be true.
#[derive(Debug, thiserror::Error)]
pub enum DraftError {
    /// the trail has no digest to be written
    #[error("no digest of the trail is due")]
    NoWindows,
    /// not the records of the period's windows, each once and in order
    #[error("window {expected} has no record in its place")]
    Record {
        /// whose record should be there
        expected: Window,
    },
    /// more records than windows
    #[error("there are records beyond the windows to digest")]
    TooManyRecords,
    /// `ingested` is not the sum of what became of the events
    #[error("the counts of window {window} do not add up: {counts:?}")]
    Counts {
        /// which
        window: Window,
        /// what was recorded
        counts: Counts,
    },
    /// the archives do not hold what was archived
    #[error("{archived} events of window {window} are archived, but its archives hold {held}")]
    Archives {
        /// which
        window: Window,
        /// what its counts say
        archived: u64,
        /// what its archives say together
        held: u64,
    },
    /// not JSON
    #[error("the digest cannot be written")]
    Json(#[source] serde_json::Error),
    /// not compressed
    #[error("the digest cannot be compressed")]
    Gzip(#[source] std::io::Error),
}

/// A digest to be signed. The same trail and records give the same bytes.
#[derive(Clone, Debug)]
pub struct Draft {
    bucket: String,
    key: String,
    end_time: String,
    previous_signature: Option<String>,
    body: Vec<u8>,
    sha256: String,
}

impl Draft {
    /// The digest that is due ([`Trail::due_digest`]); `records` are those of its windows. It is to be
    /// signed with the key of this fingerprint.
    pub fn new(
        trail: &Trail,
        region: &str,
        records: &[WindowRecord],
        fingerprint: &str,
    ) -> Result<Self, DraftError> {
        let period = trail.due_digest().ok_or(DraftError::NoWindows)?;
        check(period, records)?;
        let document = document(trail, region, period, records, fingerprint);
        let content = serde_json::to_vec(&document).map_err(DraftError::Json)?;
        Ok(Self {
            sha256: hex::encode(digest(&SHA256, &content)),
            body: gzip(&content).map_err(DraftError::Gzip)?,
            bucket: document.digest_s3_bucket,
            key: document.digest_s3_object,
            end_time: document.digest_end_time,
            previous_signature: document.previous_digest_signature,
        })
    }

    /// What is signed: RSA PKCS#1 v1.5 with SHA-256 of this text.
    pub fn string_to_sign(&self) -> String {
        string_to_sign(
            &self.end_time,
            &self.bucket,
            &self.key,
            &self.sha256,
            self.previous_signature.as_deref(),
        )
    }

    /// The digest with its signature.
    pub fn signed(self, signature: &[u8]) -> SignedDigest {
        SignedDigest {
            bucket: self.bucket,
            key: self.key,
            body: self.body,
            sha256: self.sha256,
            signature: hex::encode(signature),
        }
    }
}

/// A digest as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedDigest {
    /// where
    pub bucket: String,
    /// where
    pub key: String,
    /// gzip'ed JSON
    pub body: Vec<u8>,
    /// hex SHA-256 of the decompressed body
    pub sha256: String,
    /// hex
    pub signature: String,
}

impl SignedDigest {
    /// The object's own metadata (S3: `x-amz-meta-…`).
    pub fn metadata(&self) -> [(&'static str, &str); 2] {
        [
            (SIGNATURE, &self.signature),
            (ALGORITHM, SIGNATURE_ALGORITHM),
        ]
    }

    /// What the next digest of the chain says of it.
    pub fn as_previous(&self) -> PreviousDigest {
        PreviousDigest {
            bucket: self.bucket.clone(),
            key: self.key.clone(),
            sha256: self.sha256.clone(),
            signature: self.signature.clone(),
        }
    }
}

/// AWS's string to sign; the first digest of a chain has the word `null` for a signature before it
/// (`validation.py`: "to match the Java implementation").
pub(crate) fn string_to_sign(
    end_time: &str,
    bucket: &str,
    key: &str,
    sha256: &str,
    previous_signature: Option<&str>,
) -> String {
    let previous = previous_signature.unwrap_or("null");
    format!("{end_time}\n{bucket}/{key}\n{sha256}\n{previous}")
}

/// Whether these are the records of the windows, and true in themselves.
fn check(period: Period, records: &[WindowRecord]) -> Result<(), DraftError> {
    let mut rest = records.iter();
    for expected in period.windows() {
        let record = rest.next().filter(|record| record.window == expected);
        check_record(record.ok_or(DraftError::Record { expected })?)?;
    }
    match rest.next() {
        None => Ok(()),
        Some(_) => Err(DraftError::TooManyRecords),
    }
}

fn check_record(record: &WindowRecord) -> Result<(), DraftError> {
    let (window, counts) = (record.window, record.counts);
    if !add_up(&counts) {
        return Err(DraftError::Counts { window, counts });
    }
    let held = record.archives.iter().map(|archive| archive.events).sum();
    if held != counts.archived {
        let archived = counts.archived;
        return Err(DraftError::Archives {
            window,
            archived,
            held,
        });
    }
    Ok(())
}

/// Whether every event ingested is accounted for.
pub(crate) fn add_up(counts: &Counts) -> bool {
    let known = counts.archived.checked_add(counts.filtered_out);
    let known = known.and_then(|known| known.checked_add(counts.duplicates));
    known.and_then(|known| known.checked_add(counts.conflicts)) == Some(counts.ingested)
}

fn document(
    trail: &Trail,
    region: &str,
    period: Period,
    records: &[WindowRecord],
    fingerprint: &str,
) -> Document {
    let archives = || records.iter().flat_map(|record| &record.archives);
    let previous = trail.previous_digest();
    let last = trail.progress.last_digest.as_ref();
    let end = period.to.end();
    Document {
        aws_account_id: trail.account.to_string(),
        digest_start_time: seconds(period.from.start()),
        digest_end_time: seconds(end),
        digest_s3_bucket: trail.settings.bucket.clone(),
        digest_s3_object: Location::of(trail, region).digest(&trail.name, end),
        digest_public_key_fingerprint: fingerprint.to_owned(),
        digest_signature_algorithm: SIGNATURE_ALGORITHM.to_owned(),
        newest_event_time: archives().map(|archive| archive.newest).max().map(seconds),
        oldest_event_time: archives().map(|archive| archive.oldest).min().map(seconds),
        previous_digest_s3_bucket: previous.map(|digest| digest.bucket.clone()),
        previous_digest_s3_object: previous.map(|digest| digest.key.clone()),
        previous_digest_hash_value: previous.map(|digest| digest.sha256.clone()),
        previous_digest_hash_algorithm: previous.map(|_| HASH_ALGORITHM.to_owned()),
        previous_digest_signature: previous.map(|digest| digest.signature.clone()),
        log_files: archives().map(LogFile::from).collect(),
        activity_log: ActivityLog {
            trail_name: trail.name.to_string(),
            trail_id: trail.id.clone(),
            chain_ends: period.ends_chain,
            previous_chain: last.filter(|_| previous.is_none()).cloned(),
            unrecorded_since: trail
                .unrecorded_before(period)
                .map(|window| seconds(window.start())),
            windows: records.iter().map(WindowEntry::from).collect(),
        },
    }
}

/// One member, always the same bytes: no time, no name.
pub(crate) fn gzip(content: &[u8]) -> std::io::Result<Vec<u8>> {
    let level = Compression::new(6);
    let mut encoder = GzBuilder::new().mtime(0).write(Vec::new(), level);
    encoder.write_all(content)?;
    encoder.finish()
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use activity_log_core::instant::Instant;
    use activity_log_core::trail::progress::ChainEnd;
    use activity_log_core::trail::record::Archive;
    use sha2::{Digest as _, Sha256};

    use super::*;
    use crate::testing::{record, sample_trail};

    fn draft(trail: &Trail, records: &[WindowRecord]) -> Result<Draft, DraftError> {
        Draft::new(trail, "us-east-1", records, "f1")
    }

    fn before() -> PreviousDigest {
        PreviousDigest {
            bucket: "old".to_owned(),
            key: "k".to_owned(),
            sha256: "00".to_owned(),
            signature: "5a".to_owned(),
        }
    }

    fn plain(body: &[u8]) -> Vec<u8> {
        let mut content = Vec::new();
        let mut decoder = flate2::read::GzDecoder::new(body);
        decoder.read_to_end(&mut content).unwrap();
        content
    }

    #[test]
    fn a_digest_has_aws_s_fields_and_ours() {
        let mut trail = sample_trail(1, 2);
        trail.progress.chained = true;
        trail.progress.last_digest = Some(before());
        let mut first = record(1);
        first.counts = Counts {
            ingested: 9,
            archived: 5,
            filtered_out: 3,
            duplicates: 1,
            conflicts: 0,
            expired_parts: 0,
        };
        first.archives = vec![Archive {
            bucket: "logs".to_owned(),
            key: "a1".to_owned(),
            sha256: "11".to_owned(),
            bytes: 10,
            events: 5,
            oldest: Instant::from_millis(1_500),
            newest: Instant::from_millis(2_000),
        }];
        let draft = draft(&trail, &[first, record(2)]).unwrap();
        let text = draft.string_to_sign();
        let signed = draft.signed(&[0xab; 4]);
        let content = plain(&signed.body);
        let key = "AWSLogs/111122223333/CloudTrail-Digest/us-east-1/1970/01/01/111122223333_CloudTrail-Digest_us-east-1_audit_us-east-1_19700101T001500Z.json.gz";
        let expected = format!(
            concat!(
                r#"{{"awsAccountId":"111122223333","digestStartTime":"1970-01-01T00:05:00Z","#,
                r#""digestEndTime":"1970-01-01T00:15:00Z","digestS3Bucket":"logs","#,
                r#""digestS3Object":"{}","digestPublicKeyFingerprint":"f1","#,
                r#""digestSignatureAlgorithm":"SHA256withRSA","#,
                r#""newestEventTime":"1970-01-01T00:00:02Z","oldestEventTime":"1970-01-01T00:00:01Z","#,
                r#""previousDigestS3Bucket":"old","previousDigestS3Object":"k","#,
                r#""previousDigestHashValue":"00","previousDigestHashAlgorithm":"SHA-256","#,
                r#""previousDigestSignature":"5a","logFiles":[{{"s3Bucket":"logs","s3Object":"a1","#,
                r#""hashValue":"11","hashAlgorithm":"SHA-256","#,
                r#""newestEventTime":"1970-01-01T00:00:02Z","oldestEventTime":"1970-01-01T00:00:01Z"}}],"#,
                r#""activityLog":{{"trailName":"audit","trailId":"00000000000000aa","chainEnds":"stopped","previousChain":null,"unrecordedSince":null,"#,
                r#""windows":[{{"start":"1970-01-01T00:05:00Z","end":"1970-01-01T00:10:00Z","#,
                r#""ingested":9,"archived":5,"filteredOut":3,"duplicates":1,"expiredParts":0,"archives":1}},"#,
                r#"{{"start":"1970-01-01T00:10:00Z","end":"1970-01-01T00:15:00Z","#,
                r#""ingested":0,"archived":0,"filteredOut":0,"duplicates":0,"expiredParts":0,"archives":0}}]}}}}"#,
            ),
            key
        );
        assert_eq!(String::from_utf8(content).unwrap(), expected);
        let sha256 = hex::encode(Sha256::digest(expected));
        assert_eq!(
            text,
            format!("1970-01-01T00:15:00Z\nlogs/{key}\n{sha256}\n5a")
        );
        assert_eq!(
            signed.metadata(),
            [
                ("signature", "abababab"),
                ("signature-algorithm", "SHA256withRSA")
            ]
        );
        assert_eq!(
            signed.as_previous(),
            PreviousDigest {
                bucket: "logs".to_owned(),
                key: key.to_owned(),
                sha256,
                signature: "abababab".to_owned(),
            }
        );
    }

    #[test]
    fn a_chain_starts_with_null_and_the_bytes_are_always_the_same() {
        let trail = sample_trail(1, 1);
        let one = draft(&trail, &[record(1)]).unwrap();
        assert!(one.string_to_sign().ends_with("\nnull"));
        let text = String::from_utf8(plain(&one.body)).unwrap();
        for nothing in [
            "newestEventTime",
            "previousDigestSignature",
            "previousChain",
        ] {
            assert!(text.contains(&format!("\"{nothing}\":null")), "{text}");
        }
        let other = draft(&trail, &[record(1)]).unwrap();
        assert_eq!(one.signed(b"s"), other.signed(b"s"));
    }

    #[test]
    fn a_new_chain_names_the_one_before_it_and_says_why_it_ends() {
        let mut trail = sample_trail(1, 1);
        trail.progress.last_digest = Some(before());
        trail.progress.undigested[0].ends_chain = Some(ChainEnd::ValidationOff);
        let waiting = Period {
            from: Window::from_number(2),
            to: Window::from_number(11),
            ends_chain: Some(ChainEnd::Stopped),
        };
        trail.progress.undigested.push(waiting);
        // Of the trail's first period, whatever the others and the settings say.
        trail.settings.validation = true;
        let draft = draft(&trail, &[record(1)]).unwrap();
        assert!(draft.string_to_sign().ends_with("\nnull"));
        let text = String::from_utf8(plain(&draft.body)).unwrap();
        for part in [
            r#""previousDigestS3Object":null"#,
            r#""chainEnds":"validationOff""#,
            r#""previousChain":{"bucket":"old","key":"k","sha256":"00","signature":"5a"},"unrecordedSince":null"#,
        ] {
            assert!(text.contains(part), "{text}");
        }
    }

    #[test]
    fn a_digest_never_lies() {
        let why = |records: &[WindowRecord]| {
            let error = draft(&sample_trail(1, 2), records).unwrap_err();
            error.to_string()
        };
        assert_eq!(why(&[record(1)]), "window 2 has no record in its place");
        assert_eq!(
            why(&[record(2), record(1)]),
            "window 1 has no record in its place"
        );
        assert_eq!(
            why(&[record(1), record(2), record(3)]),
            "there are records beyond the windows to digest"
        );
        let mut lost = record(2);
        lost.counts.ingested = 1;
        assert!(why(&[record(1), lost.clone()]).starts_with("the counts of window 2"));
        lost.counts.archived = 1;
        assert_eq!(
            why(&[record(1), lost]),
            "1 events of window 2 are archived, but its archives hold 0"
        );
        let mut idle = sample_trail(1, 2);
        idle.progress.undigested[0].ends_chain = None;
        let records = [record(1), record(2)];
        assert!(matches!(draft(&idle, &records), Err(DraftError::NoWindows)));
        idle.progress.undigested.clear();
        assert!(matches!(draft(&idle, &[]), Err(DraftError::NoWindows)));
    }
}
