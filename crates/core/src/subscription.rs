//! When an account is subscribed: periods, in time order.
//!
//! While the subscription is off, events are still taken in, and nothing reads or archives them for the
//! customer. Trails go by whole windows, as they do with [`logging`](crate::trail::logging): a window belongs to the
//! subscription if any moment of it does, so no window is half done.
//!
//! A change decides only what is now and later. So the answer for a window that is over never changes,
//! and what the archiver has decided by it stays right.

use serde::{Deserialize, Serialize};

use crate::instant::{DAY, Instant};
use crate::window::Window;

/// Most periods that are remembered: switching on and off more often than that within [`REMEMBERED_DAYS`].
pub const MAX_PERIODS: usize = 1_000;

/// How long a period is remembered after its end, in days: as long as the longest retention. No event of
/// it is left to ask about then.
pub const REMEMBERED_DAYS: i64 = 3_650;

/// Before any account: from when on an account is subscribed to which nothing was done.
pub const THE_START: Instant = Instant::from_seconds(0);

/// When an account is subscribed.
///
/// ```
/// use activity_log_core::instant::Instant;
/// use activity_log_core::subscription::{State, Subscription};
/// let [start, noon, evening] = ["2026-11-20T00:00:00Z", "2026-11-20T12:00:00Z", "2026-11-20T18:00:00Z"]
///     .map(|time| Instant::parse(time).unwrap());
/// let mut subscription = Subscription::since(start);
/// subscription.deactivate(noon);
/// assert!(subscription.is_active(start) && !subscription.is_active(noon));
/// assert_eq!(subscription.state(evening), State::Inactive { since: noon });
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct Subscription {
    /// none is empty, none overlaps the next, and only the last may be open
    periods: Vec<Period>,
}

/// A time in which the account is subscribed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    /// its first moment
    pub from: Instant,
    /// the first moment after it; `None` if no end is known
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Instant>,
}

/// The subscription at a moment, for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// on
    Active {
        /// when it ends by itself; `None` if it does not
        until: Option<Instant>,
    },
    /// off
    Inactive {
        /// since when: it expired or was deactivated then
        since: Instant,
    },
    /// off, and was never on as far as is remembered
    Never,
}

/// Why the subscription cannot be changed so.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SubscriptionError {
    /// it would end before it is on
    #[error("a subscription ends later than now: {until} is not later than {now}")]
    EndNotLater {
        /// the end
        until: Instant,
        /// the time of the change
        now: Instant,
    },
    /// it was switched on and off too often
    #[error(
        "the subscription was on and off {MAX_PERIODS} times in {REMEMBERED_DAYS} days: more is not remembered"
    )]
    TooManyPeriods,
}

/// The periods are not as this module writes them.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a subscription has at most {MAX_PERIODS} periods, in time order, none empty")]
pub struct InvalidSubscription;

#[derive(Serialize, Deserialize)]
struct Stored {
    periods: Vec<Period>,
}

impl From<Subscription> for Stored {
    fn from(Subscription { periods }: Subscription) -> Self {
        Self { periods }
    }
}

impl TryFrom<Stored> for Subscription {
    type Error = InvalidSubscription;

    fn try_from(Stored { periods }: Stored) -> Result<Self, InvalidSubscription> {
        let none_empty = periods
            .iter()
            .all(|one| one.to.is_none_or(|to| one.from < to));
        let in_order = periods
            .windows(2)
            .all(|two| two[0].to.is_some_and(|to| to <= two[1].from));
        if none_empty && in_order && periods.len() <= MAX_PERIODS {
            Ok(Self { periods })
        } else {
            Err(InvalidSubscription)
        }
    }
}

impl Period {
    /// Whether it holds a moment.
    fn contains(self, time: Instant) -> bool {
        self.from <= time && self.goes_past(time)
    }

    /// Whether it ends later than `time`.
    fn goes_past(self, time: Instant) -> bool {
        self.to.is_none_or(|to| to > time)
    }

    /// Its first window that is not before `from`.
    fn window_from(self, from: Window) -> Option<Window> {
        let window = from.max(Window::of(self.from));
        self.goes_past(window.start()).then_some(window)
    }
}

impl Subscription {
    /// Off, and never on.
    pub const fn never() -> Self {
        Self {
            periods: Vec::new(),
        }
    }

