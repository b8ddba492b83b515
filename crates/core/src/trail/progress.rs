//! How far a trail is archived, and what comes next.
//!
//! The archiver takes one step at a time, and each step ends in one conditional write of the new
//! progress. A step done twice writes the same files and is recorded once.
//!
//! Windows that the account's subscription does not cover are passed over: no step is taken for them, the
//! next covered one simply is the next. That is decided by windows that are over, so it never changes.

use serde::{Deserialize, Serialize};

use super::Trail;
use super::logging::Run;
use crate::instant::{Instant, MINUTE};
use crate::slot::Slot;
use crate::subscription::Subscription;
use crate::window::Window;

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
    /// the account's subscription ended: nothing is archived until it is on again
    SubscriptionEnded,
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

/// Whether a window can get no more events: its last slot is sealed, and so are all before.
pub fn is_sealed(window: Window, now: Instant) -> bool {
    Slot::last_of(window) <= Slot::last_sealed(now)
}

impl Trail {
    /// The first window after the watermark that a run asks for, covered by a subscription or not.
    pub(super) fn next_logged(&self) -> Option<Window> {
        let run = self.logging.runs().first()?;
        Some(self.rest_of(*run))
    }

    /// The next window to archive, sealed or not; `None` if no run asks for one that the subscription covers.
    pub fn next_window(&self, subscription: &Subscription) -> Option<Window> {
        let mut runs = self.logging.runs().iter();
        runs.find_map(|run| {
            let window = subscription.next_covered(self.rest_of(*run))?;
            run.until
                .is_none_or(|until| window <= until)
                .then_some(window)
        })
    }

    /// The window to archive now, if there is one. Of a window that is sealed `subscription` must tell what it told
    /// when the window was over, or later.
    pub fn due_window(&self, now: Instant, subscription: &Subscription) -> Option<Window> {
        self.next_window(subscription)
            .filter(|window| is_sealed(*window, now))
            .filter(|_| self.progress.undigested.len() < MAX_PERIODS)
    }

