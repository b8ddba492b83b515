//! Numbers in as many bits as they need: plain, Golomb-Rice, and Exp-Golomb (for numbers of which few are large).

use crate::damaged::Damaged;

/// Most bits put or taken at once.
const AT_ONCE: u32 = 32;

/// Writes bits, the lowest first.
#[derive(Debug, Default)]
pub(super) struct BitWriter {
    bytes: Vec<u8>,
    pending: u64,
    filled: u32,
}

impl BitWriter {
    /// How many bits were written.
    pub fn len(&self) -> usize {
        self.bytes.len() * 8 + self.filled as usize
    }

    pub fn clear(&mut self) {
        self.bytes.clear();
        self.pending = 0;
        self.filled = 0;
    }

    /// The lowest `bits` of a number; at most 64.
    pub fn put(&mut self, number: u64, bits: u32) {
        if bits > AT_ONCE {
            self.put_some(number & u64::from(u32::MAX), AT_ONCE);
            self.put_some(number >> AT_ONCE, bits - AT_ONCE);
        } else {
            self.put_some(number, bits);
        }
    }

    fn put_some(&mut self, number: u64, bits: u32) {
        let number = number & ((1_u64 << bits) - 1);
        self.pending |= number << self.filled;
        self.filled += bits;
        if self.filled >= AT_ONCE {
            self.bytes
                .extend_from_slice(&self.pending.to_le_bytes()[..4]);
            self.pending >>= AT_ONCE;
            self.filled -= AT_ONCE;
        }
    }

    /// So many zeros, and a one.
    pub fn unary(&mut self, mut number: u64) {
        while number >= u64::from(AT_ONCE) {
            self.put_some(0, AT_ONCE);
            number -= u64::from(AT_ONCE);
        }
        let zeros = u32::from(number.to_le_bytes()[0]);
        self.put_some(1 << zeros, zeros + 1);
    }

    /// A number of 1 or more, of which few are large.
    pub fn gamma(&mut self, number: u64) {
        let bits = number.max(1).ilog2();
        self.unary(bits.into());
        self.put(number, bits);
    }

    /// Golomb-Rice with `low` plain bits.
    pub fn rice(&mut self, number: u64, low: u32) {
        self.unary(number >> low);
        self.put(number, low);
    }

    /// Exp-Golomb with `low` plain bits.
    pub fn exp(&mut self, number: u64, low: u32) {
        self.gamma((number >> low) + 1);
        self.put(number, low);
    }

    /// All that another wrote.
    pub fn append(&mut self, other: &Self) {
        let (words, rest) = other.bytes.as_chunks();
        debug_assert!(rest.is_empty(), "bytes are written four at a time");
        for word in words {
            self.put_some(u32::from_le_bytes(*word).into(), AT_ONCE);
        }
        self.put_some(other.pending, other.filled);
    }

    /// The bytes; the last is filled up with zeros.
    pub fn finish(mut self) -> Vec<u8> {
        let rest = self.filled.div_ceil(8) as usize;
        self.bytes
            .extend_from_slice(&self.pending.to_le_bytes()[..rest]);
        self.bytes
    }
}

pub(super) const fn gamma_bits(number: u64) -> u64 {
    let bits = if number == 0 { 0 } else { number.ilog2() };
    2 * bits as u64 + 1
}

pub(super) const fn rice_bits(number: u64, low: u32) -> u64 {
    (number >> low) + 1 + low as u64
}

pub(super) const fn exp_bits(number: u64, low: u32) -> u64 {
    gamma_bits((number >> low) + 1) + low as u64
}

/// How many bits numbers below `count` take.
pub(super) const fn width_of(count: u32) -> u32 {
    u32::BITS - count.saturating_sub(1).leading_zeros()
}

/// Reads what [`BitWriter`] wrote.
#[derive(Clone, Debug)]
pub(super) struct BitReader<'b> {
    bytes: &'b [u8],
    at: usize,
}

const SHORT: Damaged = Damaged::Inconsistent("coded numbers end early");

