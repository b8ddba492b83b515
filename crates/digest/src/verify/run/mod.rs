//! One run of verifying: what is known so far, and what was found.

mod archives;
mod digests;

use super::archive::Seen;
use super::bucket::{Buckets, Fetched, KeyRange};
use super::chain::Chains;
use super::digest::Digest;
use super::finding::Finding;
use super::known::Known;
use super::report::Report;
use super::{Request, VerifyError};
use crate::public_key::PublicKeys;

/// The bucket answered.
type Done<B> = Result<(), VerifyError<<B as Buckets>::Error>>;

/// One run.
pub struct Run<'a, B, F> {
    buckets: &'a B,
    request: &'a Request<'a>,
    keys: &'a PublicKeys,
    tell: F,
    chains: Chains,
    seen: Seen,
    known: Known,
    report: Report,
}

impl<'a, B: Buckets, F: FnMut(&Finding)> Run<'a, B, F> {
    /// Nothing is known yet.
    pub fn new(buckets: &'a B, request: &'a Request<'a>, keys: &'a PublicKeys, tell: F) -> Self {
        Self {
            buckets,
            request,
            keys,
            tell,
            chains: Chains::default(),
            seen: Seen::default(),
            known: Known::default(),
            report: Report::default(),
        }
    }

    /// What it comes to.
    pub fn into_report(self) -> Report {
        self.report
    }

    fn found(&mut self, finding: Finding) {
        (self.tell)(&finding);
        self.report.findings.push(finding);
    }

    async fn list(&self, range: KeyRange) -> Result<Vec<String>, VerifyError<B::Error>> {
        let bucket = self.request.bucket;
        let listed = self.buckets.list(bucket, &range).await;
        listed.map_err(|source| VerifyError::List {
            bucket: bucket.to_owned(),
            prefix: range.prefix,
            source,
        })
    }

    async fn get(
        &self,
        bucket: &str,
        key: &str,
        max_bytes: u64,
    ) -> Result<Fetched, VerifyError<B::Error>> {
        let fetched = self.buckets.get(bucket, key, max_bytes).await;
        fetched.map_err(|source| VerifyError::Get {
            bucket: bucket.to_owned(),
            key: key.to_owned(),
            source,
        })
    }
}

/// Its bucket and key.
fn place(digest: &Digest) -> (String, String) {
    let document = &digest.document;
    (
        document.digest_s3_bucket.clone(),
        document.digest_s3_object.clone(),
    )
}
