//! How parts of a column block are written and read: numbers of one width, and bytes whose length is known from before.
//!
//! By hand, because a block of two dozen rows has some eighty parts, and a filter reads many such blocks.

use crate::damaged::Damaged;

/// Reads parts, one after the other.
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Of these bytes.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The next bytes.
    #[inline]
    pub fn bytes(&mut self, count: usize) -> Result<&'a [u8], Damaged> {
        let (bytes, rest) = self.rest.split_at_checked(count).ok_or_else(cut)?;
        self.rest = rest;
        Ok(bytes)
    }

    /// The next text.
    #[inline]
    pub fn text(&mut self, bytes: usize) -> Result<&'a str, Damaged> {
        std::str::from_utf8(self.bytes(bytes)?)
            .map_err(|_| Damaged::Inconsistent("a text of the columns is not UTF-8"))
    }

    /// The next byte.
    #[inline]
    pub fn byte(&mut self) -> Result<u8, Damaged> {
        let (byte, rest) = self.rest.split_first().ok_or_else(cut)?;
        self.rest = rest;
        Ok(*byte)
    }

    /// A count, written by [`put_count`].
    #[inline]
    pub fn count(&mut self) -> Result<u32, Damaged> {
        let first = self.byte()?;
        if first < LONG {
            return Ok(first.into());
        }
        let (bytes, rest) = self.rest.split_first_chunk().ok_or_else(cut)?;
        self.rest = rest;
        Ok(u32::from_le_bytes(*bytes))
    }

    /// A number of eight bytes.
    pub fn long(&mut self) -> Result<i64, Damaged> {
        let (bytes, rest) = self.rest.split_first_chunk().ok_or_else(cut)?;
        self.rest = rest;
        Ok(i64::from_le_bytes(*bytes))
    }

    /// Makes sure that all was read.
    pub fn end(&self) -> Result<(), Damaged> {
        if self.rest.is_empty() {
            return Ok(());
        }
        Err(Damaged::Inconsistent("something stands behind the columns"))
    }
}

/// Behind this byte stands a count of four bytes.
const LONG: u8 = 255;

/// Writes a count: one byte where it is below 255, else five.
pub fn put_count(count: u32, out: &mut Vec<u8>) {
    match u8::try_from(count) {
        Ok(count) if count < LONG => out.push(count),
        _ => {
            out.push(LONG);
            out.extend(count.to_le_bytes());
        }
    }
}

fn cut() -> Damaged {
    Damaged::Inconsistent("the columns are cut short")
}
