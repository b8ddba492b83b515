//! Keys of segments: where a segment lies, and in which order segments are read.

use crate::account::AccountId;
use crate::instant::{Instant, MINUTE};

/// Over how many partitions the segments of one account, class and day are spread. One DynamoDB
/// partition key takes 1,000 write units a second; two times two classes carry some 16,000 events a
/// second in segments of 100.
pub const SHARDS: u8 = 2;

/// Whether a segment holds read-only events or the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Class {
    /// calls that change something
    Write,
    /// calls that only read
    ReadOnly,
}

impl Class {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Write, Self::ReadOnly];

    /// The class of events with this `readOnly`.
    pub const fn of(read_only: bool) -> Self {
        if read_only {
            Self::ReadOnly
        } else {
            Self::Write
        }
    }

    const fn letter(self) -> char {
        match self {
            Self::Write => 'w',
            Self::ReadOnly => 'r',
        }
    }

    fn from_letter(letter: u8) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|class| class.letter() == char::from(letter))
    }
}

/// A segment's name: unique, and enough to find it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SegmentKey {
    /// whose events
    pub account: AccountId,
    /// time of the newest event in it
    pub newest: Instant,
    /// which kind of events
    pub class: Class,
    /// hash of the content
    pub id: [u8; 16],
}

/// Length of a sort key: 13 digits, a letter, 32 hex digits.
const SORT_LENGTH: usize = 13 + 1 + 32;

impl SegmentKey {
    /// The sort key: 13 digits of milliseconds, the class, the id. Greater is newer.
    pub fn sort(&self) -> String {
        format!(
            "{:013}{}{}",
            self.newest.millis(),
            self.class.letter(),
            hex::encode(self.id)
        )
    }

    /// Reads a sort key made by [`SegmentKey::sort`].
    pub fn from_sort(account: AccountId, sort: &str) -> Option<Self> {
        let bytes = sort.as_bytes();
        if bytes.len() != SORT_LENGTH || !sort.is_ascii() {
            return None;
        }
        let mut id = [0; 16];
        hex::decode_to_slice(&bytes[14..], &mut id).ok()?;
        Some(Self {
            account,
            newest: Instant::from_millis(sort[..13].parse().ok()?),
            class: Class::from_letter(bytes[13])?,
            id,
        })
    }

    /// The partition it lies in.
    pub fn partition(&self) -> SegmentPartition {
        SegmentPartition {
            account: self.account,
            class: self.class,
            day: self.newest.day(),
            shard: self.id[0] % SHARDS,
        }
    }
}

/// The segments of one account, class, day and shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SegmentPartition {
    /// whose
    pub account: AccountId,
    /// which kind
    pub class: Class,
    /// days since 1970
    pub day: i64,
    /// below [`SHARDS`]
    pub shard: u8,
}

impl SegmentPartition {
    /// The partition key.
    pub fn key(&self) -> String {
        format!(
            "S#{}#{}#{}#{}",
            self.account,
            self.class.letter(),
            self.day,
            self.shard
        )
    }
}

/// A range of sort keys, both ends inclusive, read from the greatest down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SortRange {
    /// least sort key
    pub low: String,
    /// greatest sort key
    pub high: String,
}

impl SortRange {
    /// Every segment whose newest event lies in `oldest..=newest`.
    pub fn of_times(oldest: Instant, newest: Instant) -> Self {
        Self {
            low: format!("{:013}", oldest.millis().max(0)),
            high: format!("{:013}~", newest.millis().max(0)),
        }
    }

    /// Every segment that can hold events of `oldest..=newest`: a segment covers one minute, so its
    /// newest event may be later than the range, up to the minute's end.
    pub fn covering(oldest: Instant, newest: Instant) -> Self {
        Self::of_times(oldest, minute_end(newest))
    }

    /// The part below a sort key.
    #[must_use]
    pub fn below(&self, sort: &str) -> Self {
        // Sort keys are ASCII and end in a hex digit: its predecessor followed by the greatest
        // character stands right below it.
        let (head, last) = sort.split_at(sort.len().saturating_sub(1));
        let before = match last {
            "0" | "" => {
                return Self {
                    low: self.low.clone(),
                    high: head.to_owned(),
                };
            }
            "a" => '9',
            other => other
                .bytes()
                .next()
                .map_or('0', |byte| char::from(byte - 1)),
        };
        Self {
            low: self.low.clone(),
            high: format!("{head}{before}~"),
        }
    }
}

/// The last millisecond of the minute of `time`.
pub fn minute_end(time: Instant) -> Instant {
    Instant::from_millis((time.minute() + 1) * MINUTE - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(millis: i64, id: [u8; 16]) -> SegmentKey {
        SegmentKey {
            account: "111122223333".parse().unwrap(),
            newest: Instant::from_millis(millis),
            class: Class::ReadOnly,
            id,
        }
    }

    #[test]
    fn sort_keys_round_trip_and_order_by_time() {
        let one = key(1_795_000_000_000, [0xab; 16]);
        assert_eq!(SegmentKey::from_sort(one.account, &one.sort()), Some(one));
        assert!(key(1_795_000_000_001, [0; 16]).sort() > one.sort());
        for bad in ["", "x", &one.sort()[1..], &one.sort().replace('r', "x")] {
            assert_eq!(SegmentKey::from_sort(one.account, bad), None, "{bad}");
        }
    }

    #[test]
    fn below_excludes_the_key_and_keeps_the_one_before() {
        let range = SortRange::of_times(Instant::from_millis(0), Instant::from_millis(9_000_000));
        for last in [0x00, 0x09, 0x0a, 0x10, 0x1f, 0xa0, 0xff] {
            let mut id = [7; 16];
            id[15] = last;
            let sort = key(5, id).sort();
            let below = range.below(&sort);
            assert!(below.high < sort, "{last:x}");
            if last > 0 {
                id[15] = last - 1;
                assert!(below.high >= key(5, id).sort(), "{last:x}");
            }
            id = [6; 16];
            id[15] = 0xff;
            assert!(below.high >= key(5, id).sort(), "{last:x}");
        }
    }
}