    /// On from the start, without an end, as an account is when it is made. Not since it was made: the operator's clock
    /// may be ahead of the functions', and for as long the account would be refused, and its windows passed over.
    pub fn from_the_start() -> Self {
        Self::since(THE_START)
    }

    /// On since then, without an end.
    pub fn since(from: Instant) -> Self {
        Self {
            periods: vec![Period { from, to: None }],
        }
    }

    /// The periods, oldest first.
    pub fn periods(&self) -> &[Period] {
        &self.periods
    }

    /// Whether it is on.
    pub fn is_active(&self, now: Instant) -> bool {
        self.periods.iter().any(|period| period.contains(now))
    }

    /// Whether it is on in any moment of the window: then the window belongs to it as a whole.
    ///
    /// The answer is final once the window is over.
    pub fn covers(&self, window: Window) -> bool {
        self.next_covered(window) == Some(window)
    }

    /// The first window not before `from` that belongs to it, as far as is known now.
    pub fn next_covered(&self, from: Window) -> Option<Window> {
        let mut periods = self.periods.iter();
        periods.find_map(|period| period.window_from(from))
    }

    /// How it is, for people.
    pub fn state(&self, now: Instant) -> State {
        let begun = self.periods.iter().rfind(|period| period.from <= now);
        match begun {
            None => State::Never,
            Some(period) => match period.to {
                Some(to) if to <= now => State::Inactive { since: to },
                until => State::Active { until },
            },
        }
    }

    /// Switches it on from now on, until `until`; on already, it changes only the end.
    pub fn activate(
        &mut self,
        now: Instant,
        until: Option<Instant>,
    ) -> Result<(), SubscriptionError> {
        if let Some(until) = until.filter(|until| *until <= now) {
            return Err(SubscriptionError::EndNotLater { until, now });
        }
        let mut periods = self.begun_by(now);
        let is_full = periods.len() >= MAX_PERIODS;
        match periods.last_mut().filter(|last| last.contains(now)) {
            Some(active) => active.to = until,
            None if is_full => return Err(SubscriptionError::TooManyPeriods),
            None => periods.push(Period {
                from: now,
                to: until,
            }),
        }
        self.periods = periods;
        Ok(())
    }

    /// Switches it off from now on; off already, it changes nothing.
    pub fn deactivate(&mut self, now: Instant) {
        let mut periods = self.begun_by(now);
        if let Some(last) = periods.last_mut().filter(|last| last.contains(now)) {
            last.to = Some(now);
        }
        // Switched on in this very millisecond: nothing of that is left.
        periods.retain(|period| period.to.is_none_or(|to| period.from < to));
        self.periods = periods;
    }

