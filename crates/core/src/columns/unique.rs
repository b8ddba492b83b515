//! A column in which hardly two rows have the same value: ids of events, ids of requests.

use std::borrow::Cow;

use uuid::Uuid;

use super::numbers::Numbers;
use super::stored::Reader;
use super::texts::Texts;
use crate::damaged::Damaged;

/// The row has a UUID, written as we would write it.
const UUID: u8 = 0;
/// The row has another text.
const TEXT: u8 = 1;
/// The row has nothing.
const ABSENT: u8 = 2;

/// One text a row, or none: 16 bytes where it is a UUID as usually written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unique<'a> {
    /// [`UUID`], [`TEXT`] or [`ABSENT`]
    kinds: Numbers<'a>,
    /// of the rows that have one
    uuids: Cow<'a, [u8]>,
    /// of the rows that have one
    texts: Texts<'a>,
}

impl<'a> Unique<'a> {
    /// Reads a column of so many rows, all but its UUIDs.
    pub fn read(from: &mut Reader<'a>, rows: usize) -> Result<Self, Damaged> {
        let column = Self {
            kinds: Numbers::read(from, rows)?,
            uuids: Cow::default(),
            texts: Texts::read(from)?,
        };
        if column.kinds.count(rows, TEXT) != column.texts.count() as usize {
            return Err(Damaged::Inconsistent("a column has not one value a row"));
        }
        Ok(column)
    }

    /// Reads its UUIDs, which lie elsewhere.
    pub fn read_uuids(&mut self, from: &mut Reader<'a>, rows: usize) -> Result<(), Damaged> {
        let bytes = self.kinds.count(rows, UUID).saturating_mul(16);
        self.uuids = from.bytes(bytes)?.into();
        Ok(())
    }
}

impl Unique<'_> {
    /// Of one value a row, in row order.
    pub fn encode<'v>(rows: impl Iterator<Item = Option<&'v str>>) -> Unique<'static> {
        let (mut kinds, mut uuids, mut texts) = (Vec::new(), Vec::new(), Vec::new());
        for value in rows {
            kinds.push(match value.map(|value| (value, canonical_uuid(value))) {
                None => ABSENT,
                Some((_, Some(uuid))) => {
                    uuids.extend(uuid.as_bytes());
                    UUID
                }
                Some((value, None)) => {
                    texts.push(value);
                    TEXT
                }
            });
        }
        Unique {
            kinds: Numbers::of(kinds.iter().map(|kind| u64::from(*kind))),
            uuids: uuids.into(),
            texts: Texts::of(texts.iter().copied()),
        }
    }

    /// Writes the column, all but its UUIDs.
    pub fn write(&self, out: &mut Vec<u8>) {
        self.kinds.write(out);
        self.texts.write(out);
    }

    /// Writes its UUIDs.
    pub fn write_uuids(&self, out: &mut Vec<u8>) {
        out.extend(&*self.uuids);
    }

    /// How many bytes its UUIDs are.
    pub fn uuid_bytes(&self) -> usize {
        self.uuids.len()
    }

    /// The value of a row. To have all, [`Unique::visit`] is faster.
    pub fn get(&self, row: usize) -> Option<Cow<'_, str>> {
        let kind = self.kind(row);
        let place = self.kinds.count(row, kind);
        match kind {
            UUID => {
                let uuid = self.uuids.as_chunks().0.get(place)?;
                Some(Uuid::from_bytes(*uuid).to_string().into())
            }
            TEXT => Some(self.texts.get(u32::try_from(place).ok()?)?.into()),
            _ => None,
        }
    }

    /// Gives the row and the value of every row below `rows` that has one, ascending.
    pub fn visit(&self, rows: u32, mut visit: impl FnMut(u32, &str)) {
        let mut uuids = self.uuids.as_chunks().0.iter();
        let mut texts = self.texts.iter();
        for row in 0..rows {
            match self.kind(row as usize) {
                UUID => {
                    if let Some(uuid) = uuids.next() {
                        let uuid = Uuid::from_bytes(*uuid).hyphenated();
                        visit(row, uuid.encode_lower(&mut Uuid::encode_buffer()));
                    }
                }
                TEXT => {
                    if let Some(text) = texts.next() {
                        visit(row, text);
                    }
                }
                _ => {}
            }
        }
    }

    /// The rows below `rows` that have a value, ascending.
    pub fn present(&self, rows: u32) -> impl Iterator<Item = u32> {
        (0..rows).filter(|row| self.kind(*row as usize) != ABSENT)
    }

    /// The rows below `rows` that have this value, ascending.
    pub fn positions(&self, rows: u32, value: &str) -> Vec<u32> {
        let Some(uuid) = canonical_uuid(value) else {
            let places: Vec<u32> = self.texts.positions(value).collect();
            return self.rows_at(rows, TEXT, &places);
        };
        let uuids = (0..).zip(self.uuids.as_chunks::<16>().0);
        let places: Vec<u32> = uuids
            .filter(|(_, one)| *one == uuid.as_bytes())
            .map(|(place, _)| place)
            .collect();
        self.rows_at(rows, UUID, &places)
    }

    /// The rows that have these of all values of a kind.
    fn rows_at(&self, rows: u32, kind: u8, places: &[u32]) -> Vec<u32> {
        if places.is_empty() || self.kinds.are_zero() {
            return places.to_vec();
        }
        let of_kind = (0..rows).filter(|row| self.kind(*row as usize) == kind);
        let wanted = (0_u32..).zip(of_kind);
        wanted
            .filter(|(place, _)| places.binary_search(place).is_ok())
            .map(|(_, row)| row)
            .collect()
    }

    fn kind(&self, row: usize) -> u8 {
        u8::try_from(self.kinds.get(row)).unwrap_or(ABSENT)
    }
}

