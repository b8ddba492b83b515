//! Sets of row numbers: the first plain, then the gaps in the code that is shortest for them.

use super::MAX_SET_ROWS;
use super::bits::{BitReader, BitWriter, exp_bits, gamma_bits, rice_bits};
use crate::damaged::Damaged;

/// Bits of a parameter of a code.
const LOW_BITS: u32 = 5;

/// How the rows after the first are coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Coding {
    /// each gap, where rows are scattered evenly
    Rice(u32),
    /// each gap, where few are large
    Exp(u32),
    /// how many rows follow each other, then the gap
    Runs(u32),
    /// a bit for each number, where rows are dense
    Bitmap,
}

impl Coding {
    /// The shortest for these rows, or nearly.
    fn of(rows: &[u32]) -> Self {
        let gaps = Gaps::of(rows);
        // The best of Golomb-Rice is near the mean; for the others one of two is near enough.
        let mean = gaps.mean_bits();
        let rice =
            (mean.saturating_sub(2)..=mean).map(|low| (gaps.rice_bits(low), Self::Rice(low)));
        let lows = || (0..=mean).step_by(2);
        let exp = lows().map(|low| (gaps.exp_bits(low), Self::Exp(low)));
        let runs = lows().map(|low| (gaps.runs_bits(low), Self::Runs(low)));
        let best = rice.chain(exp).chain(runs).min_by_key(|(bits, _)| *bits);
        match best {
            Some((bits, coding)) if bits <= gaps.span => coding,
            _ => Self::Bitmap,
        }
    }

    fn put(self, writer: &mut BitWriter) {
        let (kind, low) = match self {
            Self::Rice(low) => (0, low),
            Self::Exp(low) => (1, low),
            Self::Runs(low) => (2, low),
            Self::Bitmap => (3, 0),
        };
        writer.put(kind, 2);
        writer.put(low.into(), LOW_BITS);
    }

    fn take(reader: &mut BitReader<'_>) -> Result<Self, Damaged> {
        let kind = reader.take(2)?;
        let low = u32::try_from(reader.take(LOW_BITS)?).unwrap_or(0);
        Ok(match kind {
            0 => Self::Rice(low),
            1 => Self::Exp(low),
            2 => Self::Runs(low),
            _ => Self::Bitmap,
        })
    }
}

/// What there is to know of the gaps between rows, to choose a code: how many have so many bits, and their sum.
struct Gaps {
    count: [u64; 33],
    sum: [u64; 33],
    /// how many between runs, one less each, have so many bits
    between: [u64; 33],
    /// none has so many bits, or more
    top: usize,
    /// bits of the lengths of runs
    lengths: u64,
    span: u64,
}

impl Gaps {
    fn of(rows: &[u32]) -> Self {
        let mut gaps = Self {
            count: [0; 33],
            sum: [0; 33],
            between: [0; 33],
            top: 1,
            lengths: 0,
            span: 0,
        };
        let mut run = 1;
        for (before, row) in rows.iter().zip(rows.iter().skip(1)) {
            let gap = row.saturating_sub(before + 1);
            let bits = bits_of(gap);
            gaps.count[bits] += 1;
            gaps.sum[bits] += u64::from(gap);
            gaps.top = gaps.top.max(bits + 1);
            if gap == 0 {
                run += 1;
            } else {
                gaps.between[bits_of(gap - 1)] += 1;
                gaps.lengths += gamma_bits(run);
                run = 1;
            }
        }
        gaps.lengths += gamma_bits(run);
        if let (Some(first), Some(last)) = (rows.first(), rows.last()) {
            gaps.span = u64::from(last - first);
        }
        gaps
    }

    /// Bits of the mean gap.
    fn mean_bits(&self) -> u32 {
        let sum: u64 = self.sum[..self.top].iter().sum();
        let mean = sum / self.count[..self.top].iter().sum::<u64>().max(1);
        (u64::BITS - mean.leading_zeros()).min((1 << LOW_BITS) - 1)
    }

