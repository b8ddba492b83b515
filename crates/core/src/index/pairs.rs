//! Pairs of frequent values: how often they meet, and where if that is rare.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use super::build::Source;
use super::counts::Counts;
use super::hash::pair_hash;
use super::rows::{self, Rows};
use super::{MAX_PAIRS, PAIR_ROWS, is_resource};
use crate::damaged::Damaged;

/// A pair that meets more often is not told where.
const TOLD_ROWS: u32 = 64;
/// Nor one that meets more often than this part of its rarer value: its set is as good.
const RARE: u32 = 8;
/// Most values counted in one table.
const MAX_VALUES: usize = 1_024;

/// A hash that is its own hash: all bits of it are as good.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Hashed(u64);

impl Hasher for Hashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        // The lowest bit is the same of all.
        self.0 = hash.rotate_left(32);
    }
}

/// A map by hash.
pub(super) type ByHash<T> = HashMap<u64, T, BuildHasherDefault<Hashed>>;

/// A pair that meets.
#[derive(Debug)]
pub(super) struct Pair {
    /// its hash
    pub hash: u64,
    /// in how many rows
    pub count: u32,
    /// which, if that is told
    pub rows: Option<Vec<u32>>,
}

#[derive(Default)]
struct Met {
    count: u32,
    /// empty once they are too many
    rows: Vec<u32>,
}

/// A frequent value in a part.
struct Value {
    hash: u64,
    is_resource: bool,
    total: u32,
    rows: Vec<u32>,
}

/// The values that take part in pairs, with how many rows have each, and their pairs that meet, ascending by hash.
#[derive(Default)]
pub(super) struct Pairs {
    pub frequent: ByHash<u32>,
    pub met: Vec<Pair>,
}