    /// The first window of a run that is not archived.
    fn rest_of(&self, run: Run) -> Window {
        let next = self.progress.watermark.map(Window::next);
        next.map_or(run.from, |next| next.max(run.from))
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

    /// The trail once `window`, the next one, is archived. A chain of digests ends with the last window that
    /// the subscription covers, as it does with the last of a run; is the subscription on again in the very next
    /// window, that begins another chain.
    #[must_use]
    pub fn archived(&self, window: Window, subscription: &Subscription) -> Self {
        let mut after = self.clone();
        after.logging.pass_over(window);
        after.progress.break_chain_before(window);
        let ends_run = after.logging.ends_with(window);
        if self.keeps_records() {
            let is_last_covered = !subscription.covers(window.next());
            let ends_chain = match (ends_run, is_last_covered, self.settings.validation) {
                (true, _, _) => Some(ChainEnd::Stopped),
                (false, true, _) => Some(ChainEnd::SubscriptionEnded),
                (false, false, false) => Some(ChainEnd::ValidationOff),
                (false, false, true) => None,
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
            after.logging.finish_first();
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

impl Progress {
    /// Ends the chain where windows before `window` were passed over and the chain does not say so. It does,
    /// unless a clock was ahead of ours: the last covered window was archived as one that others follow.
    fn break_chain_before(&mut self, window: Window) {
        if self.watermark.map(Window::next) == Some(window) {
            return;
        }
        match self.undigested.last_mut() {
            Some(last) => {
                last.ends_chain.get_or_insert(ChainEnd::SubscriptionEnded);
            }
            None => self.chained = false,
        }
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

    fn subscribed() -> Subscription {
        Subscription::since(at(0))
    }

    /// All steps up to `now`, in short, and the trail after them; subscribed all the time.
    fn walk(trail: Trail, now: Instant) -> (Vec<String>, Trail) {
        walk_within(trail, now, &subscribed())
    }

    fn walk_within(
        mut trail: Trail,
        now: Instant,
        subscription: &Subscription,
    ) -> (Vec<String>, Trail) {
        let mut steps = Vec::new();
        loop {
            if let Some(period) = trail.due_digest() {
                let after = trail.previous_digest().map_or("-", |one| &one.key);
                let end = match period.ends_chain {
                    None => "",
                    Some(ChainEnd::Stopped) => "!",
                    Some(ChainEnd::ValidationOff) => "?",
                    Some(ChainEnd::SubscriptionEnded) => "#",
                };
                steps.push(format!("D{}-{}{end}<{after}", period.from, period.to));
                trail = trail.digested(period, digest(&format!("D{}", period.to)));
            } else if let Some(window) = trail.due_window(now, subscription) {
                steps.push(format!("{window}"));
                trail = trail.archived(window, subscription);
            } else {
                return (steps, trail);
            }
        }
    }

    #[test]
    fn a_window_waits_for_its_seal() {
        let window = Window::from_number(12);
        let sealed = Slot::last_of(window).sealed();
        assert_eq!(sealed, at(13).plus_millis(15_000));
        assert!(!is_sealed(window, sealed.plus_millis(-1)));
        assert!(is_sealed(window, sealed));
        let mut trail = sample();
        assert_eq!(trail.due_window(at(100), &subscribed()), None);
        trail.logging.start(at(12)).unwrap();
        assert_eq!(trail.due_window(at(13), &subscribed()), None);
        assert_eq!(trail.due_window(at(14), &subscribed()), Some(window));
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
        while let Some(window) = trail.due_window(at(1_000_000), &subscribed()) {
            trail = trail.archived(window, &subscribed());
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

    /// Subscribed in these times, each from the start of a window up to the end of one.
    fn within(periods: &[(i64, i64)]) -> Subscription {
        let mut subscription = Subscription::never();
        for (from, to) in periods {
            subscription.activate(at(*from), Some(at(*to))).unwrap();
        }
        subscription
    }

    #[test]
    fn a_chain_ends_with_the_subscription_and_another_begins_with_it() {
        let mut trail = sample();
        trail.logging.start(at(21)).unwrap();
        for (periods, expected) in [
            // within an hour, and over some
            (
                &[(0, 25), (27, 60)][..],
                "21 22 23 D21-23<- 24 D24-24#<D23 27 28 29",
            ),
            (&[(0, 23), (50, 60)], "21 22 D21-22#<- 50 51"),
            // at the end of an hour
            (&[(0, 24), (26, 60)], "21 22 23 D21-23#<- 26 27 28 29"),
            // on again in the very next window
            (&[(0, 26), (26, 60)], "21 22 23 D21-23<- 24 25 26 27 28 29"),
            // for one window
            (
                &[(0, 22), (24, 25), (50, 60)],
                "21 D21-21#<- 24 D24-24#<- 50 51",
            ),
            // off when logging starts, and still
            (
                &[(0, 9), (40, 60)],
                "40 41 42 43 44 45 46 47 D40-47<- 48 49 50 51",
            ),
            (&[(0, 9)], ""),
        ] {
            let now = at(if expected.ends_with("29") { 31 } else { 53 });
            let (steps, trail) = walk_within(trail.clone(), now, &within(periods));
            assert_eq!(steps.join(" "), expected, "{periods:?}");
            assert!(trail.logging.is_on());
        }
    }

    #[test]
    fn a_chain_that_was_ended_too_early_is_followed_by_another() {
        let mut trail = sample();
        trail.logging.start(at(21)).unwrap();
        let mut subscription = Subscription::since(at(0));
        subscription.deactivate(at(23));
        let (steps, trail) = walk_within(trail, at(24), &subscription);
        assert_eq!(steps, ["21", "22", "D21-22#<-"]);
        // In the window after the end, which waits for its seal.
        subscription
            .activate(at(23).plus_millis(200_000), None)
            .unwrap();
        let (steps, _) = walk_within(trail, at(27), &subscription);
        assert_eq!(steps, ["23", "D23-23<-", "24", "25"]);
    }

    #[test]
    fn a_chain_is_not_continued_over_windows_that_were_passed_over() {
        // The end came from a clock that was behind: what follows was taken for covered.
        for (archived, expected) in [
            (25, "30 D24-24#<D23 31"),
            (24, "30 31"),
            (23, "30 D21-22#<- 31"),
        ] {
            let mut trail = sample();
            trail.logging.start(at(21)).unwrap();
            let (_, trail) = walk(trail, at(archived + 1));
            let late = within(&[(0, archived), (30, 40)]);
            let (steps, _) = walk_within(trail, at(33), &late);
            assert_eq!(steps.join(" "), expected, "{archived}");
        }
    }

    #[test]
    fn runs_that_the_subscription_does_not_cover_are_passed_over() {
        let mut trail = sample();
        for from in [10, 20, 30] {
            trail.logging.start(at(from)).unwrap();
            trail.logging.stop(at(from + 2));
        }
        let (steps, trail) = walk_within(trail, at(60), &within(&[(0, 12), (31, 60)]));
        assert_eq!(steps, ["10", "11", "D10-11#<-", "31", "32", "D31-32!<-"]);
        assert!(trail.logging.is_idle());
    }

    #[test]
    fn every_covered_window_is_archived_once_whenever_the_archiver_comes() {
        for stride in 1..9 {
            let mut trail = sample();
            trail.logging.start(at(3)).unwrap();
            let mut subscription = Subscription::since(at(0));
            let mut seen = Vec::new();
            let keep = |seen: &mut Vec<String>, steps: Vec<String>| {
                seen.extend(steps.into_iter().filter(|step| !step.starts_with('D')));
            };
            for window in 0..100 {
                // Off in the middle of a window, and on in that of another.
                let middle = at(window).plus_millis(WINDOW_MS / 2);
                match window % 10 {
                    5 => subscription.deactivate(middle),
                    8 => subscription.activate(middle, None).unwrap(),
                    _ => {}
                }
                if window % stride == 0 {
                    let (steps, after) = walk_within(trail, middle, &subscription);
                    keep(&mut seen, steps);
                    trail = after;
                }
            }
            let (steps, _) = walk_within(trail, at(102), &subscription);
            keep(&mut seen, steps);
            let wanted: Vec<String> = (3..101)
                .filter(|window| !(6..8).contains(&(window % 10)))
                .map(|window: i64| window.to_string())
                .collect();
            assert_eq!(seen, wanted, "stride {stride}");
        }
    }
}
