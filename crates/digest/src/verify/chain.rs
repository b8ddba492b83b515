//! Chains of digests: each names the one before it with its hash and signature, so that none can be taken
//! out or replaced. Stopping a trail, or its validation, or the account's subscription ends a chain; the next begins another, and names the
//! last digest of the one before it in [`ActivityLog::previous_chain`](crate::document::ActivityLog).

use std::collections::HashMap;

use activity_log_core::instant::Instant;
use activity_log_core::trail::progress::{ChainEnd, PreviousDigest};

use super::digest::{Digest, Seal};

/// What a digest says of the one before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    /// nothing: the trail's first chain starts
    None,
    /// the digest it names is there
    Follows,
    /// the digest it names is not what it was
    Differs(PreviousDigest),
    /// the digest it names is not among those seen
    Elsewhere(PreviousDigest),
}

/// What is wrong with the order of two digests.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum ChainFault {
    /// digests between them are gone
    #[error(
        "its chain does not end with it, but {next} starts another: digests that followed it are missing"
    )]
    Unended {
        /// the key of the next
        next: String,
    },
    /// the next one goes past it
    #[error("nothing follows it: {next} follows {named}")]
    Passed {
        /// the key of the next
        next: String,
        /// the key of the one before
        named: String,
    },
    /// windows in no digest of the chain
    #[error("it starts at {start}, but the digest before it ends at {end}")]
    Gap {
        /// its start
        start: Instant,
        /// the other's end
        end: Instant,
    },
    /// windows in two digests
    #[error("it starts at {start}, before the digest before it ends at {end}")]
    Overlap {
        /// its start
        start: Instant,
        /// the other's end
        end: Instant,
    },
    /// nothing says where the chain ended
    #[error(
        "its trail was deleted while it logged: were digests that followed it deleted too, that could \
         not be seen"
    )]
    Deleted,
}

/// Digests of one trail in one bucket, oldest first.
#[derive(Debug, Default)]
pub struct Chains {
    /// by key; `None` for one that has no hash and signature
    seals: HashMap<String, Option<Seal>>,
    last: Option<Last>,
}

/// The last digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Last {
    /// its key
    pub key: String,
    /// its trail's id
    pub trail_id: String,
    /// the end of its period
    pub end: Instant,
    /// why its chain ends, if it says so
    pub chain_ends: Option<ChainEnd>,
}

impl Chains {
    /// The last digest, if it was valid.
    pub fn last(&self) -> Option<&Last> {
        self.last.as_ref()
    }

    /// Notes a digest that is not valid. What follows it is not measured against what came before.
    pub fn add_invalid(&mut self, key: &str, seal: Option<Seal>) {
        self.seals.insert(key.to_owned(), seal);
        self.last = None;
    }

    /// Puts a valid digest into its chain. A fault comes with the key of the digest it is about.
    pub fn add(&mut self, digest: &Digest) -> (Link, Option<(String, ChainFault)>) {
        let document = &digest.document;
        let key = &document.digest_s3_object;
        let named = document.previous();
        let named = named.or_else(|| document.activity_log.previous_chain.clone());
        let fault = self.order(digest, named.as_ref());
        let link = match named {
            None => Link::None,
            Some(named) if named.bucket != document.digest_s3_bucket => Link::Elsewhere(named),
            Some(named) => match self.seals.get(&named.key) {
                Some(Some(seal)) if !seal.is(&named) => Link::Differs(named),
                Some(_) => Link::Follows,
                None => Link::Elsewhere(named),
            },
        };
        self.seals.insert(key.clone(), Some(digest.seal.clone()));
        self.last = Some(Last {
            key: key.clone(),
            trail_id: document.activity_log.trail_id.clone(),
            end: digest.end,
            chain_ends: document.activity_log.chain_ends,
        });
        (link, fault)
    }

    /// Measures a digest against the last one. `named` is the digest that it names.
    fn order(
        &self,
        digest: &Digest,
        named: Option<&PreviousDigest>,
    ) -> Option<(String, ChainFault)> {
        let last = self.last.as_ref()?;
        let document = &digest.document;
        let key = &document.digest_s3_object;
        let (start, end) = (digest.start, last.end);
        let starts_chain = document.previous().is_none();
        let is_same_trail = last.trail_id == document.activity_log.trail_id;
        let of_last = |fault| Some((last.key.clone(), fault));
        let unended = || last.chain_ends.is_none() && starts_chain;
        let here = named.filter(|named| named.bucket == document.digest_s3_bucket);
        match here {
            Some(named) if named.key == last.key && start > end && !starts_chain => {
                Some((key.clone(), ChainFault::Gap { start, end }))
            }
            _ if is_same_trail && start < end => {
                Some((key.clone(), ChainFault::Overlap { start, end }))
            }
            Some(named) if named.key != last.key && self.seals.contains_key(&named.key) => {
                let (next, named) = (key.clone(), named.key.clone());
                of_last(ChainFault::Passed { next, named })
            }
            // One that is missing, or elsewhere, is told by its name.
            Some(named) if named.key != last.key => None,
            None if named.is_some() => None,
            _ if unended() && is_same_trail => {
                let next = key.clone();
                of_last(ChainFault::Unended { next })
            }
            _ if unended() => of_last(ChainFault::Deleted),
            _ => None,
        }
    }
}

