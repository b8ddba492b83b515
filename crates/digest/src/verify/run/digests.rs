//! Digests: each in itself, and in its chain.

use activity_log_core::instant::Instant;
use activity_log_core::trail::progress::PreviousDigest;

use super::{Done, Run, place};
use crate::verify::bucket::{Buckets, Fetched, KeyRange};
use crate::verify::chain::Link;
use crate::verify::digest::{self, Digest, DigestFault, Expected, MAX_DIGEST_BYTES, Seal};
use crate::verify::finding::{Finding, Outside};
use crate::verify::{HOUR_MS, LATE_MS, Request, names, windows};

impl<B: Buckets, F: FnMut(&Finding)> Run<'_, B, F> {
    /// All digests, oldest first.
    pub async fn digests(&mut self) -> Done<B> {
        let Request {
            location,
            trail,
            start,
            end,
            ..
        } = *self.request;
        let keys = self.list(KeyRange {
            prefix: location.digests(),
            after: start.map(|start| location.digest(trail, start)),
            until: location.digest(trail, end.plus_millis(HOUR_MS)),
        });
        let mut digests: Vec<(Instant, String)> = keys
            .await?
            .into_iter()
            .filter_map(|key| Some((names::digest_end(&location, trail, &key)?, key)))
            .collect();
        digests.sort();
        if digests.is_empty() {
            self.found(Finding::NoDigests {
                bucket: self.request.bucket.to_owned(),
                prefix: location.digests(),
            });
        }
        self.known.digested_until = digests.last().map(|(end, _)| *end);
        for (end, key) in digests {
            self.digest(end, key).await?;
        }
        Ok(())
    }

    async fn digest(&mut self, end: Instant, key: String) -> Done<B> {
        self.report.totals.digests += 1;
        let bucket = self.request.bucket;
        let fetched = self.get(bucket, &key, MAX_DIGEST_BYTES).await?;
        let mut known = None;
        match self.read_digest(fetched, end, &key, &mut known) {
            Ok(digest) => self.valid_digest(&digest).await,
            Err(fault) => {
                self.chains.add_invalid(&key, known);
                self.known.chain_end = None;
                let bucket = bucket.to_owned();
                self.found(Finding::BadDigest { bucket, key, fault });
                Ok(())
            }
        }
    }

    /// `known` gets hash and signature even if they turn out to be wrong.
    fn read_digest(
        &self,
        fetched: Fetched,
        end: Instant,
        key: &str,
        known: &mut Option<Seal>,
    ) -> Result<Digest, DigestFault> {
        let object = match fetched {
            Fetched::Object(object) => object,
            Fetched::Missing => return Err(DigestFault::Gone),
            Fetched::TooLarge => return Err(DigestFault::TooLarge),
        };
        let (content, seal) = digest::seal(&object)?;
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
        let id = &digest.document.activity_log.trail_id;
        self.known.trails.insert(id.chars().take(12).collect());
        self.chain(digest).await?;
        let ends = digest.document.activity_log.chain_ends;
        self.known.chain_end = ends.then_some(digest.end);
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

    async fn chain(&mut self, digest: &Digest) -> Done<B> {
        let (bucket, key) = place(digest);
        let (link, fault) = self.chains.add(digest);
        if let Some((key, fault)) = fault {
            let bucket = bucket.clone();
            self.found(Finding::BadChain { bucket, key, fault });
        }
        match link {
            Link::Follows => {}
            Link::Starts => {
                let start = digest.start;
                if self.report.totals.digests == 1 {
                    self.known.digested_from = Some(start);
                }
                let ended = self.known.chain_end;
                self.known.gaps.extend(ended.map(|end| (end, start)));
                self.found(Finding::ChainStarts { bucket, key, start });
            }
            Link::Differs(previous) => self.found(Finding::ReplacedDigest {
                bucket: previous.bucket,
                key: previous.key,
                named_by: key,
            }),
            Link::Elsewhere(previous) => self.elsewhere(previous, key).await?,
        }
        Ok(())
    }

    /// A digest is followed that is not among those listed.
    async fn elsewhere(&mut self, previous: PreviousDigest, named_by: String) -> Done<B> {
        let why = if self.is_before(&previous) {
            Outside::Before
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
                    return Ok(());
                }
            };
            let seal = object.and_then(|object| digest::seal(&object).ok());
            if !seal.is_some_and(|(_, seal)| seal.is(&previous)) {
                self.found(Finding::ReplacedDigest {
                    bucket,
                    key,
                    named_by,
                });
                return Ok(());
            }
            Outside::Elsewhere
        };
        self.found(Finding::ContinuesFrom {
            bucket: previous.bucket,
            key: previous.key,
            named_by,
            why,
        });
        Ok(())
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
        let Some(last) = self.chains.last().filter(|last| !last.chain_ends) else {
            return;
        };
        if last.end.plus_millis(LATE_MS) < self.request.end {
            let (key, end) = (last.key.clone(), last.end);
            let bucket = self.request.bucket.to_owned();
            self.found(Finding::NothingAfter { bucket, key, end });
        }
    }
}
