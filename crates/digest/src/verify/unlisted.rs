//! Archives that no digest lists.

use std::collections::{BTreeSet, HashSet};

use activity_log_core::instant::Instant;
use activity_log_core::trail::keys::Location;
use activity_log_core::window::Window;

use super::finding::Finding;
use super::names;

/// What is known from the valid digests.
#[derive(Debug, Default)]
pub struct Known {
    /// keys of the archives they list
    pub listed: HashSet<String>,
    /// first 12 digits of the ids of the trails they are of: a trail deleted and made again has two
    pub trails: BTreeSet<String>,
    /// the start of the oldest digest, if a chain starts there: before, validation was off
    pub digested_from: Option<Instant>,
    /// the end of the newest digest, valid or not
    pub digested_until: Option<Instant>,
    /// the end of a chain, if the last digest looked at is one
    pub chain_end: Option<Instant>,
    /// from the end of a chain to the start of the next
    pub gaps: Vec<(Instant, Instant)>,
}

impl Known {
    /// Whether a window lies where no digest should be: logging or validation was off.
    fn is_between_chains(&self, window: Window) -> bool {
        let mut gaps = self.gaps.iter();
        gaps.any(|(from, to)| window.start() >= *from && window.end() <= *to)
    }
}

/// Finds among the keys of a bucket the archives that are not listed.
pub fn find(
    known: &Known,
    location: &Location<'_>,
    bucket: &str,
    keys: impl IntoIterator<Item = String>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let (mut older, mut others, mut trails) = (0, 0, BTreeSet::new());
    let mut waiting: Option<(u64, String)> = None;
    let mut between: Option<(u64, String)> = None;
    let bucket = bucket.to_owned();
    for key in keys {
        if known.listed.contains(&key) {
            continue;
        }
        match names::archive(location, &key) {
            None => findings.push(Finding::NoArchive {
                bucket: bucket.clone(),
                key,
            }),
            Some(name) if !known.trails.contains(name.trail) => {
                others += 1;
                trails.insert(name.trail.to_owned());
            }
            Some(name) if Some(name.window.start()) < known.digested_from => older += 1,
            Some(name) if known.is_between_chains(name.window) => {
                between.get_or_insert((0, key)).0 += 1;
            }
            Some(name) if known.digested_until >= Some(name.window.end()) => {
                findings.push(Finding::UnlistedArchive {
                    bucket: bucket.clone(),
                    key,
                });
            }
            Some(_) => waiting.get_or_insert((0, key)).0 += 1,
        }
    }
    findings.extend(between.map(|(archives, first)| Finding::BetweenChains {
        archives,
        bucket: bucket.clone(),
        first,
    }));
    findings.extend(waiting.map(|(archives, first)| Finding::NotDigested {
        archives,
        bucket,
        first,
    }));
    if older > 0 {
        findings.push(Finding::OlderThanDigests { archives: older });
    }
    if others > 0 {
        let archives = others;
        findings.push(Finding::OtherTrails { archives, trails });
    }
    findings
}
