//! Chunks: a row set too large for its bucket, in items of its own.
//!
//! Layout: how many rows, and rows of the block, four bytes each, little endian; then the rows ([`rowset`]).

use super::bits::{BitReader, BitWriter, width_of};
use super::item::{self, Kind, Made};
use super::{asks, rowset};
use crate::damaged::Damaged;
use crate::items::Item;

const HEADER_BYTES: usize = 8;

/// The row numbers of a chunk, ascending.
pub fn chunk_rows(item: &Item) -> Result<Vec<u32>, Damaged> {
    let (kind, content) = item::open(item)?;
    if kind != Kind::Chunk as u8 {
        return Err(item::UNEXPECTED);
    }
    let Some((header, coded)) = content.split_first_chunk::<HEADER_BYTES>() else {
        return Err(Damaged::Inconsistent("a chunk is too short"));
    };
    let numbers = u64::from_le_bytes(*header);
    let count = u32::try_from(numbers & u64::from(u32::MAX)).unwrap_or(0);
    let end = u32::try_from(numbers >> 32).unwrap_or(0);
    let mut rows = Vec::new();
    let mut reader = BitReader::of(coded);
    rowset::take(&mut reader, count, width_of(end), end, |row| rows.push(row))?;
    Ok(rows)
}

/// Writes a row set in chunks; gives the first row of each.
pub(super) fn write(
    made: &Made<'_>,
    hash: u64,
    mut rows: &[u32],
    items: &mut Vec<Item>,
) -> Vec<u32> {
    let mut firsts = Vec::new();
    while let Some(first) = rows.first() {
        let number = u32::try_from(firsts.len()).unwrap_or(u32::MAX);
        let key = asks::chunk_key(made.account, made.block, hash, number);
        let limit = (item::room(&key) - HEADER_BYTES) * 8;
        let mut writer = BitWriter::default();
        let written = rowset::put(&mut writer, rows, width_of(made.block.rows), limit);
        let mut content = Vec::with_capacity(HEADER_BYTES + writer.len() / 8 + 1);
        content.extend_from_slice(&u32::try_from(written).unwrap_or(u32::MAX).to_le_bytes());
        content.extend_from_slice(&made.block.rows.to_le_bytes());
        content.extend_from_slice(&writer.finish());
        items.push(made.item(key, Kind::Chunk, &content));
        firsts.push(*first);
        rows = &rows[written..];
    }
    firsts
}