    fn rice_bits(&self, low: u32) -> u64 {
        let high: u64 = self.sum[..self.top].iter().map(|sum| sum >> low).sum();
        high + self.count[..self.top].iter().sum::<u64>() * (1 + u64::from(low))
    }

    fn exp_bits(&self, low: u32) -> u64 {
        exp_bits_of(&self.count[..self.top], low)
    }

    fn runs_bits(&self, low: u32) -> u64 {
        self.lengths + exp_bits_of(&self.between[..self.top], low)
    }
}

const fn bits_of(number: u32) -> usize {
    (u32::BITS - number.leading_zeros()) as usize
}

/// About how many bits numbers take of which so many have so many bits.
fn exp_bits_of(counts: &[u64], low: u32) -> u64 {
    let counts = (0_u32..).zip(counts);
    let bits = counts.map(|(bits, count)| {
        let high = match bits.saturating_sub(low) {
            0 => 1,
            1 => 3,
            more => 2 * more,
        };
        count * u64::from(low + high)
    });
    bits.sum()
}

/// Writes rows (ascending, not empty) until there are none or they would take more than `limit` bits; says how many were
/// written, at least one. `width` is what a row number takes.
pub(super) fn put(writer: &mut BitWriter, rows: &[u32], width: u32, limit: usize) -> usize {
    let rows = &rows[..rows.len().min(MAX_SET_ROWS as usize)];
    let [first, rest @ ..] = rows else { return 0 };
    let end = (writer.len() + limit) as u64;
    // A code is chosen by the beginning of a long set: no chunk holds more, but of dense ones.
    let coding = Coding::of(&rows[..rows.len().min(8_192)]);
    writer.put((*first).into(), width);
    coding.put(writer);
    let mut last = *first;
    let mut written = 1;
    match coding {
        Coding::Runs(low) => {
            let mut runs = rows.chunk_by(|one, next| one + 1 == *next);
            let begun = runs.next().unwrap_or_default();
            writer.gamma(begun.len() as u64);
            written = begun.len();
            last = begun.last().copied().unwrap_or(last);
            for run in runs {
                let gap = u64::from(run[0] - last - 2);
                let (bits, length) = (exp_bits(gap, low), run.len() as u64);
                if writer.len() as u64 + bits + gamma_bits(length) > end {
                    break;
                }
                writer.exp(gap, low);
                writer.gamma(length);
                written += run.len();
                last = last_of(run, last);
            }
        }
        _ => {
            for row in rest {
                let gap = u64::from(row - last - 1);
                let bits = match coding {
                    Coding::Rice(low) => rice_bits(gap, low),
                    Coding::Exp(low) => exp_bits(gap, low),
                    Coding::Runs(_) | Coding::Bitmap => gap + 1,
                };
                if writer.len() as u64 + bits > end {
                    break;
                }
                match coding {
                    Coding::Rice(low) => writer.rice(gap, low),
                    Coding::Exp(low) => writer.exp(gap, low),
                    Coding::Runs(_) | Coding::Bitmap => writer.unary(gap),
                }
                written += 1;
                last = *row;
            }
        }
    }
    written
}

fn last_of(run: &[u32], before: u32) -> u32 {
    run.last().copied().unwrap_or(before)
}

