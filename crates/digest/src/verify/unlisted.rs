//! Archives that no digest lists.

use std::collections::{BTreeMap, BTreeSet};

use activity_log_core::trail::keys::Location;
use activity_log_core::trail::progress::ChainEnd;

use super::finding::Finding;
use super::known::{Known, Place};
use super::names;
use super::reason::{Unlisted, WhyNotDigested};

/// Most other trails that are named.
const MAX_NAMED: usize = 10;

/// What lies in a bucket and is not listed, counted key by key.
#[derive(Debug)]
pub struct Count<'a> {
    known: &'a Known,
    location: Location<'a>,
    bucket: &'a str,
    older: u64,
    others: u64,
    other_trails: BTreeSet<String>,
    foreign: Option<Tally>,
    between: Option<Tally>,
    /// by the id of their trail
    waiting: BTreeMap<String, Tally>,
}

/// How many, and the first of them.
#[derive(Debug)]
struct Tally {
    count: u64,
    first: String,
}

impl Tally {
    fn of_first(first: String) -> Self {
        Self { count: 0, first }
    }
}

impl<'a> Count<'a> {
    /// Nothing yet.
    pub fn new(known: &'a Known, location: Location<'a>, bucket: &'a str) -> Self {
        Self {
            known,
            location,
            bucket,
            older: 0,
            others: 0,
            other_trails: BTreeSet::new(),
            foreign: None,
            between: None,
            waiting: BTreeMap::new(),
        }
    }

    /// Looks at a key; a problem is told at once, all else counted.
    pub fn add(&mut self, key: String) -> Option<Finding> {
        if self.known.listed.contains(&key) {
            return None;
        }
        let Some(name) = names::archive(&self.location, &key) else {
            count(&mut self.foreign, key);
            return None;
        };
        let trail = name.trail;
        match self.known.place(trail, name.window) {
            Place::OtherTrail => {
                self.others += 1;
                if self.other_trails.len() <= MAX_NAMED {
                    self.other_trails.insert(trail.to_owned());
                }
            }
            Place::BeforeFirst => self.older += 1,
            Place::Between(ChainEnd::ValidationOff) => count(&mut self.between, key),
            Place::Between(ChainEnd::Stopped) => {
                return Some(self.unlisted(key, Unlisted::Stopped));
            }
            Place::Between(ChainEnd::SubscriptionEnded) => {
                return Some(self.unlisted(key, Unlisted::SubscriptionEnded));
            }
            Place::Digested => return Some(self.unlisted(key, Unlisted::Digested)),
            Place::AfterLast(_) => {
                let trail = trail.to_owned();
                let waiting = self.waiting.entry(trail);
                waiting.or_insert_with(|| Tally::of_first(key)).count += 1;
            }
        }
        None
    }

    fn unlisted(&self, key: String, why: Unlisted) -> Finding {
        let bucket = self.bucket.to_owned();
        Finding::UnlistedArchive { bucket, key, why }
    }

    /// What was counted.
    pub fn finish(self) -> Vec<Finding> {
        let bucket = || self.bucket.to_owned();
        let mut findings = Vec::new();
        findings.extend(
            self.foreign
                .map(|Tally { count, first }| Finding::NoArchive {
                    objects: count,
                    bucket: bucket(),
                    first,
                }),
        );
        findings.extend(
            self.between
                .map(|Tally { count, first }| Finding::BetweenChains {
                    archives: count,
                    bucket: bucket(),
                    first,
                }),
        );
        for (trail, Tally { count, first }) in self.waiting {
            let name = names::archive(&self.location, &first);
            let place = name.map(|name| self.known.place(&trail, name.window));
            let why = match place {
                Some(Place::AfterLast(Some(next))) => WhyNotDigested::Deleted {
                    next: next.to_owned(),
                    trail,
                },
                _ => WhyNotDigested::Yet,
            };
            findings.push(Finding::NotDigested {
                archives: count,
                bucket: bucket(),
                first,
                why,
            });
        }
        if self.older > 0 {
            findings.push(Finding::OlderThanDigests {
                archives: self.older,
            });
        }
        if self.others > 0 {
            findings.push(Finding::OtherTrails {
                archives: self.others,
                trails: named(&self.other_trails),
            });
        }
        findings
    }
}

fn count(tally: &mut Option<Tally>, key: String) {
    tally.get_or_insert_with(|| Tally::of_first(key)).count += 1;
}

fn named(trails: &BTreeSet<String>) -> String {
    let mut names: Vec<&str> = trails.iter().map(String::as_str).take(MAX_NAMED).collect();
    if trails.len() > MAX_NAMED {
        names.push("…");
    }
    names.join(", ")
}