impl Seal {
    /// Whether it is the one that the next digest tells of.
    pub fn is(&self, told: &PreviousDigest) -> bool {
        (self.sha256.as_str(), self.signature.as_str()) == (&told.sha256, &told.signature)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::document;

    /// A digest of windows, called by its last one.
    fn digest(from: i64, to: i64, previous: Option<i64>) -> Digest {
        let mut document = document(from, to);
        document.digest_s3_object = to.to_string();
        document.activity_log.chain_ends = None;
        document.previous_digest_s3_bucket = Some("logs".to_owned());
        document.previous_digest_s3_object = previous.map(|key| key.to_string());
        document.previous_digest_hash_value = previous.map(|key| format!("hash {key}"));
        document.previous_digest_signature = Some("s".to_owned());
        Digest {
            start: Instant::parse(&document.digest_start_time).unwrap(),
            end: Instant::parse(&document.digest_end_time).unwrap(),
            seal: seal(to),
            document,
        }
    }

    fn seal(key: i64) -> Seal {
        Seal {
            sha256: format!("hash {key}"),
            signature: "s".to_owned(),
        }
    }

    fn chains(digests: &[Digest]) -> Chains {
        let mut chains = Chains::default();
        for digest in digests {
            chains.add(digest);
        }
        chains
    }

    fn fault(before: &[Digest], digest: &Digest) -> Option<(String, ChainFault)> {
        chains(before).add(digest).1
    }

    #[test]
    fn a_chain_has_neither_gap_nor_overlap() {
        let one = digest(1, 3, None);
        let (end, at) = (one.end, |digest: &Digest| digest.start);
        assert_eq!(
            fault(std::slice::from_ref(&one), &digest(4, 6, Some(3))),
            None
        );
        let late = digest(5, 6, Some(3));
        let start = at(&late);
        assert_eq!(
            fault(std::slice::from_ref(&one), &late),
            Some(("6".to_owned(), ChainFault::Gap { start, end }))
        );
        for early in [digest(3, 6, Some(3)), digest(3, 6, None)] {
            let start = at(&early);
            assert_eq!(
                fault(std::slice::from_ref(&one), &early),
                Some(("6".to_owned(), ChainFault::Overlap { start, end }))
            );
        }
    }

    #[test]
    fn a_digest_that_nothing_follows_is_seen() {
        let digests = [digest(1, 3, None), digest(4, 6, Some(3))];
        let (next, named) = ("9".to_owned(), "3".to_owned());
        assert_eq!(
            fault(&digests, &digest(7, 9, Some(3))),
            Some(("6".to_owned(), ChainFault::Passed { next, named }))
        );
        // One that is missing is told by its name.
        assert_eq!(fault(&digests[..1], &digest(7, 9, Some(6))), None);
    }

    #[test]
    fn a_chain_ends_where_it_says_so() {
        let mut ended = digest(4, 6, Some(3));
        let unended = ended.clone();
        ended.document.activity_log.chain_ends = Some(ChainEnd::Stopped);
        let mut next = digest(10, 12, None);
        let told = |key: i64| PreviousDigest {
            bucket: "logs".to_owned(),
            key: key.to_string(),
            sha256: format!("hash {key}"),
            signature: "s".to_owned(),
        };
        let names = |digest: &mut Digest, key| {
            digest.document.activity_log.previous_chain = Some(told(key));
        };
        for names_it in [false, true] {
            if names_it {
                names(&mut next, 6);
            }
            assert_eq!(fault(std::slice::from_ref(&ended), &next), None);
            let cut = ("6".to_owned(), "12".to_owned());
            assert_eq!(
                fault(std::slice::from_ref(&unended), &next),
                Some((cut.0, ChainFault::Unended { next: cut.1 }))
            );
        }
        // Missing ones are told by their names, as inside a chain.
        names(&mut next, 9);
        let (link, fault) = chains(&[unended]).add(&next);
        assert_eq!((link, fault), (Link::Elsewhere(told(9)), None));
        let (link, _) = chains(&[ended.clone(), digest(7, 9, None)]).add(&next);
        assert_eq!(link, Link::Follows);
        ended.seal.signature.push('x');
        names(&mut next, 6);
        let (link, _) = chains(&[ended]).add(&next);
        assert_eq!(link, Link::Differs(told(6)));
    }

    #[test]
    fn what_follows_a_digest_that_is_not_valid_is_measured_against_nothing() {
        let mut chains = chains(&[digest(1, 3, None)]);
        chains.add_invalid("6", Some(seal(6)));
        let (link, fault) = chains.add(&digest(7, 9, Some(6)));
        assert_eq!((link, fault), (Link::Follows, None));
        chains.add_invalid("12", None);
        let (link, fault) = chains.add(&digest(13, 15, None));
        assert_eq!((link, fault), (Link::None, None));
    }

    #[test]
    fn a_digest_of_the_same_key_in_another_bucket_is_another() {
        let mut moved = digest(4, 6, Some(3));
        moved.document.previous_digest_s3_bucket = Some("old".to_owned());
        let (link, _) = chains(&[digest(1, 3, None)]).add(&moved);
        assert!(matches!(link, Link::Elsewhere(previous) if previous.bucket == "old"));
    }
}
