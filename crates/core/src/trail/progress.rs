//! How far a trail is archived, and what comes next.
//!
//! The archiver takes one step at a time, and each step ends in one conditional write of the new
//! progress. A step done twice writes the same files and is recorded once.

use serde::{Deserialize, Serialize};

use super::Trail;
use crate::instant::{Instant, MINUTE, SECOND};
use crate::window::Window;

/// How long after its end a window is sealed, in milliseconds: ingest's timeout (`template.yaml`: 29 s)
/// and as much again for clocks that disagree.
pub const SEAL_AFTER_MS: i64 = 60 * SECOND;

/// Length of a digest's period (AWS: hourly).
const DIGEST_MS: i64 = 60 * MINUTE;

/// How far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// the last window archived
    pub watermark: Option<Window>,
    /// windows archived and not yet in a digest
    pub undigested: Option<Span>,
    /// whether the chain of digests ends with the next one
    pub closing: bool,
    /// the last digest of the chain
    pub previous: Option<PreviousDigest>,
}

/// Windows in a row, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// first
    pub from: Window,
    /// last
    pub to: Window,
}

impl Span {
    /// Every window in it.
    pub fn windows(self) -> impl Iterator<Item = Window> {
        (self.from.number()..=self.to.number()).map(Window::from_number)
    }
}

/// What a digest tells of the one before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviousDigest {
    /// its bucket
    pub bucket: String,
    /// its key
    pub key: String,
    /// hex SHA-256 of its decompressed content
    pub sha256: String,
    /// hex signature
    pub signature: String,
}

/// What the archiver does next for a trail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// writes the digest of these windows
    Digest(Span),
    /// archives this window
    Archive(Window),
    /// nothing, yet
    Wait,
}

/// Whether a window can get no more events.
pub fn is_sealed(window: Window, now: Instant) -> bool {
    now >= window.end().plus_millis(SEAL_AFTER_MS)
}

impl Trail {
    /// The next window to archive, sealed or not; `None` if no run asks for one.
    pub fn next_window(&self) -> Option<Window> {
        let run = self.logging.current()?;
        let next = self.progress.watermark.map(Window::next);
        Some(next.map_or(run.from, |next| next.max(run.from)))
    }

    /// What to do now.
    pub fn step(&self, now: Instant) -> Step {
        if let Some(span) = self.progress.undigested
            && (self.progress.closing || ends_period(span.to) || !self.settings.validation)
        {
            return Step::Digest(span);
        }
        match self.next_window() {
            Some(window) if is_sealed(window, now) => Step::Archive(window),
            _ => Step::Wait,
        }
    }

    /// Whether the record of the next window is kept for a digest: while digests are asked for, and of one
    /// more window where they no longer are, so that the chain has an end of its own and does not look cut.
    pub fn keeps_records(&self) -> bool {
        self.settings.validation
            || self.progress.previous.is_some()
            || self.progress.undigested.is_some()
    }

    /// The trail once `window`, the next one, is archived.
    #[must_use]
    pub fn archived(&self, window: Window) -> Self {
        let mut after = self.clone();
        let progress = &mut after.progress;
        progress.watermark = Some(window);
        let ends_run = self.logging.current().and_then(|run| run.until) == Some(window);
        if self.keeps_records() {
            let from = progress.undigested.map_or(window, |span| span.from);
            progress.undigested = Some(Span { from, to: window });
            progress.closing = ends_run || !self.settings.validation;
        }
        if ends_run {
            after.logging.finish_current();
        }
        after
    }

    /// The trail once its digest is delivered.
    #[must_use]
    pub fn digested(&self, digest: PreviousDigest) -> Self {
        let mut after = self.clone();
        let ends_chain = self.progress.closing || !self.settings.validation;
        after.progress.previous = (!ends_chain).then_some(digest);
        after.progress.undigested = None;
        after.progress.closing = false;
        after
    }
}

