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

/// Most periods that may wait for their digest; then archives wait too. Six weeks of hours.
pub const MAX_PERIODS: usize = 1_000;

/// How far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// the last window archived
    pub watermark: Option<Window>,
    /// windows archived and not yet in a digest, oldest first; only the last may still grow
    pub undigested: Vec<Period>,
    /// whether the chain of digests goes on after the last one
    pub chained: bool,
    /// the last digest, of this chain or of the one before
    pub last_digest: Option<PreviousDigest>,
    /// the first window since that digest of which no record was kept
    pub unrecorded_since: Option<Window>,
}

/// The windows of one digest: in a row, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    /// first
    pub from: Window,
    /// last
    pub to: Window,
    /// why the chain ends with it, if it does
    pub ends_chain: Option<ChainEnd>,
}

/// Why a chain of digests ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ChainEnd {
    /// logging was stopped: no archive follows
    Stopped,
    /// digests are no longer asked for: archives follow that none vouches for
    ValidationOff,
}

impl Period {
    /// Every window in it.
    pub fn windows(self) -> impl Iterator<Item = Window> {
        (self.from.number()..=self.to.number()).map(Window::from_number)
    }

    fn is_complete(self) -> bool {
        self.ends_chain.is_some() || ends_hour(self.to)
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

    /// The window to archive now, if there is one.
    pub fn due_window(&self, now: Instant) -> Option<Window> {
        self.next_window()
            .filter(|window| is_sealed(*window, now))
            .filter(|_| self.progress.undigested.len() < MAX_PERIODS)
    }

    /// The period to write the digest of now, if there is one.
    pub fn due_digest(&self) -> Option<Period> {
        let first = self.progress.undigested.first().copied();
        first.filter(|period| period.is_complete())
    }

    /// The digest that the next one follows.
    pub fn previous_digest(&self) -> Option<&PreviousDigest> {
        let last = self.progress.last_digest.as_ref();
        last.filter(|_| self.progress.chained)
    }

    /// The first window before `period`, and after the digest before it, that was archived without a record.
    pub fn unrecorded_before(&self, period: Period) -> Option<Window> {
        let since = self.progress.unrecorded_since;
        since.filter(|since| *since < period.from)
    }

    /// Whether the record of the next window is kept for a digest: while digests are asked for, and of one
    /// more window where they no longer are, so that the chain has an end of its own and does not look cut.
    pub fn keeps_records(&self) -> bool {
        let open = match self.progress.undigested.last() {
            Some(period) => period.ends_chain.is_none(),
            None => self.progress.chained,
        };
        self.settings.validation || open
    }

    /// The trail once `window`, the next one, is archived.
    #[must_use]
    pub fn archived(&self, window: Window) -> Self {
        let mut after = self.clone();
        let run = self.logging.current();
        let ends_run = run
            .and_then(|run| run.until)
            .is_some_and(|until| until <= window);
        if self.keeps_records() {
            let ends_chain = match (ends_run, self.settings.validation) {
                (true, _) => Some(ChainEnd::Stopped),
                (false, false) => Some(ChainEnd::ValidationOff),
                (false, true) => None,
            };
            let waiting = &mut after.progress.undigested;
            match waiting.last_mut().filter(|last| !last.is_complete()) {
                Some(last) => (last.to, last.ends_chain) = (window, ends_chain),
                None => waiting.push(Period {
                    from: window,
                    to: window,
                    ends_chain,
                }),
            }
        } else {
            after.progress.unrecorded_since.get_or_insert(window);
        }
        after.progress.watermark = Some(window);
        if ends_run {
            after.logging.finish_current();
        }
        after
    }

    /// The trail once the digest of `period`, its first, is delivered.
    #[must_use]
    pub fn digested(&self, period: Period, digest: PreviousDigest) -> Self {
        let mut after = self.clone();
        after.progress.undigested.retain(|other| *other != period);
        after.progress.chained = period.ends_chain.is_none();
        after.progress.last_digest = Some(digest);
        if self.unrecorded_before(period).is_some() {
            after.progress.unrecorded_since = None;
        }
        after
    }
}

fn ends_hour(window: Window) -> bool {
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
            if let Some(period) = trail.due_digest() {
                let after = trail.previous_digest().map_or("-", |one| &one.key);
                let end = match period.ends_chain {
                    None => "",
                    Some(ChainEnd::Stopped) => "!",
                    Some(ChainEnd::ValidationOff) => "?",
                };
                steps.push(format!("D{}-{}{end}<{after}", period.from, period.to));
                trail = trail.digested(period, digest(&format!("D{}", period.to)));
            } else if let Some(window) = trail.due_window(now) {
                steps.push(format!("{window}"));
                trail = trail.archived(window);
            } else {
                return (steps, trail);
            }
        }
    }

    #[test]
    fn a_window_waits_for_its_seal() {
        let window = Window::from_number(12);
        assert!(!is_sealed(window, at(13).plus_millis(SEAL_AFTER_MS - 1)));
        assert!(is_sealed(window, at(13).plus_millis(SEAL_AFTER_MS)));
        let mut trail = sample();
        assert_eq!(trail.due_window(at(100)), None);
        trail.logging.start(at(12)).unwrap();
        assert_eq!(trail.due_window(at(13)), None);
        assert_eq!(trail.due_window(at(14)), Some(window));
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
                "D24-25!<D23",
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
        assert_eq!(trail.previous_digest().unwrap().key, "D35");
    }

    #[test]
    fn switching_validation_off_closes_the_chain_with_one_more_window() {
        let mut trail = sample();
        trail.logging.start(at(24)).unwrap();
        let (_, mut trail) = walk(trail, at(39));
        trail.settings.validation = false;
        let (steps, mut trail) = walk(trail, at(42));
        assert_eq!(steps, ["38", "D36-38?<D35", "39", "40"]);
        assert_eq!(trail.previous_digest(), None);
        assert_eq!(
            trail.progress.unrecorded_since,
            Some(Window::from_number(39))
        );
        trail.settings.validation = true;
        let (steps, mut trail) = walk(trail, at(49));
        assert_eq!(trail.progress.unrecorded_since, None);
        assert_eq!(
            steps,
            ["41", "42", "43", "44", "45", "46", "47", "D41-47<-"]
        );
        // Nothing waits for a digest: the next window's closes the chain.
        trail.settings.validation = false;
        let (steps, trail) = walk(trail, at(52));
        assert_eq!(steps, ["48", "D48-48?<D47", "49", "50"]);
        assert_eq!(trail.progress.last_digest.unwrap().key, "D48");
    }

    #[test]
    fn archives_go_on_while_digests_wait() {
        let mut trail = sample();
        trail.logging.start(at(0)).unwrap();
        let mut archived = 0;
        while let Some(window) = trail.due_window(at(1_000_000)) {
            trail = trail.archived(window);
            archived += 1;
        }
        assert_eq!(archived, 12 * MAX_PERIODS - 11, "until too many wait");
        let periods = &trail.progress.undigested;
        assert!(
            periods
                .windows(2)
                .all(|two| two[0].to.next() == two[1].from)
        );
        let (steps, _) = walk(trail, at(0));
        assert_eq!(steps.len(), MAX_PERIODS - 1, "the last is not complete");
        assert_eq!(steps[1], "D12-23<D11");
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
