//! The bytes of a pack.
//!
//! Layout, version 1: a version byte, the version of the dictionary, the [`Header`], then one zstd frame of the records
//! one after the other. The records' lengths add up to how long they are decompressed.

use serde::{Deserialize, Serialize};

use super::dictionary;
use crate::damaged::Damaged;
use crate::frame::decompress;

const VERSION: u8 = 1;
/// Most bytes of a pack's records, decompressed; packs are made far smaller.
pub const MAX_PLAIN_BYTES: usize = 32 * 1024 * 1024;

/// A row to be packed.
#[derive(Clone, Copy, Debug)]
pub struct PackRow<'a> {
    /// the record, verbatim, with its id in it
    pub text: &'a str,
    /// how it came ([`Origin::text`](crate::origin::Origin::text))
    pub origin: &'a str,
}

/// What stands before the records, as postcard writes it.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Header<'a> {
    /// of each record, in bytes
    lengths: Vec<u32>,
    /// how the records came, each way once
    #[serde(borrow)]
    origins: Vec<&'a str>,
    /// of each record the place of its origin; empty if all came the same way
    codes: Vec<u32>,
}

/// Packs rows; keeps its working memory.
pub struct PackEncoder {
    zstd: zstd::bulk::Compressor<'static>,
    plain: Vec<u8>,
    frame: Vec<u8>,
}

impl PackEncoder {
    /// A new one; about a megabyte.
    pub fn new() -> Result<Self, Damaged> {
        Ok(Self {
            zstd: dictionary::compressor().map_err(Damaged::Compression)?,
            plain: Vec::new(),
            frame: Vec::new(),
        })
    }

    /// The pack's bytes: the same for the same rows, as long as [`encoder_version`] is the same.
    ///
    /// # Errors
    /// If the records have more than [`MAX_PLAIN_BYTES`] together.
    pub fn encode<'r>(
        &mut self,
        rows: impl Iterator<Item = PackRow<'r>>,
    ) -> Result<Vec<u8>, Damaged> {
        let mut header = Header::default();
        self.plain.clear();
        for row in rows {
            if self.plain.len() + row.text.len() > MAX_PLAIN_BYTES {
                return Err(Damaged::Inconsistent("too many records for a pack"));
            }
            self.plain.extend(row.text.as_bytes());
            header.push(row);
        }
        header.finish();
        self.frame.clear();
        let bound = zstd::zstd_safe::compress_bound(self.plain.len());
        self.frame.reserve(bound);
        self.zstd
            .compress_to_buffer(&self.plain, &mut self.frame)
            .map_err(Damaged::Compression)?;
        let mut pack = vec![VERSION, dictionary::NEWEST];
        pack.reserve_exact(self.frame.len() + 2 * header.lengths.len() + 64);
        pack = postcard::to_extend(&header, pack).map_err(Damaged::Encoding)?;
        pack.extend(&self.frame);
        Ok(pack)
    }
}

impl<'a> Header<'a> {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "both are below MAX_PLAIN_BYTES, or of rows without text, of which memory has fewer"
    )]
    fn push(&mut self, row: PackRow<'a>) {
        self.lengths.push(row.text.len() as u32);
        // Neighbours mostly came the same way.
        let last = self.codes.last().copied();
        let same = last.filter(|code| self.origins[*code as usize] == row.origin);
        let known = || self.origins.iter().position(|one| *one == row.origin);
        let code = same.or_else(|| known().map(|place| place as u32));
        self.codes.push(code.unwrap_or(self.origins.len() as u32));
        if code.is_none() {
            self.origins.push(row.origin);
        }
    }

    fn finish(&mut self) {
        if self.origins.len() < 2 {
            self.codes.clear();
        }
    }

    /// Where each record ends, if all of it fits together and is not more than we write.
    fn ends(&self) -> Option<Vec<usize>> {
        let rows = self.lengths.len();
        let codes_fit = match self.origins.len() {
            0 => rows == 0 && self.codes.is_empty(),
            1 => self.codes.is_empty(),
            _ => self.codes.len() == rows,
        };
        let mut codes = self.codes.iter();
        let all_known = codes.all(|code| (*code as usize) < self.origins.len());
        let mut end = 0_usize;
        let lengths = self.lengths.iter().map(|length| {
            end = end.checked_add(*length as usize)?;
            (end <= MAX_PLAIN_BYTES).then_some(end)
        });
        let ends = lengths.collect::<Option<Vec<_>>>()?;
        (codes_fit && all_known).then_some(ends)
    }
}

/// What determines a pack's bytes besides the rows: our version of the format, the dictionary's, zstd's. Part of the
/// name of every run.
pub fn encoder_version() -> String {
    let zstd = zstd::zstd_safe::version_number();
    format!("pack {VERSION}.{}, zstd {zstd}", dictionary::NEWEST)
}

/// An unpacked pack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pack {
    plain: String,
    ends: Vec<usize>,
    origins: Vec<String>,
    codes: Vec<u32>,
}