fn ends_period(window: Window) -> bool {
    window.end().millis() % DIGEST_MS == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trail::sample;
    use crate::window::WINDOW_MS;

    fn at(window: i64) -> Instant {
        Instant::from_millis(window * WINDOW_MS)
    }

    fn digest(key: &str) -> PreviousDigest {
        PreviousDigest {
            bucket: "logs".to_owned(),
            key: key.to_owned(),
            sha256: String::new(),
            signature: String::new(),
        }
    }

    /// All steps up to `now`, in short, and the trail after them.
    fn walk(mut trail: Trail, now: Instant) -> (Vec<String>, Trail) {
        let mut steps = Vec::new();
        loop {
            match trail.step(now) {
                Step::Archive(window) => {
                    steps.push(format!("{window}"));
                    trail = trail.archived(window);
                }
                Step::Digest(span) => {
                    let after = trail.progress.previous.as_ref().map_or("-", |one| &one.key);
                    steps.push(format!("D{}-{}<{after}", span.from, span.to));
                    trail = trail.digested(digest(&format!("D{}", span.to)));
                }
                Step::Wait => return (steps, trail),
            }
        }
    }

    #[test]
    fn a_window_waits_for_its_seal() {
        let window = Window::from_number(12);
        assert!(!is_sealed(window, at(13).plus_millis(SEAL_AFTER_MS - 1)));
        assert!(is_sealed(window, at(13).plus_millis(SEAL_AFTER_MS)));
        let mut trail = sample();
        assert_eq!(trail.step(at(100)), Step::Wait);
        trail.logging.start(at(12)).unwrap();
        assert_eq!(trail.step(at(13)), Step::Wait);
        assert_eq!(trail.step(at(14)), Step::Archive(window));
    }

    #[test]
    fn digests_close_hours_and_runs_and_a_new_run_begins_a_new_chain() {
        let mut trail = sample();
        trail.logging.start(at(21)).unwrap();
        trail.logging.stop(at(25));
        trail.logging.start(at(25)).unwrap();
        let (steps, trail) = walk(trail, at(39));
        assert_eq!(
            steps,
            [
                "21",
                "22",
                "23",
                "D21-23<-",
                "24",
                "25",
                "D24-25<D23",
                "26",
                "27",
                "28",
                "29",
                "30",
                "31",
                "32",
                "33",
                "34",
                "35",
                "D26-35<-",
                "36",
                "37"
            ]
        );
        assert_eq!(trail.progress.previous.unwrap().key, "D35");
    }

    #[test]
    fn switching_validation_off_closes_the_chain() {
        let mut trail = sample();
        trail.logging.start(at(24)).unwrap();
        let (_, mut trail) = walk(trail, at(39));
        trail.settings.validation = false;
        let (steps, mut trail) = walk(trail, at(42));
        assert_eq!(steps, ["D36-37<D35", "38", "39", "40"]);
        assert_eq!(trail.progress.previous, None);
        trail.settings.validation = true;
        let (steps, mut trail) = walk(trail, at(49));
        assert_eq!(
            steps,
            ["41", "42", "43", "44", "45", "46", "47", "D41-47<-"]
        );
        // Nothing waits for a digest: the next window's closes the chain.
        trail.settings.validation = false;
        let (steps, _) = walk(trail, at(52));
        assert_eq!(steps, ["48", "D48-48<D47", "49", "50"]);
    }

    #[test]
    fn every_window_of_every_run_is_archived_once_whenever_the_archiver_comes() {
        for stride in 1..7 {
            let mut trail = sample();
            let mut seen = Vec::new();
            for hour in 0..60 {
                match hour % 10 {
                    2 => trail.logging.start(at(hour)).unwrap(),
                    7 => trail.logging.stop(at(hour)),
                    _ => {}
                }
                if hour % stride == 0 {
                    let (steps, after) = walk(trail, at(hour));
                    seen.extend(steps.into_iter().filter(|step| !step.starts_with('D')));
                    trail = after;
                }
            }
            let (steps, trail) = walk(trail, at(1_000));
            seen.extend(steps.into_iter().filter(|step| !step.starts_with('D')));
            let wanted: Vec<String> = (0..60)
                .filter(|hour| (2..=7).contains(&(hour % 10)))
                .map(|hour: i64| hour.to_string())
                .collect();
            assert_eq!(seen, wanted, "stride {stride}");
            assert!(trail.logging.is_idle());
        }
    }
}
