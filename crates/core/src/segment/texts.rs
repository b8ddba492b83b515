//! A list of texts, read without taking it apart: one text of all, and how long each of them is.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::Damaged;
use super::numbers::Numbers;

/// Texts, numbered from 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Texts<'a> {
    count: u32,
    /// bytes of the shortest
    least: u32,
    /// bytes of each above that
    #[serde(borrow)]
    more: Numbers<'a>,
    /// one after the other
    #[serde(borrow)]
    all: Cow<'a, str>,
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

    /// Checks texts that were read.
    pub fn measure(&mut self) -> Result<(), Damaged> {
        let count = self.count as usize;
        self.more.measure(count)?;
        let bytes = u64::from(self.count) * u64::from(self.least) + self.more.sum(count);
        if bytes != self.all.len() as u64 {
            return Err(Damaged::Inconsistent("texts are not as long as they say"));
        }
        Ok(())
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

    fn read(bytes: &[u8]) -> Result<Texts<'_>, Damaged> {
        let mut texts: Texts<'_> = postcard::from_bytes(bytes).map_err(Damaged::Columns)?;
        texts.measure()?;
        Ok(texts)
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
            let bytes = postcard::to_allocvec(&Texts::of(given.iter().copied())).unwrap();
            let texts = read(&bytes).unwrap();
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
        let texts = Texts::of(["alice", "bob"].into_iter());
        let changes: [fn(&mut Texts<'_>); 3] = [
            |texts| texts.count = 3,
            |texts| texts.least = 4,
            |texts| texts.all.to_mut().push('x'),
        ];
        for change in changes {
            let mut damaged = texts.clone();
            change(&mut damaged);
            assert!(read(&postcard::to_allocvec(&damaged).unwrap()).is_err());
        }
    }
}
