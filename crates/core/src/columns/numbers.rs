//! Whole numbers, one for each row, in as few bytes as the largest of them needs.

use std::borrow::Cow;

use super::stored::Reader;
use crate::damaged::Damaged;

/// Numbers of one width, little endian: 1, 2, 4 or 8 bytes each. Where all of them are 0, no bytes at all.
///
/// Stored as the width (one byte) and the numbers; who reads them knows how many there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Numbers<'a> {
    bytes: Cow<'a, [u8]>,
    width: Width,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Width {
    /// all are 0
    #[default]
    None = 0,
    One = 1,
    Two = 2,
    Four = 4,
    Eight = 8,
}

impl<'a> Numbers<'a> {
    /// Reads `count` numbers.
    #[inline]
    pub fn read(from: &mut Reader<'a>, count: usize) -> Result<Self, Damaged> {
        let width = match from.byte()? {
            0 => return Ok(Self::default()),
            1 => Width::One,
            2 => Width::Two,
            4 => Width::Four,
            8 => Width::Eight,
            _ => return Err(Damaged::Inconsistent("a column has numbers of no width")),
        };
        let bytes = from.bytes(count.saturating_mul(width as usize))?.into();
        Ok(Self { bytes, width })
    }
}

impl Numbers<'_> {
    /// Of these.
    pub fn of(numbers: impl Iterator<Item = u64> + Clone) -> Numbers<'static> {
        let (width, bytes) = match numbers.clone().max().unwrap_or(0) {
            0 => (Width::None, Vec::new()),
            1..=0xff => (Width::One, narrow::<1>(numbers)),
            0x100..=0xffff => (Width::Two, narrow::<2>(numbers)),
            0x1_0000..=0xffff_ffff => (Width::Four, narrow::<4>(numbers)),
            _ => (Width::Eight, narrow::<8>(numbers)),
        };
        Numbers {
            bytes: bytes.into(),
            width,
        }
    }

    /// Writes them.
    pub fn write(&self, out: &mut Vec<u8>) {
        out.push(self.width as u8);
        out.extend(&*self.bytes);
    }

    /// The number of a row; 0 of a row that is not there.
    #[inline]
    pub fn get(&self, row: usize) -> u64 {
        let bytes = &self.bytes;
        match self.width {
            Width::None => 0,
            Width::One => bytes.get(row).copied().map_or(0, u64::from),
            Width::Two => at(bytes, row).map_or(0, |number| u16::from_le_bytes(number).into()),
            Width::Four => at(bytes, row).map_or(0, |number| u32::from_le_bytes(number).into()),
            Width::Eight => at(bytes, row).map_or(0, u64::from_le_bytes),
        }
    }

    /// Whether all are 0.
    pub fn are_zero(&self) -> bool {
        self.width == Width::None
    }

    /// The first `count` numbers together.
    pub fn sum(&self, count: usize) -> u64 {
        match (self.width, self.bytes.get(..count)) {
            (Width::None, _) => 0,
            (Width::One, Some(bytes)) => bytes.iter().map(|byte| u64::from(*byte)).sum(),
            _ => (0..count).fold(0, |sum, row| self.get(row).saturating_add(sum)),
        }
    }

    /// How many of the first `count` numbers are `number`.
    pub fn count(&self, count: usize, number: u8) -> usize {
        match (self.width, self.bytes.get(..count)) {
            (Width::One, Some(bytes)) => bytes.iter().map(|one| usize::from(*one == number)).sum(),
            _ => (0..count)
                .filter(|row| self.get(*row) == u64::from(number))
                .count(),
        }
    }

    /// The rows below `rows` that have this number, ascending.
    pub fn positions(&self, rows: u32, number: u64) -> Vec<u32> {
        match self.width {
            Width::None if number == 0 => (0..rows).collect(),
            Width::None => Vec::new(),
            Width::One => {
                let Ok(number) = u8::try_from(number) else {
                    return Vec::new();
                };
                (0..rows)
                    .zip(&*self.bytes)
                    .filter(|(_, one)| **one == number)
                    .map(|(row, _)| row)
                    .collect()
            }
            _ => (0..rows)
                .filter(|row| self.get(*row as usize) == number)
                .collect(),
        }
    }

    /// Keeps the rows that have this number.
    pub fn retain(&self, rows: &mut Vec<u32>, number: u64) {
        rows.retain(|row| self.get(*row as usize) == number);
    }
}

fn narrow<const WIDTH: usize>(numbers: impl Iterator<Item = u64>) -> Vec<u8> {
    let bytes = numbers.flat_map(|number| number.to_le_bytes().into_iter().take(WIDTH));
    bytes.collect()
}

fn at<const WIDTH: usize>(bytes: &[u8], row: usize) -> Option<[u8; WIDTH]> {
    bytes.as_chunks().0.get(row).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_at_every_width() {
        for (largest, bytes) in [
            (0, 0),
            (1, 1),
            (0xff, 1),
            (0x100, 2),
            (0xffff, 2),
            (0x1_0000, 4),
            (0xffff_ffff, 4),
            (0x1_0000_0000, 8),
            (u64::MAX, 8),
        ] {
            let given = [0, largest, largest / 2, 0, largest];
            let mut stored = Vec::new();
            Numbers::of(given.into_iter()).write(&mut stored);
            assert_eq!(stored.len(), 1 + given.len() * bytes);
            let numbers = Numbers::read(&mut Reader::new(&stored), given.len()).unwrap();
            let found: Vec<u64> = (0..given.len()).map(|row| numbers.get(row)).collect();
            assert_eq!(found, given);
            assert_eq!(numbers.get(given.len()), 0);
            let sum = given[..3].iter().copied().fold(0, u64::saturating_add);
            assert_eq!(numbers.sum(3), sum);
            let zeros: Vec<u32> = (0..)
                .zip(given)
                .filter(|(_, one)| *one == 0)
                .map(|(row, _)| row)
                .collect();
            assert_eq!(numbers.positions(5, 0), zeros);
            assert_eq!(
                numbers.count(4, 0),
                given[..4].iter().filter(|one| **one == 0).count()
            );
            let mut rows = vec![0, 1, 3];
            numbers.retain(&mut rows, 0);
            assert_eq!(rows.contains(&1), largest == 0);
        }
    }

    #[test]
    fn a_missing_number_and_a_width_that_cannot_be_are_damage() {
        let mut stored = Vec::new();
        Numbers::of([1, 2, 3].into_iter()).write(&mut stored);
        let read = |stored: &[u8], count| Numbers::read(&mut Reader::new(stored), count).is_ok();
        assert!(read(&stored, 3));
        assert!(!read(&stored, 4) && !read(&stored, usize::MAX));
        for width in [3, 5, 16] {
            stored[0] = width;
            assert!(!read(&stored, 1));
        }
        assert!(!read(&[], 1));
    }
}
