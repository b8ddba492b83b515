//! Counts of events by hour.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::damaged::Damaged;

const HOUR_MS: i64 = 3_600_000;

/// Events of a block by hour of event time, by class and by whether they failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HourCount {
    /// hours since 1970
    pub hour: i64,
    /// whether the calls only read
    pub read_only: bool,
    /// whether they failed
    pub failed: bool,
    /// how many
    pub events: u32,
}

/// As they are stored: hours since the one before, and the counts of the four kinds.
pub(super) type Coded = Vec<(i64, [u32; 4])>;

/// Counts under way.
#[derive(Debug, Default)]
pub(super) struct Hours {
    counts: BTreeMap<i64, [u32; 4]>,
    last: Option<(i64, [u32; 4])>,
}

impl Hours {
    pub fn add(&mut self, millis: i64, read_only: bool, failed: bool) {
        let hour = millis.div_euclid(HOUR_MS);
        let kind = usize::from(read_only) * 2 + usize::from(failed);
        // Rows come in order of time: as a rule the hour is that of the row before.
        match &mut self.last {
            Some((known, counts)) if *known == hour => counts[kind] += 1,
            _ => {
                self.settle();
                let mut counts = [0; 4];
                counts[kind] = 1;
                self.last = Some((hour, counts));
            }
        }
    }

    fn settle(&mut self) {
        if let Some((hour, counts)) = self.last.take() {
            let sums = self.counts.entry(hour).or_default();
            for (sum, count) in sums.iter_mut().zip(counts) {
                *sum += count;
            }
        }
    }

    pub fn coded(mut self) -> Coded {
        self.settle();
        let mut last = 0;
        let coded = self.counts.into_iter().map(|(hour, counts)| {
            let since = hour - last;
            last = hour;
            (since, counts)
        });
        coded.collect()
    }
}

pub(super) fn decoded(coded: &Coded) -> Result<Vec<HourCount>, Damaged> {
    let mut counts = Vec::new();
    let mut hour: i64 = 0;
    for (since, kinds) in coded {
        let next = hour.checked_add(*since);
        hour = next.ok_or(Damaged::Inconsistent("an hour is beyond all time"))?;
        let all = kinds
            .iter()
            .zip([(false, false), (false, true), (true, false), (true, true)]);
        let some = all.filter(|(events, _)| **events > 0);
        counts.extend(some.map(|(events, (read_only, failed))| HourCount {
            hour,
            read_only,
            failed,
            events: *events,
        }));
    }
    Ok(counts)
}
