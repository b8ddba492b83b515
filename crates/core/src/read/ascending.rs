//! Row numbers in ascending order.

use std::ops::Range;

/// Keeps what is in both; both are ascending.
pub(super) fn retain(rows: &mut Vec<u32>, other: &[u32]) {
    let mut rest = other;
    rows.retain(|row| {
        let at = rest.partition_point(|one| one < row);
        rest = &rest[at..];
        rest.first() == Some(row)
    });
}

/// Keeps the rows of these ranges; both are ascending.
pub(super) fn within(rows: &mut Vec<u32>, ranges: &[Range<u32>]) {
    let mut rest = ranges;
    rows.retain(|row| {
        while let [first, after @ ..] = rest
            && first.end <= *row
        {
            rest = after;
        }
        rest.first().is_some_and(|range| range.contains(row))
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_kept_that_are_in_both() {
        let mut rows = vec![1, 3, 5, 9, 12];
        retain(&mut rows, &[0, 3, 4, 9, 10, 12, 13]);
        assert_eq!(rows, [3, 9, 12]);
        within(&mut rows, &[0..3, 4..10, 12..13]);
        assert_eq!(rows, [9, 12]);
        within(&mut rows, &[]);
        assert!(rows.is_empty());
    }
}
