//! Columns as an item of their own has them: compressed.
//!
//! Layout, version 1: a version byte, the uncompressed length (u32, little endian), then one zstd frame.

use super::Damaged;
use super::bodies::decompress;
use super::columns::Columns;

const VERSION: u8 = 1;
/// zstd level, as that of bodies.
const LEVEL: i32 = 3;
/// Most uncompressed bytes of a block.
pub const MAX_PLAIN: usize = 32 * 1024 * 1024;

impl Columns<'_> {
    /// The value of the item: the same columns give the same bytes.
    pub fn compressed(&self) -> Result<Vec<u8>, Damaged> {
        let plain = self.encode()?;
        // Far below the type's most.
        let length = u32::try_from(plain.len()).unwrap_or(u32::MAX);
        let frame = zstd::bulk::compress(&plain, LEVEL).map_err(Damaged::Compressed)?;
        let mut value = vec![VERSION];
        value.extend(length.to_le_bytes());
        value.extend(frame);
        Ok(value)
    }
}

/// The bytes that [`Columns::decode`] reads, of the value of an item.
pub fn decompressed(value: &[u8]) -> Result<Vec<u8>, Damaged> {
    let [version, l0, l1, l2, l3, frame @ ..] = value else {
        return Err(Damaged::Inconsistent("the columns are cut short"));
    };
    if *version != VERSION {
        return Err(Damaged::Version(*version));
    }
    let length = u32::from_le_bytes([*l0, *l1, *l2, *l3]) as usize;
    if length > MAX_PLAIN {
        return Err(Damaged::Inconsistent("the columns are larger than may be"));
    }
    let mut plain = Vec::new();
    decompress(frame, length, &mut plain).map_err(Damaged::Compressed)?;
    if plain.len() != length {
        return Err(Damaged::Inconsistent(
            "the columns are not as long as they say",
        ));
    }
    Ok(plain)
}