/// The UUID, if the text is exactly how we would write it back.
fn canonical_uuid(text: &str) -> Option<Uuid> {
    let bytes = text.as_bytes();
    if bytes.len() != 36 || bytes.iter().any(u8::is_ascii_uppercase) {
        return None;
    }
    Uuid::try_parse(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "35e74cf4-740b-49c4-8b36-f231ee8cc310";
    const B: &str = "4ea31bb7-6bd2-4882-bf81-cdce46f319a2";
    const UPPER: &str = "4EA31BB7-6BD2-4882-BF81-CDCE46F319A2";

    #[test]
    fn values_come_back_whatever_they_are() {
        for given in [
            vec![],
            vec![Some(A), Some(B), Some(A)],
            vec![
                Some(A),
                Some("e-1"),
                None,
                Some(B),
                Some(""),
                Some("e-1"),
                Some(UPPER),
            ],
            vec![None, None],
            vec![Some("e-1")],
        ] {
            let rows = u32::try_from(given.len()).unwrap();
            let stored = Unique::encode(given.iter().copied());
            let mut bytes = Vec::new();
            stored.write(&mut bytes);
            stored.write_uuids(&mut bytes);
            let mut reader = Reader::new(&bytes);
            let mut column = Unique::read(&mut reader, given.len()).unwrap();
            column.read_uuids(&mut reader, given.len()).unwrap();
            reader.end().unwrap();
            assert_eq!(column, stored);
            let found: Vec<_> = (0..given.len()).map(|row| column.get(row)).collect();
            let found: Vec<_> = found.iter().map(Option::as_deref).collect();
            assert_eq!(found, given);
            let mut visited = vec![None; given.len()];
            column.visit(rows, |row, value| {
                visited[row as usize] = Some(value.to_owned());
            });
            let visited: Vec<_> = visited.iter().map(Option::as_deref).collect();
            assert_eq!(visited, given);
            for value in [A, B, UPPER, "e-1", "", "absent"] {
                let expected: Vec<u32> = (0..)
                    .zip(&given)
                    .filter(|(_, one)| **one == Some(value))
                    .map(|(row, _)| row)
                    .collect();
                assert_eq!(column.positions(rows, value), expected, "{value}");
            }
            let present = given.iter().flatten().count();
            assert_eq!(column.present(rows).count(), present);
        }
    }

    #[test]
    fn a_short_column_is_damaged() {
        let mut bytes = Vec::new();
        let column = Unique::encode([Some(A), Some("e"), None].into_iter());
        column.write(&mut bytes);
        column.write_uuids(&mut bytes);
        // Width, kinds, texts, a UUID.
        for (at, byte) in [
            (0, 0),
            (1, TEXT),
            (2, UUID),
            (2, ABSENT),
            (3, TEXT),
            (4, 0),
            (4, 2),
        ] {
            let mut changed = bytes.clone();
            changed[at] = byte;
            let mut reader = Reader::new(&changed);
            let column = Unique::read(&mut reader, 3);
            let read = column.and_then(|mut column| column.read_uuids(&mut reader, 3));
            let read = read.and_then(|()| reader.end());
            assert!(read.is_err(), "{at} {byte}");
        }
    }
}