/// Reads `count` rows, each below `end`, and gives them to `each`.
pub(super) fn take(
    reader: &mut BitReader<'_>,
    count: u32,
    width: u32,
    end: u32,
    mut each: impl FnMut(u32),
) -> Result<(), Damaged> {
    if count == 0 || count > MAX_SET_ROWS {
        return Err(Damaged::Inconsistent("a set has no rows, or too many"));
    }
    let mut next = reader.take(width)?;
    let coding = Coding::take(reader)?;
    let mut give = |row: u64| {
        let row = u32::try_from(row).ok().filter(|row| *row < end);
        each(row.ok_or(Damaged::Inconsistent("a row is beyond its block"))?);
        Ok(())
    };
    let mut left = count;
    if let Coding::Runs(low) = coding {
        loop {
            let length = reader.gamma()?;
            for row in (next..).take(left.min(u32::try_from(length).unwrap_or(left)) as usize) {
                give(row)?;
            }
            match u32::try_from(length) {
                Ok(length) if length < left => left -= length,
                Ok(length) if length == left => return Ok(()),
                _ => return Err(Damaged::Inconsistent("a set has more rows than it says")),
            }
            next = next
                .saturating_add(length + 1)
                .saturating_add(reader.exp(low)?);
        }
    }
    loop {
        give(next)?;
        left -= 1;
        if left == 0 {
            return Ok(());
        }
        let gap = match coding {
            Coding::Rice(low) => reader.rice(low)?,
            Coding::Exp(low) => reader.exp(low)?,
            Coding::Runs(_) | Coding::Bitmap => reader.unary()?,
        };
        next = next.saturating_add(gap).saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::bits::width_of;
    use super::*;

    const END: u32 = 1_000_000;

    /// Reads pieces that were written under a limit, until all rows are there.
    fn round_trip(rows: &[u32], limit: usize) -> usize {
        let (mut left, mut read, mut bits) = (rows, Vec::new(), 0);
        while !left.is_empty() {
            let mut writer = BitWriter::default();
            let written = put(&mut writer, left, width_of(END), limit);
            // What comes first is written whatever the limit is.
            assert!(written > 0 && writer.len() <= limit.max(60));
            bits += writer.len();
            let bytes = writer.finish();
            let mut reader = BitReader::of(&bytes);
            let count = u32::try_from(written).unwrap();
            let pushed = |row| read.push(row);
            take(&mut reader, count, width_of(END), END, pushed).unwrap();
            left = &left[written..];
        }
        assert_eq!(read, rows);
        bits
    }

    fn every(step: usize, rows: u32) -> Vec<u32> {
        (0..rows).step_by(step).collect()
    }

    proptest! {
        #[test]
        fn sets_come_back(
            gaps in prop::collection::vec((0..40_u32, 1..30_u32, 0..2_000_u32), 1..100),
            limit in prop::sample::select(vec![1, 100, 1_000, 1 << 30]),
        ) {
            let (mut row, mut rows) = (0, Vec::new());
            for (step, count, gap) in gaps {
                row += gap;
                for _ in 0..count {
                    row += 1 + step / 8;
                    rows.push(row);
                }
            }
            round_trip(&rows, limit);
        }
    }

    #[test]
    fn a_set_takes_what_it_must() {
        let all = usize::MAX >> 1;
        // Every row: a run or a few, as a set has at most so many rows.
        assert!(round_trip(&every(1, END), all) < 400);
        // A bit each.
        let thirds: Vec<u32> = (0..30_000).filter(|row| row * 7 % 11 < 5).collect();
        assert!(round_trip(&thirds, all) < 30_100);
        // One in a thousand: ten bits and the end of each.
        assert!(round_trip(&every(1_000, END), all) < 1_000 * 12);
    }

    #[test]
    fn what_a_set_cannot_have_is_told() {
        let mut writer = BitWriter::default();
        put(&mut writer, &every(3, 3_000), 20, 1 << 30);
        let bytes = writer.finish();
        let read = |count, end| take(&mut BitReader::of(&bytes), count, 20, end, |_| {});
        assert!(read(1_000, 3_000).is_ok());
        assert!(read(1_000, 2_997).is_err());
        assert!(read(0, 3_000).is_err());
        assert!(read(MAX_SET_ROWS + 1, u32::MAX).is_err());
        assert!(read(MAX_SET_ROWS, u32::MAX).is_err());
    }
}