impl<'b> BitReader<'b> {
    pub const fn of(bytes: &'b [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// The next 57 bits or more; zeros behind the end.
    fn window(&self) -> u64 {
        let rest = self.bytes.get(self.at / 8..).unwrap_or_default();
        let word = rest.first_chunk().copied().unwrap_or_else(|| {
            let mut word = [0; 8];
            for (to, from) in word.iter_mut().zip(rest) {
                *to = *from;
            }
            word
        });
        u64::from_le_bytes(word) >> (self.at % 8)
    }

    fn pass(&mut self, bits: u32) -> Result<(), Damaged> {
        self.at += bits as usize;
        if self.at > self.bytes.len() * 8 {
            return Err(SHORT);
        }
        Ok(())
    }

    /// A number of so many bits, at most 64.
    pub fn take(&mut self, bits: u32) -> Result<u64, Damaged> {
        if bits > AT_ONCE {
            let low = self.take_some(AT_ONCE)?;
            return Ok(low | self.take_some((bits - AT_ONCE).min(AT_ONCE))? << AT_ONCE);
        }
        self.take_some(bits)
    }

    #[inline]
    fn take_some(&mut self, bits: u32) -> Result<u64, Damaged> {
        let number = self.window() & ((1_u64 << bits) - 1);
        self.pass(bits)?;
        Ok(number)
    }

    #[inline]
    pub fn unary(&mut self) -> Result<u64, Damaged> {
        let mut number = 0;
        loop {
            let zeros = self.window().trailing_zeros();
            if zeros <= 56 {
                self.pass(zeros + 1)?;
                return Ok(number + u64::from(zeros));
            }
            self.pass(56)?;
            number += 56;
        }
    }

    #[inline]
    pub fn gamma(&mut self) -> Result<u64, Damaged> {
        let bits = self.unary()?;
        if bits > 63 {
            return Err(Damaged::Inconsistent("a coded number is too large"));
        }
        let bits = u32::from(bits.to_le_bytes()[0]);
        Ok(1_u64 << bits | self.take(bits)?)
    }

    #[inline]
    pub fn rice(&mut self, low: u32) -> Result<u64, Damaged> {
        let high = self.unary()?;
        Ok(high << low | self.take(low)?)
    }

    #[inline]
    pub fn exp(&mut self, low: u32) -> Result<u64, Damaged> {
        let high = self.gamma()? - 1;
        Ok(high << low | self.take(low)?)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn numbers_come_back(
            numbers in prop::collection::vec((0..5_u8, 0..1_u64 << 40, 0..40_u32), 0..200),
        ) {
            let mut writer = BitWriter::default();
            let mut bits = 0;
            // Neither Golomb-Rice nor unary is for numbers that are far from what is expected.
            let near = |number: u64, low: u32| number % (300 << low);
            for (kind, number, low) in &numbers {
                bits += match kind {
                    0 => { writer.put(*number, 40); 40 }
                    1 => { writer.unary(number % 300); number % 300 + 1 }
                    2 => { writer.gamma(number + 1); gamma_bits(number + 1) }
                    3 => { writer.rice(near(*number, *low), *low); rice_bits(near(*number, *low), *low) }
                    _ => { writer.exp(*number, *low); exp_bits(*number, *low) }
                };
                prop_assert_eq!(writer.len() as u64, bits);
            }
            let mut twice = BitWriter::default();
            twice.put(5, 3);
            twice.append(&writer);
            let bytes = twice.finish();
            let mut reader = BitReader::of(&bytes);
            prop_assert_eq!(reader.take(3).unwrap(), 5);
            for (kind, number, low) in numbers {
                let (read, expected) = match kind {
                    0 => (reader.take(40), number),
                    1 => (reader.unary(), number % 300),
                    2 => (reader.gamma(), number + 1),
                    3 => (reader.rice(low), near(number, low)),
                    _ => (reader.exp(low), number),
                };
                prop_assert_eq!(read.unwrap(), expected);
            }
            prop_assert!(reader.take(8).is_err());
            prop_assert!(reader.unary().is_err());
        }
    }

    #[test]
    fn widths() {
        assert_eq!([0, 1, 2, 3, 256, 257].map(width_of), [0, 0, 1, 2, 8, 9]);
    }
}