    /// The periods that have begun and are remembered. One begins later only where the clock of whoever began
    /// it was ahead of ours. The last one stays, so that it can be told since when the subscription is off.
    fn begun_by(&self, now: Instant) -> Vec<Period> {
        let forgotten = now.plus_millis(-REMEMBERED_DAYS * DAY);
        let begun = self.periods.iter().filter(|period| period.from <= now);
        let mut begun: Vec<Period> = begun.copied().collect();
        let old = begun
            .iter()
            .take_while(|period| !period.goes_past(forgotten));
        let old = old.count().min(begun.len().saturating_sub(1));
        begun.drain(..old);
        begun
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::window::WINDOW_MS;

    /// Tenths of windows since 1970.
    fn at(tenths: i64) -> Instant {
        Instant::from_millis(tenths * WINDOW_MS / 10)
    }

    /// From and to, in tenths of windows.
    fn of(periods: &[(i64, i64)]) -> Subscription {
        let mut subscription = Subscription::never();
        for (from, to) in periods {
            subscription.activate(at(*from), Some(at(*to))).unwrap();
        }
        subscription
    }

    fn covered(subscription: &Subscription, windows: std::ops::Range<i64>) -> Vec<i64> {
        windows
            .filter(|number| subscription.covers(Window::from_number(*number)))
            .collect()
    }

    #[test]
    fn a_window_belongs_to_it_if_any_moment_does() {
        for (periods, windows) in [
            (&[][..], &[][..]),
            (&[(12, 13)], &[1]),
            (&[(10, 20)], &[1]),
            (&[(19, 21)], &[1, 2]),
            (&[(5, 25)], &[0, 1, 2]),
            // off and on within one window, and over more than one
            (&[(5, 11), (18, 21)], &[0, 1, 2]),
            (&[(5, 11), (31, 32)], &[0, 1, 3]),
            (&[(5, 10), (20, 21)], &[0, 2]),
        ] {
            assert_eq!(covered(&of(periods), 0..10), windows, "{periods:?}");
        }
        assert_eq!(covered(&Subscription::since(at(15)), 0..4), [1, 2, 3]);
        // The last millisecond counts.
        let mut last = Subscription::since(Instant::from_millis(2 * WINDOW_MS - 1));
        last.deactivate(at(20));
        assert_eq!(covered(&last, 0..4), [1]);
    }

    #[test]
    fn states_are_told() {
        let subscription = of(&[(10, 20), (30, 40)]);
        let inactive = |since| State::Inactive { since: at(since) };
        let active = |until| State::Active {
            until: Some(at(until)),
        };
        for (time, state) in [
            (9, State::Never),
            (10, active(20)),
            (19, active(20)),
            (20, inactive(20)),
            (29, inactive(20)),
            (30, active(40)),
            (99, inactive(40)),
        ] {
            assert_eq!(subscription.state(at(time)), state, "{time}");
            let is_active = matches!(state, State::Active { .. });
            assert_eq!(subscription.is_active(at(time)), is_active, "{time}");
        }
        assert_eq!(
            Subscription::since(at(1)).state(at(1)),
            State::Active { until: None }
        );
    }

    #[test]
    fn activating_while_it_is_on_changes_only_the_end() {
        let mut subscription = Subscription::since(at(10));
        for (time, until) in [(15, Some(40)), (16, Some(30)), (17, None), (18, Some(19))] {
            subscription.activate(at(time), until.map(at)).unwrap();
            let (from, to) = (at(10), until.map(at));
            assert_eq!(subscription.periods(), [Period { from, to }]);
        }
        subscription.activate(at(20), None).unwrap();
        assert_eq!(subscription.periods().len(), 2, "it had expired");
    }

    #[test]
    fn an_end_that_is_not_later_changes_nothing_and_is_named() {
        let mut subscription = Subscription::since(at(10));
        for until in [0, 19, 20] {
            let error = subscription.activate(at(20), Some(at(until))).unwrap_err();
            let (until, now) = (at(until), at(20));
            assert_eq!(error, SubscriptionError::EndNotLater { until, now });
        }
        assert_eq!(subscription, Subscription::since(at(10)));
    }

    #[test]
    fn on_and_off_in_one_millisecond_is_nothing() {
        let mut subscription = of(&[(10, 20)]);
        subscription.activate(at(30), None).unwrap();
        subscription.deactivate(at(30));
        assert_eq!(subscription, of(&[(10, 20)]));
        subscription.deactivate(at(50));
        assert_eq!(subscription, of(&[(10, 20)]), "off already");
    }

    #[test]
    fn what_ended_longer_ago_than_the_longest_retention_is_forgotten() {
        let day = |day: i64| Instant::from_millis(day * DAY);
        let mut subscription = Subscription::since(day(0));
        subscription.deactivate(day(10));
        subscription.activate(day(20), Some(day(30))).unwrap();
        subscription.deactivate(day(REMEMBERED_DAYS + 9));
        assert_eq!(subscription.periods().len(), 2);
        subscription.deactivate(day(REMEMBERED_DAYS + 10));
        assert_eq!(subscription.periods().len(), 1);
        // The last one is kept: it says since when.
        subscription.deactivate(day(2 * REMEMBERED_DAYS));
        let since = day(30);
        let state = subscription.state(day(2 * REMEMBERED_DAYS));
        assert_eq!(state, State::Inactive { since });
    }

    #[test]
    fn periods_are_limited() {
        let mut subscription = Subscription::never();
        for time in (0..).step_by(20).map(at).take(MAX_PERIODS) {
            subscription.activate(time, None).unwrap();
            subscription.deactivate(time.plus_millis(1));
        }
        let before = subscription.clone();
        let error = subscription.activate(at(1_000_000), None).unwrap_err();
        assert_eq!(error, SubscriptionError::TooManyPeriods);
        assert!(error.to_string().contains("1000 times"), "{error}");
        assert_eq!(subscription, before);
        let years_later = at(0).plus_millis((REMEMBERED_DAYS + 100) * DAY);
        subscription.activate(years_later, None).unwrap();
    }

    #[test]
    fn its_json_reads_back_and_no_other() {
        let mut subscription = of(&[(10, 20)]);
        subscription.activate(at(30), None).unwrap();
        let json = serde_json::to_string(&subscription).unwrap();
        assert_eq!(
            json,
            r#"{"periods":[{"from":300000,"to":600000},{"from":900000}]}"#
        );
        let read: Subscription = serde_json::from_str(&json).unwrap();
        assert_eq!(read, subscription);
        for bad in [
            r#"{"periods":[{"from":2,"to":2}]}"#,
            r#"{"periods":[{"from":1},{"from":2}]}"#,
            r#"{"periods":[{"from":1,"to":3},{"from":2}]}"#,
        ] {
            let read = serde_json::from_str::<Subscription>(bad);
            assert!(read.is_err(), "{bad}");
        }
    }

    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    enum Change {
        Off,
        On,
        /// in milliseconds from the change
        OnFor(i64),
    }

    /// A change and its time, in milliseconds.
    fn changes() -> impl Strategy<Value = Vec<(i64, Change)>> {
        let change = prop_oneof![
            2 => Just(Change::Off),
            1 => Just(Change::On),
            2 => (1..4 * WINDOW_MS).prop_map(Change::OnFor),
        ];
        let change = (0..2 * WINDOW_MS, change);
        prop::collection::vec(change, 0..20).prop_map(|changes| {
            let mut now = 0;
            let mut at = |(step, change)| {
                now += step;
                (now, change)
            };
            changes.into_iter().map(&mut at).collect()
        })
    }

    fn apply(subscription: &mut Subscription, now: Instant, change: Change) {
        let until = match change {
            Change::Off => return subscription.deactivate(now),
            Change::On => None,
            Change::OnFor(millis) => Some(now.plus_millis(millis)),
        };
        subscription.activate(now, until).unwrap();
    }

    proptest! {
        #[test]
        fn the_past_never_changes(changes in changes()) {
            let mut subscription = Subscription::since(Instant::from_millis(0));
            for (now, change) in changes {
                let now = Instant::from_millis(now);
                let before = subscription.clone();
                apply(&mut subscription, now, change);
                for millis in (0..now.millis()).step_by(7_777).chain([now.millis() - 1]) {
                    let then = Instant::from_millis(millis);
                    if then >= Instant::from_millis(0) {
                        prop_assert_eq!(subscription.is_active(then), before.is_active(then));
                    }
                }
                for number in 0..Window::of(now).number() {
                    let window = Window::from_number(number);
                    prop_assert_eq!(subscription.covers(window), before.covers(window));
                }
                prop_assert_eq!(subscription.is_active(now), change != Change::Off);
                let json = serde_json::to_string(&subscription).unwrap();
                prop_assert_eq!(serde_json::from_str::<Subscription>(&json).unwrap(), subscription.clone());
            }
        }

        #[test]
        fn a_covered_window_has_an_active_moment_and_the_next_is_the_first(changes in changes()) {
            let mut subscription = Subscription::never();
            for (now, change) in changes {
                apply(&mut subscription, Instant::from_millis(now), change);
            }
            // Each edge, and the moments beside it, are the only ones that can matter.
            let edges = subscription.periods().iter().flat_map(|one| [Some(one.from), one.to]);
            let edges: Vec<Instant> = edges.flatten().collect();
            for number in 0..50 {
                let window = Window::from_number(number);
                let (start, end) = (window.start(), window.end());
                let mut moments = edges.iter().filter(|edge| (start..end).contains(edge));
                let active = subscription.is_active(start) || moments.any(|one| subscription.is_active(*one));
                prop_assert_eq!(subscription.covers(window), active, "window {}", number);
                let first = (number..100).map(Window::from_number).find(|one| subscription.covers(*one));
                let next = subscription.next_covered(window).filter(|next| next.number() < 100);
                prop_assert_eq!(next, first);
            }
        }
    }
}
