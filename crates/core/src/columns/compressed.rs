//! Columns as an item of their own has them: compressed.
//!
//! Layout, version 2: a version byte, the uncompressed length and how much of it is random (u32 each, little endian),
//! then a zstd frame, and the random bytes as they are: among others they would only make those compress worse.

use super::block::Columns;
use crate::damaged::Damaged;
use crate::frame::decompress;

const VERSION: u8 = 2;
/// zstd level, as that of packs.
const LEVEL: i32 = 3;
/// Most uncompressed bytes of a block.
pub const MAX_PLAIN: usize = 32 * 1024 * 1024;

impl Columns<'_> {
    /// The value of the item: the same columns give the same bytes.
    pub fn compressed(&self) -> Result<Vec<u8>, Damaged> {
        let plain = self.encode()?;
        let (plain, random) = plain.split_at(plain.len().saturating_sub(self.random_bytes()));
        let frame = zstd::bulk::compress(plain, LEVEL).map_err(Damaged::Compression)?;
        let mut value = vec![VERSION];
        for length in [plain.len() + random.len(), random.len()] {
            // Far below the type's most.
            value.extend(u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes());
        }
        value.extend(frame);
        value.extend(random);
        Ok(value)
    }
}

/// The bytes that [`Columns::decode`] reads, of the value of an item.
pub fn decompressed(value: &[u8]) -> Result<Vec<u8>, Damaged> {
    const SHORT: Damaged = Damaged::Inconsistent("the columns are cut short");
    let (version, rest) = value.split_first().ok_or(SHORT)?;
    if *version != VERSION {
        return Err(Damaged::Version(*version));
    }
    let (length, rest) = length(rest).ok_or(SHORT)?;
    let (random, rest) = self::length(rest).ok_or(SHORT)?;
    if length > MAX_PLAIN {
        return Err(Damaged::Inconsistent("the columns are larger than may be"));
    }
    let compressed = length.checked_sub(random).ok_or(SHORT)?;
    let frame = rest.len().checked_sub(random).ok_or(SHORT)?;
    let (frame, random) = rest.split_at(frame);
    let mut plain = decompress(frame, None, compressed).map_err(Damaged::Compression)?;
    plain.extend(random);
    Ok(plain)
}

/// How many bytes [`decompressed`] gives, as the value of an item says it.
pub fn plain_bytes(value: &[u8]) -> u64 {
    let length = value.get(1..).and_then(length);
    length.map_or(0, |(length, _)| length as u64)
}

fn length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    Some((u32::from_le_bytes(*length) as usize, rest))
}