impl Pack {
    /// Unpacks.
    pub fn decode(bytes: &[u8]) -> Result<Self, Damaged> {
        let (dictionary, rest) = match bytes {
            [VERSION, dictionary, rest @ ..] => (*dictionary, rest),
            [VERSION] | [] => return Err(Damaged::Inconsistent("a pack is cut short")),
            [version, ..] => return Err(Damaged::Version(*version)),
        };
        let dictionary = dictionary::of(dictionary)
            .ok_or(Damaged::Inconsistent("a pack's dictionary is not known"))?;
        let (header, frame): (Header<'_>, _) =
            postcard::take_from_bytes(rest).map_err(Damaged::Encoding)?;
        let ends = header
            .ends()
            .ok_or(Damaged::Inconsistent("a pack's header is not one of ours"))?;
        let length = ends.last().copied().unwrap_or(0);
        let plain = decompress(frame, Some(dictionary), length).map_err(Damaged::Compression)?;
        let plain = String::from_utf8(plain)
            .map_err(|_| Damaged::Inconsistent("a pack's records are not UTF-8"))?;
        if !ends.iter().all(|end| plain.is_char_boundary(*end)) {
            return Err(Damaged::Inconsistent("a pack's lengths cut characters"));
        }
        Ok(Self {
            plain,
            ends,
            origins: header.origins.into_iter().map(str::to_owned).collect(),
            codes: header.codes,
        })
    }

    /// How many rows.
    pub fn rows(&self) -> usize {
        self.ends.len()
    }

    /// A row's record; empty if there is no such row.
    pub fn text(&self, row: usize) -> &str {
        let Some(end) = self.ends.get(row) else {
            return "";
        };
        let start = row.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.plain[start..*end]
    }

    /// How it came; empty if there is no such row.
    pub fn origin(&self, row: usize) -> &str {
        if row >= self.rows() {
            return "";
        }
        let code = self.codes.get(row).copied().unwrap_or(0);
        &self.origins[code as usize]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn packed(rows: &[(String, String)]) -> Vec<u8> {
        let rows = rows.iter().map(|(text, origin)| PackRow { text, origin });
        PackEncoder::new().unwrap().encode(rows).unwrap()
    }

    fn rows() -> impl Strategy<Value = Vec<(String, String)>> {
        let text = "(\\{\"eventName\":\"[a-zé😀]{0,9}\"\\})|[^\u{0}]{0,40}";
        let origin = "queue|import|producer:[a-c]";
        proptest::collection::vec((text, origin), 1..40)
    }

    proptest! {
        #[test]
        fn rows_come_back_to_the_byte(rows in rows()) {
            let pack = Pack::decode(&packed(&rows)).unwrap();
            prop_assert_eq!(pack.rows(), rows.len());
            for (row, (text, origin)) in rows.iter().enumerate() {
                prop_assert_eq!((pack.text(row), pack.origin(row)), (&**text, &**origin));
            }
            for absent in [rows.len(), usize::MAX] {
                prop_assert_eq!((pack.text(absent), pack.origin(absent)), ("", ""));
            }
        }

        #[test]
        fn damaged_bytes_are_refused_or_are_another_pack(
            rows in rows(),
            changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
            cut in any::<prop::sample::Index>(),
        ) {
            let whole = packed(&rows);
            let mut changed = whole.clone();
            for (place, byte) in changes {
                let place = place.index(changed.len());
                changed[place] = byte;
            }
            if let Ok(pack) = Pack::decode(&changed) {
                let texts = (0..pack.rows()).map(|row| pack.text(row).len() + pack.origin(row).len());
                prop_assert!(texts.sum::<usize>() >= pack.plain.len());
            }
            let cut = &whole[..cut.index(whole.len())];
            prop_assert!(Pack::decode(cut).is_err());
        }
    }

    #[test]
    fn the_same_rows_give_the_same_bytes_whatever_was_packed_before() {
        let row = |number: usize| (format!("{{\"n\":{number}}}"), "queue".to_owned());
        let rows: Vec<_> = (0..500).map(row).collect();
        let mut used = PackEncoder::new().unwrap();
        for size in [500, 1, 64, 500] {
            let some = rows[..size].iter();
            let again = used.encode(some.map(|(text, origin)| PackRow { text, origin }));
            assert_eq!(again.unwrap(), packed(&rows[..size]), "{size}");
        }
    }

    #[test]
    fn an_origin_is_written_once_and_no_code_where_there_is_one() {
        let row = |origin: &str| (String::new(), origin.to_owned());
        let one = packed(&vec![row("producer:alice"); 100]);
        let two = packed(&[vec![row("producer:alice"); 99], vec![row("queue")]].concat());
        assert_eq!(two.len() - one.len(), 100 + "queue".len() + 1);
        let times = two.windows(5).filter(|bytes| *bytes == b"alice").count();
        assert_eq!(times, 1);
    }

    #[test]
    fn versions_and_sizes_that_are_none_of_ours_are_told() {
        let pack = packed(&[("{}".to_owned(), "queue".to_owned())]);
        let with = |place: usize, byte: u8| {
            let mut pack = pack.clone();
            pack[place] = byte;
            Pack::decode(&pack).unwrap_err().to_string()
        };
        assert_eq!(with(0, 9), "format version 9 is not known");
        assert_eq!(with(1, 200), "a pack's dictionary is not known");
        // The length of the only record: one byte less or more than there is.
        assert_eq!(pack[2..4], [1, 2]);
        assert_eq!(with(3, 1), "the bytes do not decompress");
        assert_eq!(with(3, 3), "the bytes do not decompress");
        let header = Header {
            lengths: vec![u32::MAX, 40_000_000],
            origins: vec!["queue"],
            codes: Vec::new(),
        };
        let bytes = postcard::to_extend(&header, vec![VERSION, dictionary::NEWEST]).unwrap();
        let refused = Pack::decode(&bytes).unwrap_err().to_string();
        assert_eq!(refused, "a pack's header is not one of ours");
        let large = "x".repeat(MAX_PLAIN_BYTES / 2 + 1);
        let row = PackRow {
            text: &large,
            origin: "queue",
        };
        let packed = PackEncoder::new().unwrap().encode([row; 2].into_iter());
        assert!(packed.is_err());
    }
}
