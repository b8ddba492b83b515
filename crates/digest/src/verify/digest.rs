//! Reading one digest: whether it is what the service signed.

use activity_log_core::instant::Instant;
use activity_log_core::object;
use activity_log_core::trail::name::TrailName;
use ring::digest::{SHA256, digest};

use super::bucket::Object;
use crate::document::{Document, SIGNATURE_ALGORITHM, seconds};
use crate::gzip::{GzipFault, unpack};
use crate::public_key::{BadSignature, PublicKeys};
use crate::sign::{ALGORITHM, SIGNATURE, string_to_sign};

/// Most bytes of a digest, decompressed: some 150,000 archives.
pub const MAX_DIGEST_BYTES: u64 = 64 * 1024 * 1024;

/// Where a digest was found, and whose it should be.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// bucket
    pub bucket: &'a str,
    /// key
    pub key: &'a str,
    /// the time in its key
    pub end: Instant,
    /// the trail in its key
    pub trail: &'a TrailName,
    /// the account in its key
    pub account: &'a str,
}

/// A digest that the service signed.
#[derive(Clone, Debug)]
pub struct Digest {
    /// its content
    pub document: Document,
    /// hash and signature
    pub seal: Seal,
    /// first moment of its period
    pub start: Instant,
    /// first moment after its period
    pub end: Instant,
}

/// What the next digest says of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seal {
    /// hex SHA-256 of the decompressed content
    pub sha256: String,
    /// hex
    pub signature: String,
}

/// Why a digest is not valid.
#[derive(Debug, thiserror::Error)]
pub enum DigestFault {
    /// deleted since it was listed
    #[error("it is gone")]
    Gone,
    /// too many bytes as stored
    #[error("more than {MAX_DIGEST_BYTES} bytes")]
    TooLarge,
    /// not what is decompressed
    #[error(transparent)]
    Gzip(#[from] GzipFault),
    /// the object's metadata has no signature, or that of another algorithm
    #[error("no {SIGNATURE_ALGORITHM} signature in its metadata")]
    Unsigned,
    /// not a digest of ours
    #[error("not a digest")]
    Format(#[source] serde_json::Error),
    /// a copy
    #[error("it was written as s3://{bucket}/{key}")]
    Moved {
        /// the bucket inside
        bucket: String,
        /// the key inside
        key: String,
    },
    /// the content is of another account, trail or time than the key
    #[error("{field} is {found}, not {expected}")]
    Field {
        /// which
        field: &'static str,
        /// what is in it
        found: String,
        /// what the key says
        expected: String,
    },
    /// the period has no beginning
    #[error("digestStartTime is no time: {0}")]
    Start(String),
    /// not a key of the service
    #[error("signed with a key that is not among the public keys: {0}")]
    UnknownKey(String),
    /// changed, or signed by someone else
    #[error(transparent)]
    Signature(#[from] BadSignature),
}

/// Hash of the decompressed digest, and its signature: what the next digest tells of it, true or not.
pub fn seal(object: &Object) -> Result<(Vec<u8>, Seal), DigestFault> {
    let mut content = Vec::new();
    unpack(&object.body, MAX_DIGEST_BYTES, |piece| {
        content.extend_from_slice(piece);
    })?;
    let of = |name: &str| object.metadata.get(name);
    let signature = of(SIGNATURE).ok_or(DigestFault::Unsigned)?;
    if of(ALGORITHM).is_none_or(|algorithm| algorithm != SIGNATURE_ALGORITHM) {
        return Err(DigestFault::Unsigned);
    }
    let seal = Seal {
        sha256: hex::encode(digest(&SHA256, &content)),
        signature: signature.clone(),
    };
    Ok((content, seal))
}

/// Reads a digest; nothing of it is believed before its signature is checked.
pub fn read(
    content: &[u8],
    seal: Seal,
    expected: &Expected<'_>,
    keys: &PublicKeys,
) -> Result<Digest, DigestFault> {
    let object::Object(document): object::Object<Document> =
        serde_json::from_slice(content).map_err(DigestFault::Format)?;
    check_signature(&document, &seal, keys)?;
    check_place(&document, expected)?;
    let start = Instant::parse(&document.digest_start_time);
    let start = start.ok_or_else(|| DigestFault::Start(document.digest_start_time.clone()))?;
    Ok(Digest {
        document,
        seal,
        start,
        end: expected.end,
    })
}

fn check_signature(document: &Document, seal: &Seal, keys: &PublicKeys) -> Result<(), DigestFault> {
    let fingerprint = &document.digest_public_key_fingerprint;
    let key = keys.get(fingerprint);
    let key = key.ok_or_else(|| DigestFault::UnknownKey(fingerprint.clone()))?;
    let text = string_to_sign(
        &document.digest_end_time,
        &document.digest_s3_bucket,
        &document.digest_s3_object,
        &seal.sha256,
        document.previous_digest_signature.as_deref(),
    );
    let signature = hex::decode(&seal.signature).map_err(|_| BadSignature)?;
    Ok(key.verify(text.as_bytes(), &signature)?)
}

fn check_place(document: &Document, expected: &Expected<'_>) -> Result<(), DigestFault> {
    let (bucket, key) = (&document.digest_s3_bucket, &document.digest_s3_object);
    if (bucket.as_str(), key.as_str()) != (expected.bucket, expected.key) {
        let (bucket, key) = (bucket.clone(), key.clone());
        return Err(DigestFault::Moved { bucket, key });
    }
    let end = seconds(expected.end);
    let fields = [
        (
            "digestEndTime",
            document.digest_end_time.as_str(),
            end.as_str(),
        ),
        ("awsAccountId", &document.aws_account_id, expected.account),
        (
            "trailName",
            &document.activity_log.trail_name,
            expected.trail.as_str(),
        ),
    ];
    for (field, found, expected) in fields {
        if found != expected {
            let (found, expected) = (found.to_owned(), expected.to_owned());
            return Err(DigestFault::Field {
                field,
                found,
                expected,
            });
        }
    }
    Ok(())
}
