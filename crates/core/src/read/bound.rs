//! How new what is not read yet can be: a time, and how an id begins.

use crate::index::FrameRef;
use crate::instant::Instant;
use crate::page::Position;

/// The newest position that rows may have, as far as it is known. Greater is newer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Bound {
    pub time: Instant,
    /// the id's first four bytes, big end first
    pub id: u32,
}

impl Bound {
    /// Any id at this time.
    pub(super) const fn at(time: Instant) -> Self {
        Self { time, id: u32::MAX }
    }

    /// Of a frame's newest row.
    pub(super) const fn newest_of(frame: &FrameRef) -> Self {
        Self {
            time: frame.newest,
            id: frame.newest_id,
        }
    }

    /// Of a frame's oldest row, late ones left out.
    pub(super) const fn oldest_of(frame: &FrameRef) -> Self {
        Self {
            time: frame.oldest,
            id: frame.oldest_id,
        }
    }

    /// As much of a position as a bound knows.
    pub(super) fn of(position: &Position) -> Self {
        Self {
            time: position.time,
            id: prefix(&position.id),
        }
    }
}

/// How an id begins.
pub(super) fn prefix(id: &str) -> u32 {
    let mut first = [0; 4];
    for (to, from) in first.iter_mut().zip(id.bytes()) {
        *to = from;
    }
    u32::from_be_bytes(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_has_the_order_of_ids() {
        let ids = ["", "\u{1}", "a", "a0", "ab", "abcd", "b", "é"];
        assert!(ids.map(prefix).is_sorted());
        assert_eq!(prefix("abcd"), prefix("abcde"));
        assert!(prefix("\u{10ffff}") < u32::MAX);
    }
}
