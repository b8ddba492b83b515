//! Digests: each in itself, and in its chain.

use activity_log_core::instant::Instant;
use activity_log_core::object;
use activity_log_core::trail::progress::PreviousDigest;

use super::{Done, Run, place};
use crate::document::Document;
use crate::verify::bucket::{Buckets, Fetched, KeyRange, Object};
use crate::verify::chain::Link;
use crate::verify::digest::{self, Digest, DigestFault, Expected, MAX_DIGEST_BYTES, Seal};
use crate::verify::finding::Finding;
use crate::verify::known::Before;
use crate::verify::reason::Outside;
use crate::verify::{HOUR_MS, LATE_MS, Request, VerifyError, names, windows};

impl<B: Buckets, F: FnMut(Finding)> Run<'_, B, F> {
    /// All digests, oldest first.
    pub async fn digests(&mut self) -> Done<B> {
        let Request {
            location,
            trail,
            start,
            end,
            ..
        } = *self.request;
        let range = KeyRange {
            prefix: location.digests(),
            after: start.map(|start| location.digest(trail, start)),
            until: location.digest(trail, end.plus_millis(HOUR_MS)),
        };
        let mut digests = Vec::new();
        self.list(range, |_, key| {
            let end = names::digest_end(&location, trail, &key);
            digests.extend(end.map(|end| (end, key)));
        })
        .await?;
        digests.sort();
        if digests.is_empty() {
            self.found(Finding::NoDigests {
                bucket: self.request.bucket.to_owned(),
                prefix: location.digests(),
            });
        }
        for (end, key) in digests {
            self.digest(end, key).await?;
        }
        Ok(())
    }

    async fn digest(&mut self, end: Instant, key: String) -> Done<B> {
        self.report.totals.digests += 1;
        let bucket = self.request.bucket;
        let object = match self.get(bucket, &key, MAX_DIGEST_BYTES).await? {
            Fetched::Object(object) => Ok(object),
            Fetched::Missing => Err(DigestFault::Gone),
            Fetched::TooLarge => Err(DigestFault::TooLarge),
            Fetched::Refused(source) => {
                self.chains.add_invalid(&key, None);
                self.known.add_invalid(end);
                self.unreadable(bucket, key, source);
                return Ok(());
            }
        };
        let mut known = None;
        let read = object.and_then(|object| self.read_digest(&object, end, &key, &mut known));
        match read {
            Ok(digest) => self.valid_digest(&digest).await,
            Err(fault) => {
                self.chains.add_invalid(&key, known);
                self.known.add_invalid(end);
                let bucket = bucket.to_owned();
                self.found(Finding::BadDigest { bucket, key, fault });
                Ok(())
            }
        }
    }

    /// `known` gets hash and signature even if they turn out to be wrong.
    fn read_digest(
        &self,
        object: &Object,
        end: Instant,
        key: &str,
        known: &mut Option<Seal>,
    ) -> Result<Digest, DigestFault> {
        let (content, seal) = digest::seal(object)?;
        *known = Some(seal.clone());
        let expected = Expected {
            bucket: self.request.bucket,
            key,
            end,
            trail: self.request.trail,
            account: self.request.location.account.as_str(),
        };
        digest::read(&content, seal, &expected, self.keys)
    }

    async fn valid_digest(&mut self, digest: &Digest) -> Done<B> {
        let totals = &mut self.report.totals;
        totals.valid_digests += 1;
        totals.from.get_or_insert(digest.start);
        totals.to = Some(digest.end);
        let before = self.chain(digest).await?;
        self.known.add(digest, before);
        let (bucket, key) = place(digest);
        for fault in windows::check(digest) {
            let (bucket, key) = (bucket.clone(), key.clone());
            self.found(Finding::BadWindows { bucket, key, fault });
        }
        for (window, files) in windows::archives(digest) {
            self.window(digest, window, files).await?;
        }
        Ok(())
    }

    /// Puts a digest into its chain, and says what comes before it.
    async fn chain(&mut self, digest: &Digest) -> Result<Before, VerifyError<B::Error>> {
        let (bucket, key) = place(digest);
        let last = self.chains.last().cloned();
        let (link, fault) = self.chains.add(digest);
        if let Some((key, fault)) = fault {
            let bucket = bucket.clone();
            self.found(Finding::BadChain { bucket, key, fault });
        }
        let activity_log = &digest.document.activity_log;
        if digest.document.previous().is_none() {
            let (bucket, key, start) = (bucket, key.clone(), digest.start);
            self.found(Finding::ChainStarts { bucket, key, start });
        }
        match link {
            Link::None => Ok(Before::Nothing),
            Link::Follows => {
                let named = activity_log.previous_chain.as_ref();
                let last = last.filter(|last| named.is_some_and(|named| named.key == last.key));
                let ended = last.and_then(|last| Some(Before::Chain(last.end, last.chain_ends?)));
                Ok(ended.unwrap_or(Before::Other))
            }
            Link::Differs(previous) => {
                self.found(Finding::ReplacedDigest {
                    bucket: previous.bucket,
                    key: previous.key,
                    named_by: key,
                });
                Ok(Before::Other)
            }
            Link::Elsewhere(previous) => self.elsewhere(previous, key).await,
        }
    }

    /// A digest is named that is not among those listed.
    async fn elsewhere(
        &mut self,
        previous: PreviousDigest,
        named_by: String,
    ) -> Result<Before, VerifyError<B::Error>> {
        let (why, before) = if self.is_before(&previous) {
            (Outside::Before, Before::Nothing)
        } else {
            let (bucket, key) = (previous.bucket.clone(), previous.key.clone());
            let object = match self.get(&bucket, &key, MAX_DIGEST_BYTES).await? {
                Fetched::Object(object) => Some(object),
                Fetched::TooLarge => None,
                Fetched::Missing => {
                    self.found(Finding::MissingDigest {
                        bucket,
                        key,
                        named_by,
                    });
                    return Ok(Before::Other);
                }
                Fetched::Refused(source) => {
                    self.unreadable(&bucket, key, source);
                    return Ok(Before::Other);
                }
            };
            let read = object.and_then(|object| digest::seal(&object).ok());
            let Some((content, _)) = read.filter(|(_, seal)| seal.is(&previous)) else {
                self.found(Finding::ReplacedDigest {
                    bucket,
                    key,
                    named_by,
                });
                return Ok(Before::Other);
            };
            (Outside::Elsewhere, before(&content))
        };
        self.found(Finding::ContinuesFrom {
            bucket: previous.bucket,
            key: previous.key,
            named_by,
            why,
        });
        Ok(before)
    }

    fn is_before(&self, previous: &PreviousDigest) -> bool {
        let Request {
            location,
            trail,
            start,
            bucket,
            ..
        } = *self.request;
        let end = names::digest_end(&location, trail, &previous.key);
        previous.bucket == bucket && end.is_some_and(|end| Some(end) <= start)
    }

    /// Whether the newest digest should be the newest.
    pub fn newest(&mut self) {
        let Some(last) = self.chains.last().filter(|last| last.chain_ends.is_none()) else {
            return;
        };
        if last.end.plus_millis(LATE_MS) < self.request.end {
            let (key, end) = (last.key.clone(), last.end);
            let bucket = self.request.bucket.to_owned();
            self.found(Finding::NothingAfter { bucket, key, end });
        }
    }
}

/// What a digest elsewhere, whose hash is the one that is signed, says of the end of its chain.
fn before(content: &[u8]) -> Before {
    let document = serde_json::from_slice::<object::Object<Document>>(content).ok();
    let chain = document.and_then(|document| {
        let end = Instant::parse(&document.digest_end_time)?;
        Some(Before::Chain(end, document.activity_log.chain_ends?))
    });
    chain.unwrap_or(Before::Other)
}
