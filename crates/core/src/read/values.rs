//! Values of an attribute, and how many events have each: within a cap. Where there are more, the rarest leave.

use std::cmp::Reverse;
use std::collections::HashMap;

/// Bytes of an entry besides its text, about.
const ENTRY_BYTES: usize = 64;

/// Counted values.
#[derive(Clone, Debug, Default)]
pub(super) struct Values {
    counted: HashMap<String, u64>,
    bytes: usize,
}

impl Values {
    /// So many events more have this value. Where all take more than `max_bytes` then, those that fewest have leave until it
    /// is half of that: one of them may have come again.
    pub(super) fn add(&mut self, value: &str, events: u64, max_bytes: usize) {
        if let Some(counted) = self.counted.get_mut(value) {
            *counted += events;
            return;
        }
        self.bytes += value.len() + ENTRY_BYTES;
        self.counted.insert(value.to_owned(), events);
        if self.bytes > max_bytes {
            self.thin(max_bytes / 2);
        }
    }

    /// The same of all of these.
    pub(super) fn add_all(&mut self, others: &Self, max_bytes: usize) {
        for (value, events) in &others.counted {
            self.add(value, *events, max_bytes);
        }
    }

    fn thin(&mut self, max_bytes: usize) {
        let mut sorted: Vec<(String, u64)> = self.counted.drain().collect();
        // Of equal counts the same leave each time.
        sorted.sort_unstable_by(|a, b| (Reverse(a.1), &a.0).cmp(&(Reverse(b.1), &b.0)));
        self.bytes = 0;
        for (value, events) in sorted {
            let bytes = value.len() + ENTRY_BYTES;
            if self.bytes + bytes > max_bytes {
                break;
            }
            self.bytes += bytes;
            self.counted.insert(value, events);
        }
    }

    /// Those that most events have, most frequent first.
    pub(super) fn into_top(self, most: usize) -> Vec<(String, u64)> {
        let mut top: Vec<(String, u64)> = self.counted.into_iter().collect();
        top.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        top.truncate(most);
        top
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rarest_leave_where_there_are_too_many() {
        let max_bytes = 100 * (ENTRY_BYTES + 5);
        let mut values = Values::default();
        for number in 0..10_000 {
            values.add(&format!("r{number:04}"), 1, max_bytes);
            values.add("often", 1, max_bytes);
            if number % 2 == 0 {
                values.add("half.", 1, max_bytes);
            }
            assert!(values.bytes <= max_bytes && values.counted.len() <= 100);
        }
        let top = values.into_top(2);
        let expected = [("often", 10_000), ("half.", 5_000)];
        assert_eq!(
            top,
            expected.map(|(value, events)| (value.to_owned(), events))
        );
    }

    #[test]
    fn within_the_cap_all_are_exact() {
        let (mut sum, mut other) = (Values::default(), Values::default());
        for (value, events) in [("a", 3), ("b", 3), ("c", 1)] {
            sum.add(value, events, 1_000);
            other.add(value, 2 * events, 1_000);
        }
        sum.add_all(&other, 1_000);
        let expected = [("a", 9), ("b", 9), ("c", 3)];
        assert_eq!(
            sum.into_top(9),
            expected.map(|(value, events)| (value.to_owned(), events))
        );
    }
}
