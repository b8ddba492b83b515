//! Digests: signed files that say what a trail's archives are, so that nobody can change or delete one
//! unseen.
//!
//! They are AWS CloudTrail's digest files, and the unmodified `aws cloudtrail validate-logs` verifies
//! them: see its source, `awscli/customizations/cloudtrail/validation.py`, which decides wherever AWS's
//! documentation is silent. Each names its archives with the hash of what they hold and the digest before
//! it with its hash and signature, and tells, which AWS's do not, what became of every event of every
//! window ([`document::ActivityLog`]).
//!
//! What is here knows no AWS, no HTTP and no tokio: the archiver has a [`sign::Draft`] signed by KMS.

pub mod document;
mod gzip;
pub mod public_key;
pub mod sign;
#[cfg(test)]
mod testing;
pub mod verify;
