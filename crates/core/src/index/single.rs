//! A block that is one item.
//!
//! Layout: bytes of its bucket (two, little endian), the bucket, the piece of its directory.

use crate::damaged::Damaged;

const SHORT: Damaged = Damaged::Inconsistent("a block of one item is too short");

/// The content, if the bucket is short enough for it.
pub(super) fn content(bucket: &[u8], piece: &[u8]) -> Option<Vec<u8>> {
    let length = u16::try_from(bucket.len()).ok()?;
    let mut content = length.to_le_bytes().to_vec();
    content.extend_from_slice(bucket);
    content.extend_from_slice(piece);
    Some(content)
}

/// The bucket.
pub(super) fn bucket(content: &[u8]) -> Result<&[u8], Damaged> {
    split(content).map(|(bucket, _)| bucket)
}

/// The piece of the directory.
pub(super) fn piece(content: &[u8]) -> Result<&[u8], Damaged> {
    split(content).map(|(_, piece)| piece)
}

fn split(content: &[u8]) -> Result<(&[u8], &[u8]), Damaged> {
    let (length, rest) = content.split_first_chunk().ok_or(SHORT)?;
    let length = usize::from(u16::from_le_bytes(*length));
    rest.split_at_checked(length).ok_or(SHORT)
}
