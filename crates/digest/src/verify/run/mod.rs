//! One run of verifying: what is known so far, and what was found.

mod archives;
mod digests;

use std::error::Error;
use std::ops::ControlFlow;

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
    /// keys listed so far
    keys_listed: u64,
    /// objects that were there or not, as asked
    answered: u64,
    /// objects that were not given out
    refused: u64,
    first_refused: Option<(String, String)>,
}

impl<'a, B: Buckets, F: FnMut(Finding)> Run<'a, B, F> {
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
            keys_listed: 0,
            answered: 0,
            refused: 0,
            first_refused: None,
        }
    }

    /// What it comes to.
    pub fn into_report(self) -> Report {
        self.report
    }

    fn found(&mut self, finding: Finding) {
        self.report.add(&finding);
        (self.tell)(finding);
    }

    /// Lists keys; `take` gets them one by one.
    async fn list(&mut self, range: KeyRange, mut take: impl FnMut(&mut Self, String)) -> Done<B> {
        let (buckets, bucket) = (self.buckets, self.request.bucket);
        let max_keys = self.request.max_keys;
        let listed = buckets.list(bucket, &range, |key| {
            self.keys_listed += 1;
            if self.keys_listed > max_keys {
                return ControlFlow::Break(());
            }
            take(self, key);
            ControlFlow::Continue(())
        });
        let listed = listed.await;
        let (bucket, prefix) = (bucket.to_owned(), range.prefix);
        if let Err(source) = listed {
            return Err(VerifyError::List {
                bucket,
                prefix,
                source,
            });
        }
        if self.keys_listed > max_keys {
            return Err(VerifyError::TooManyKeys {
                bucket,
                prefix,
                max_keys,
            });
        }
        Ok(())
    }

    /// Asks for an object.
    async fn get(
        &mut self,
        bucket: &str,
        key: &str,
        max_bytes: u64,
    ) -> Result<Fetched, VerifyError<B::Error>> {
        let fetched = self.buckets.get(bucket, key, max_bytes).await;
        let fetched = fetched.map_err(|source| VerifyError::Get {
            bucket: bucket.to_owned(),
            key: key.to_owned(),
            source,
        })?;
        if let Fetched::Refused(_) = &fetched {
            self.refused += 1;
            let place = (bucket.to_owned(), key.to_owned());
            self.first_refused.get_or_insert(place);
        } else {
            self.answered += 1;
        }
        Ok(fetched)
    }

    fn unreadable(&mut self, bucket: &str, key: String, source: Box<dyn Error + Send + Sync>) {
        let bucket = bucket.to_owned();
        self.found(Finding::Unreadable {
            bucket,
            key,
            source,
        });
    }

    /// Whether anything could be read at all.
    pub fn check_readable(&mut self) -> Done<B> {
        match self.first_refused.take() {
            Some((bucket, key)) if self.answered == 0 => Err(VerifyError::NothingReadable {
                objects: self.refused,
                bucket,
                key,
            }),
            _ => Ok(()),
        }
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