impl Pairs {
    /// Of the values with [`PAIR_ROWS`] rows, or with so many more that their pairs are not too many.
    pub fn of<R: Rows>(sources: &[Source<'_, R>], counts: &Counts) -> Result<Self, Damaged> {
        let rows: u32 = sources.iter().map(Source::rows).sum();
        let mut least = PAIR_ROWS;
        loop {
            let frequent = counts.frequent(least);
            if let Some(met) = count(sources, &frequent, MAX_PAIRS.min(rows) as usize)? {
                return Ok(Self { frequent, met });
            }
            // A value has at most all rows: in the end there are none.
            least = least.saturating_mul(2);
        }
    }
}

/// Counts pairs of these values; `None` if there are more than `most`.
fn count<R: Rows>(
    sources: &[Source<'_, R>],
    frequent: &ByHash<u32>,
    most: usize,
) -> Result<Option<Vec<Pair>>, Damaged> {
    if frequent.len() < 2 {
        return Ok(Some(Vec::new()));
    }
    let mut counter = Counter {
        most,
        ..Counter::default()
    };
    for source in sources {
        for (first, part) in source.parts() {
            let mut values = Vec::new();
            rows::common(part, &mut |common| {
                if let Some(total) = frequent.get(&common.hash) {
                    values.push(Value {
                        hash: common.hash,
                        is_resource: common.attribute.is_some_and(is_resource),
                        total: *total,
                        rows: common.rows.to_vec(),
                    });
                }
            })?;
            let count = u32::try_from(part.count()).unwrap_or(u32::MAX);
            counter.window(&values, first, (0, count));
            if counter.are_too_many() {
                return Ok(None);
            }
        }
    }
    Ok(Some(counter.pairs()))
}

#[derive(Default)]
struct Counter {
    met: ByHash<Met>,
    /// most of these that are looked at
    most: usize,
    /// how often two values of a window meet, then where to note it
    cells: Vec<u32>,
    /// values of each row, one row after the other, and where each row begins
    listed: Vec<u32>,
    begins: Vec<u32>,
}

impl Counter {
    fn are_too_many(&self) -> bool {
        self.met.len() > self.most
    }

    /// Rows of a part from..to, whose first has the number `first` in the block. Nothing where there are too many pairs
    /// already.
    fn window(&mut self, values: &[Value], first: u32, (from, to): (u32, u32)) {
        if self.are_too_many() {
            return;
        }
        let here: Vec<(&Value, &[u32])> = values
            .iter()
            .map(|value| (value, between(&value.rows, from, to)))
            .filter(|(_, rows)| !rows.is_empty())
            .collect();
        if here.len() > MAX_VALUES && to - from > 1 {
            let middle = from.midpoint(to);
            self.window(values, first, (from, middle));
            self.window(values, first, (middle, to));
            return;
        }
        self.list(&here, from, to);
        let (cells, width) = (&mut self.cells, here.len());
        cells.clear();
        cells.resize(width * width, 0);
        each_pair(&self.listed, &self.begins, |_, one, other| {
            cells[one * width + other] += 1;
        });
        let mut noted = Vec::new();
        for (one, (a, _)) in here.iter().enumerate() {
            for (other, (b, _)) in here.iter().enumerate().skip(one + 1) {
                let cell = &mut cells[one * width + other];
                if *cell == 0 || (a.is_resource && b.is_resource) {
                    *cell = 0;
                    continue;
                }
                let hash = pair_hash(a.hash, b.hash);
                let rarer = a.total.min(b.total);
                let met = self.met.entry(hash).or_default();
                met.count += *cell;
                if met.count <= TOLD_ROWS.min(rarer / RARE) {
                    noted.push(hash);
                    *cell = u32::try_from(noted.len()).unwrap_or(0);
                } else {
                    met.rows = Vec::new();
                    *cell = 0;
                }
            }
        }
        if noted.is_empty() {
            return;
        }
        each_pair(&self.listed, &self.begins, |row, one, other| {
            let place = cells[one * width + other] as usize;
            let hash = place.checked_sub(1).and_then(|place| noted.get(place));
            if let Some(met) = hash.and_then(|hash| self.met.get_mut(hash)) {
                met.rows.push(first + from + row);
            }
        });
    }

    /// Turns rows of values into values of rows.
    fn list(&mut self, here: &[(&Value, &[u32])], from: u32, to: u32) {
        self.begins.clear();
        self.begins.resize((to - from) as usize + 1, 0);
        for row in here.iter().flat_map(|(_, rows)| *rows) {
            self.begins[(row - from) as usize + 1] += 1;
        }
        let mut sum = 0;
        for begin in &mut self.begins {
            sum += *begin;
            *begin = sum;
        }
        self.listed.clear();
        self.listed.resize(sum as usize, 0);
        let mut next = self.begins.clone();
        for (number, (_, rows)) in (0..).zip(here) {
            for row in *rows {
                let place = &mut next[(row - from) as usize];
                self.listed[*place as usize] = number;
                *place += 1;
            }
        }
    }

    fn pairs(self) -> Vec<Pair> {
        let pairs = self.met.into_iter().map(|(hash, met)| Pair {
            hash,
            count: met.count,
            rows: (met.rows.len() == met.count as usize).then_some(met.rows),
        });
        let mut pairs: Vec<Pair> = pairs.collect();
        pairs.sort_unstable_by_key(|pair| pair.hash);
        pairs
    }
}

fn between(rows: &[u32], from: u32, to: u32) -> &[u32] {
    let begin = rows.partition_point(|row| *row < from);
    let end = rows.partition_point(|row| *row < to);
    &rows[begin..end]
}

/// Every two values of every row: the row, the lesser value, the greater.
fn each_pair(listed: &[u32], begins: &[u32], mut each: impl FnMut(u32, usize, usize)) {
    for (row, bounds) in (0..).zip(begins.windows(2)) {
        let values = &listed[bounds[0] as usize..bounds[1] as usize];
        for (place, one) in values.iter().enumerate() {
            for other in &values[place + 1..] {
                each(row, *one as usize, *other as usize);
            }
        }
    }
}
