//! What the valid digests tell of archives: which there are, and of which times each trail id has digests.

use std::collections::{BTreeMap, HashSet};

use activity_log_core::instant::Instant;
use activity_log_core::trail::progress::ChainEnd;
use activity_log_core::window::Window;

use super::digest::Digest;
use super::names;

/// What is known from the digests so far.
#[derive(Debug, Default)]
pub struct Known {
    /// keys of the archives that valid digests list
    pub listed: HashSet<String>,
    /// by the part of the trail's id that archives' keys have: a trail deleted and made again has two
    trails: BTreeMap<String, Vouched>,
    /// the trail of the last valid digest
    current: Option<String>,
    /// whether a digest that is not valid came before all valid ones
    is_start_unknown: bool,
}

/// What comes before a chain, or before the first digest in it that is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Before {
    /// nothing that is looked at
    Nothing,
    /// a chain that ends there
    Chain(Instant, ChainEnd),
    /// a digest that is missing, or not valid, or within the chain
    Other,
}

/// The times of which a trail has digests.
#[derive(Debug)]
struct Vouched {
    /// start of its first digest
    first: Instant,
    /// the start of its first digest, if nothing came before: archives of earlier windows have no digest
    from: Option<Instant>,
    /// end of its last digest
    until: Instant,
    /// between its chains, in order
    gaps: Vec<Gap>,
}

/// From the end of a chain to the start of the next.
#[derive(Debug)]
struct Gap {
    from: Instant,
    to: Instant,
    why: ChainEnd,
    /// since when there are archives in it of which no digest tells
    unrecorded: Option<Instant>,
}

impl Gap {
    /// Why a window in it has no digest.
    fn why(&self, window: Window) -> ChainEnd {
        match self.unrecorded {
            Some(since) if window.start() >= since => ChainEnd::ValidationOff,
            _ => self.why,
        }
    }
}

/// Where a window lies that no digest lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place<'a> {
    /// its trail has no valid digest
    OtherTrail,
    /// before its trail's first digest
    BeforeFirst,
    /// between two chains, of which the first ended so
    Between(ChainEnd),
    /// where a digest lists all archives there are
    Digested,
    /// after its trail's last digest; with the id of the trail made after it, if there is one
    AfterLast(Option<&'a str>),
}

impl Known {
    /// Notes a digest that is not valid. It is taken for one of the trail of the valid digest before it.
    pub fn add_invalid(&mut self, end: Instant) {
        let current = self.current.as_ref();
        match current.and_then(|id| self.trails.get_mut(id)) {
            Some(trail) => trail.until = end,
            None => self.is_start_unknown = true,
        }
    }

    /// Notes a valid digest.
    pub fn add(&mut self, digest: &Digest, before: Before) {
        let id = names::short_id(&digest.document.activity_log.trail_id);
        let is_start = before == Before::Nothing || matches!(before, Before::Chain(..));
        let is_start = is_start && !self.is_start_unknown && digest.document.previous().is_none();
        match self.trails.get_mut(id) {
            None => {
                let trail = Vouched {
                    first: digest.start,
                    from: is_start.then_some(digest.start),
                    until: digest.end,
                    gaps: Vec::new(),
                };
                self.trails.insert(id.to_owned(), trail);
            }
            Some(trail) => {
                if let Before::Chain(from, why) = before {
                    let to = digest.start;
                    let since = digest.document.activity_log.unrecorded_since.as_deref();
                    trail.gaps.push(Gap {
                        from,
                        to,
                        why,
                        unrecorded: since.and_then(Instant::parse),
                    });
                }
                trail.until = digest.end;
            }
        }
        self.current = Some(id.to_owned());
    }

    /// Where the window of an archive lies that no digest lists.
    pub fn place(&self, id: &str, window: Window) -> Place<'_> {
        let Some(trail) = self.trails.get(id) else {
            return Place::OtherTrail;
        };
        if Some(window.start()) < trail.from {
            return Place::BeforeFirst;
        }
        let is_in = |gap: &&Gap| window.start() >= gap.from && window.end() <= gap.to;
        if let Some(gap) = trail.gaps.iter().find(is_in) {
            return Place::Between(gap.why(window));
        }
        if window.end() <= trail.until {
            return Place::Digested;
        }
        let later = self
            .trails
            .iter()
            .filter(|(_, other)| other.first > trail.first);
        let next = later.min_by_key(|(_, other)| other.first);
        Place::AfterLast(next.map(|(id, _)| id.as_str()))
    }
}
