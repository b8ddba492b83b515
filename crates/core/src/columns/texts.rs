//! A list of texts, read without taking it apart: one text of all, and how long each of them is.

use std::borrow::Cow;

use super::numbers::Numbers;
use super::stored::{Reader, put_count};
use crate::damaged::Damaged;

/// Texts, numbered from 0.
///
/// Stored as their count and, if there are any, the fields of this struct in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Texts<'a> {
    count: u32,
    /// bytes of the shortest
    least: u32,
    /// bytes of each above that
    more: Numbers<'a>,
    /// one after the other
    all: Cow<'a, str>,
}

impl<'a> Texts<'a> {
    /// Reads them.
    #[inline]
    pub fn read(from: &mut Reader<'a>) -> Result<Self, Damaged> {
        let count = from.count()?;
        if count == 0 {
            return Ok(Self::default());
        }
        let least = from.count()?;
        let more = Numbers::read(from, count as usize)?;
        let bytes = u64::from(count) * u64::from(least);
        let bytes = bytes.saturating_add(more.sum(count as usize));
        Ok(Self {
            count,
            least,
            more,
            all: from.text(size(bytes))?.into(),
        })
    }
}

impl Texts<'_> {
    /// Of these.
    pub fn of<'t>(texts: impl Iterator<Item = &'t str> + Clone) -> Texts<'static> {
        let lengths = texts.clone().map(str::len);
        let least = lengths.clone().min().unwrap_or(0);
        Texts {
            count: u32::try_from(lengths.clone().count()).unwrap_or(u32::MAX),
            least: u32::try_from(least).unwrap_or(u32::MAX),
            more: Numbers::of(lengths.map(|length| (length - least) as u64)),
            all: texts.collect::<String>().into(),
        }
    }

    /// Writes them.
    pub fn write(&self, out: &mut Vec<u8>) {
        put_count(self.count, out);
        if self.count > 0 {
            put_count(self.least, out);
            self.more.write(out);
            out.extend(self.all.as_bytes());
        }
    }

    /// How many.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// One of them. To have all, [`Texts::iter`] is faster.
    pub fn get(&self, number: u32) -> Option<&str> {
        if number >= self.count {
            return None;
        }
        let before = number as usize * self.least as usize;
        let start = before + size(self.more.sum(number as usize));
        self.all.get(start..start + self.length(number))
    }

    /// All, in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.places()
            .map(|place| self.all.get(place).unwrap_or_default())
    }

    /// The numbers of a text.
    pub fn positions<'t>(&'t self, text: &'t str) -> impl Iterator<Item = u32> + 't {
        let bytes = self.all.as_bytes();
        (0..)
            .zip(self.places())
            .filter(move |(_, place)| {
                place.len() == text.len() && bytes.get(place.clone()) == Some(text.as_bytes())
            })
            .map(|(number, _)| number)
    }

    fn places(&self) -> impl Iterator<Item = std::ops::Range<usize>> {
        (0..self.count).scan(0, |end, number| {
            let start = *end;
            *end += self.length(number);
            Some(start..*end)
        })
    }

    fn length(&self, number: u32) -> usize {
        self.least as usize + size(self.more.get(number as usize))
    }
}

/// Lengths that were checked fit.
fn size(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(texts: &[&str]) -> Vec<u8> {
        let mut stored = Vec::new();
        Texts::of(texts.iter().copied()).write(&mut stored);
        stored
    }

    #[test]
    fn texts_come_back() {
        let long = "é".repeat(40_000);
        for given in [
            vec![],
            vec![""],
            vec!["", "", ""],
            vec!["a", "b", "a"],
            vec!["alice", "", "bob", "é"],
            vec!["x", &long, "y"],
        ] {
            let bytes = stored(&given);
            let mut reader = Reader::new(&bytes);
            let texts = Texts::read(&mut reader).unwrap();
            reader.end().unwrap();
            assert_eq!(texts.iter().collect::<Vec<_>>(), given);
            let found: Vec<_> = (0..texts.count()).map_while(|one| texts.get(one)).collect();
            assert_eq!(found, given);
            assert_eq!(texts.get(texts.count()), None);
            for text in &given {
                let places: Vec<u32> = (0..)
                    .zip(&given)
                    .filter(|(_, one)| *one == text)
                    .map(|(number, _)| number)
                    .collect();
                assert_eq!(texts.positions(text).collect::<Vec<_>>(), places);
            }
            assert_eq!(texts.positions("absent").count(), 0);
        }
    }

    #[test]
    fn texts_of_another_length_are_damage() {
        let bytes = stored(&["alice", "é"]);
        for (at, byte) in [(0, 3), (1, 1), (1, 254), (1, 255), (2, 2), (3, 4), (3, 2)] {
            let mut changed = bytes.clone();
            changed[at] = byte;
            let mut reader = Reader::new(&changed);
            let read = Texts::read(&mut reader).and_then(|_| reader.end());
            assert!(read.is_err(), "{at} {byte}");
        }
        for cut in 0..bytes.len() {
            assert!(Texts::read(&mut Reader::new(&bytes[..cut])).is_err());
        }
    }
}
