//! Over how many partitions an account's arrivals are spread.
//!
//! A partition of `DynamoDB` takes some 1,000 write units a second, and each arrival goes into one: one partition takes some
//! 6,600 events a second in hundreds, and 960 alone. So the roll-up, which sees what came in each slot, spreads an account
//! over more of them when it needs them, and over fewer again when it has not for a day: each costs every page a read.
//!
//! Readers look into [`Shards::read`], writers use [`Shards::write`], and no arrival may lie where nobody looks. A writer may
//! go on for [`REMEMBERED_MS`] by a head it has read. So to grow, `read` is raised first, and `write` by a later step; to
//! shrink, `write` is lowered first, and `read` when all that was written by the old number is rolled up. Only the step
//! that moves the watermark changes them: who reads arrivals by the number of before then loses.

use serde::{Deserialize, Serialize};

use crate::instant::{DAY, Instant, MINUTE};
use crate::slot::{SLOT_MS, Slot};

/// Longest a writer goes by the numbers of a head that it has read, in milliseconds, with the write that it begins then.
pub const REMEMBERED_MS: i64 = MINUTE;
/// Most partitions of a lane: some 420,000 events a second in hundreds.
pub const MOST: u8 = 64;

/// Write units a second and partition above which an account is spread over more.
const MOST_UNITS: u64 = 400;
/// And below which it is spread over fewer.
const LEAST_UNITS: u64 = 50;
/// How long a number stays before it is lowered, in milliseconds.
const STAYS_MS: i64 = DAY;
/// What a write unit is of, in bytes.
const UNIT_BYTES: usize = 1024;
/// What keys, names and numbers of an item take, in bytes.
const AROUND_BYTES: usize = 110;

/// Over how many partitions a lane is spread: powers of two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shards {
    /// readers look into so many
    pub read: u8,
    /// writers use so many
    pub write: u8,
    /// when `read` was raised, or `write` changed
    pub since: Instant,
}

impl Default for Shards {
    fn default() -> Self {
        Self {
            read: 1,
            write: 1,
            since: Instant::from_millis(0),
        }
    }
}

impl Shards {
    /// What they are after a step that rolled up to `upto` and is recorded `now`: arrivals came with up to `units` write
    /// units a second.
    #[must_use]
    pub fn after(self, units: u64, upto: Slot, now: Instant) -> Self {
        let wanted = wanted(units, MOST_UNITS);
        let lasts_ms = now.millis() - self.since.millis();
        if wanted > self.read {
            let (read, since) = (wanted, now);
            return Self {
                read,
                since,
                ..self
            };
        }
        if self.read > self.write {
            return self.settled(wanted, upto, now);
        }
        // By half, so that what grows again soon does not find one partition.
        let fewer = wanted_fewer(units).max(self.write / 2);
        if fewer < self.write && lasts_ms >= STAYS_MS {
            let (write, since) = (fewer, now);
            return Self {
                write,
                since,
                ..self
            };
        }
        self
    }

    /// Both the same again, if it is time: more where they are wanted, fewer where they are not.
    fn settled(self, wanted: u8, upto: Slot, now: Instant) -> Self {
        let known = self.since.plus_millis(REMEMBERED_MS);
        if wanted > self.write && now >= known {
            let (write, since) = (self.read, now);
            return Self {
                write,
                since,
                ..self
            };
        }
        // Not only written by now, but rolled up.
        if wanted <= self.write && upto >= Slot::of(known) {
            let read = self.write;
            return Self { read, ..self };
        }
        self
    }
}

fn wanted(units: u64, of_each: u64) -> u8 {
    let shards = units.div_ceil(of_each).max(1);
    let shards = shards.checked_next_power_of_two();
    shards.map_or(MOST, |shards| {
        u8::try_from(shards).map_or(MOST, |shards| shards.min(MOST))
    })
}

fn wanted_fewer(units: u64) -> u8 {
    wanted(units, LEAST_UNITS)
}

/// The most write units a second that arrivals took: of each its slot and the bytes of its value.
pub fn units_a_second(arrivals: impl Iterator<Item = (Slot, usize)>) -> u64 {
    let mut of_slots = std::collections::HashMap::<Slot, u64>::new();
    for (slot, bytes) in arrivals {
        *of_slots.entry(slot).or_default() += (bytes + AROUND_BYTES).div_ceil(UNIT_BYTES) as u64;
    }
    let most = of_slots.into_values().max().unwrap_or(0);
    most / (SLOT_MS.unsigned_abs() / 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Instant = Instant::from_seconds(1_795_000_000);

    fn at(millis: i64) -> (Slot, Instant) {
        let now = START.plus_millis(millis);
        (Slot::last_sealed(now), now)
    }

    fn after(shards: Shards, units: u64, millis: i64) -> Shards {
        let (upto, now) = at(millis);
        shards.after(units, upto, now)
    }

    #[test]
    fn a_quiet_account_has_one() {
        for units in [0, 1, MOST_UNITS] {
            assert_eq!(after(Shards::default(), units, 0), Shards::default());
        }
    }

    #[test]
    fn readers_look_before_writers_write() {
        let raised = after(Shards::default(), 1_000, 0);
        assert_eq!((raised.read, raised.write), (4, 1));
        let early = after(raised, 1_000, REMEMBERED_MS - 1);
        assert_eq!(early, raised);
        let grown = after(raised, 1_000, REMEMBERED_MS);
        assert_eq!((grown.read, grown.write), (4, 4));
        // One that took all it could wants more at once.
        let more = after(grown, 4_000, REMEMBERED_MS);
        assert_eq!((more.read, more.write), (16, 4));
    }

    #[test]
    fn a_moment_of_many_is_not_followed() {
        let raised = after(Shards::default(), 1_000, 0);
        let not_yet = after(raised, 10, REMEMBERED_MS);
        assert_eq!(
            not_yet, raised,
            "what came by the head of before is not rolled up"
        );
        let back = after(raised, 10, REMEMBERED_MS + 30_000);
        assert_eq!((back.read, back.write), (1, 1));
    }

    #[test]
    fn fewer_are_written_a_day_before_fewer_are_read() {
        let shards = Shards {
            read: 8,
            write: 8,
            since: START,
        };
        assert_eq!(after(shards, 0, DAY - 1), shards);
        let lowered = after(shards, 0, DAY);
        assert_eq!((lowered.read, lowered.write), (8, 4));
        let written = after(lowered, 0, DAY + REMEMBERED_MS);
        assert_eq!(
            written.read, 8,
            "what came by the old number is not rolled up"
        );
        let both = after(lowered, 0, DAY + REMEMBERED_MS + 30_000);
        assert_eq!((both.read, both.write), (4, 4));
    }

    #[test]
    fn writers_never_use_more_than_readers_look_into() {
        let mut shards = Shards::default();
        for step in 0..100_000_i64 {
            let units = (step * 7_919) % 97 * (step % 13) * 40;
            shards = after(shards, units.unsigned_abs(), step * 20_000);
            assert!(shards.write <= shards.read && shards.read <= MOST);
            assert!(shards.read.is_power_of_two() && shards.write.is_power_of_two());
        }
    }

    #[test]
    fn a_second_counts_as_the_busiest_slot_had_it() {
        let slot = Slot::of(START);
        let arrivals = [
            (slot, 1),
            (slot, 1_024),
            (slot.next(), 20 * 1_024 - AROUND_BYTES),
        ];
        assert_eq!(units_a_second(arrivals.into_iter()), 2);
        assert_eq!(units_a_second(std::iter::empty()), 0);
    }
}
