//! What the buckets of a block say of values, and of their pairs.

use super::ascending::retain;
use super::fetch::{Fetch, damaged};
use super::search::{Search, Wanted};
use crate::index::{Block, Bucket, Entry, EntryRows, are_paired, bucket_ask, pair_hash};
use crate::items::{Ask, Item, ItemReader};
use crate::reader::ReadError;

/// What the buckets of a block say.
pub(super) enum Told {
    /// no row has all values
    Nothing,
    Entries(Entries),
}

/// What they say where all values may meet.
pub(super) struct Entries {
    pub values: Vec<(Wanted, Entry)>,
    /// of frequent values that do meet
    pub pairs: Vec<([u64; 2], Entry)>,
}

/// What is asked for together.
#[derive(Default)]
struct Round {
    values: Vec<Wanted>,
    pairs: Vec<[Wanted; 2]>,
}

/// Asks the buckets: one round for the two rarest values, and another where these do not decide. Their pair is asked for
/// in the first one if both seem to be frequent.
pub(super) async fn ask<R: ItemReader>(
    fetch: &Fetch<'_, R>,
    search: &Search<'_>,
    block: &Block,
    wanted: &[Wanted],
) -> Result<Told, ReadError> {
    let mut told = Entries {
        values: Vec::new(),
        pairs: Vec::new(),
    };
    let mut values = wanted.to_vec();
    search.shares.sort(&mut values);
    let rest = values.split_off(values.len().min(2));
    let both = match values[..] {
        [one, other] if are_paired(one.attribute, other.attribute) => Some([one, other]),
        _ => None,
    };
    let shares = &search.shares;
    let is_likely =
        |both: &[Wanted; 2]| both.iter().all(|one| shares.expects_pairs(one.hash, block));
    let mut round = Round {
        values,
        pairs: both.filter(is_likely).into_iter().collect(),
    };
    if !told.add(fetch, search, block, &round).await? || told.are_apart() {
        return Ok(Told::Nothing);
    }
    let left = both.filter(|both| round.pairs.is_empty() && told.have_pairs(both));
    let mut pairs: Vec<[Wanted; 2]> = left.into_iter().collect();
    // Of more than three values the others add little.
    if let Some(third) = rest.first() {
        let first = round.values.iter();
        let frequent =
            first.filter(|one| shares.expects_pairs(third.hash, block) && told.is_paired(one.hash));
        let paired = frequent.filter(|one| are_paired(one.attribute, third.attribute));
        pairs.extend(paired.map(|one| [*one, *third]));
    }
    round = Round {
        values: rest,
        pairs,
    };
    if told.add(fetch, search, block, &round).await? {
        Ok(Told::Entries(told))
    } else {
        Ok(Told::Nothing)
    }
}

impl Entries {
    /// Asks for these too, and says whether all may meet.
    async fn add<R: ItemReader>(
        &mut self,
        fetch: &Fetch<'_, R>,
        search: &Search<'_>,
        block: &Block,
        round: &Round,
    ) -> Result<bool, ReadError> {
        let of_pairs = round.pairs.iter().map(|[a, b]| pair_hash(a.hash, b.hash));
        let of_values = round.values.iter().map(|one| one.hash);
        let hashes: Vec<u64> = of_values.chain(of_pairs).collect();
        let mut entries = entries(fetch, search, block, &hashes).await?.into_iter();
        for wanted in &round.values {
            let entry = entries.next().flatten();
            let count = entry.as_ref().map_or(0, |entry| entry.count);
            search.shares.note(wanted.hash, count, block);
            let Some(entry) = entry else {
                return Ok(false);
            };
            self.values.push((*wanted, entry));
        }
        for ([one, other], entry) in round.pairs.iter().zip(entries) {
            // Of a value that has no pairs, what looks like one is another's.
            if self.have_pairs(&[*one, *other]) {
                let Some(entry) = entry else {
                    return Ok(false);
                };
                self.pairs.push(([one.hash, other.hash], entry));
            }
        }
        Ok(true)
    }

    /// Whether the rows of two values that are told whole have none in common.
    fn are_apart(&self) -> bool {
        let rows = self.values.iter().map(|(_, entry)| &entry.rows);
        let here: Vec<&Vec<u32>> = rows
            .filter_map(|rows| match rows {
                EntryRows::Here(rows) => Some(rows),
                EntryRows::Chunks(_) | EntryRows::Untold => None,
            })
            .collect();
        let [one, other] = here[..] else {
            return false;
        };
        let mut both = one.clone();
        retain(&mut both, other);
        both.is_empty()
    }

    fn have_pairs(&self, both: &[Wanted; 2]) -> bool {
        both.iter().all(|one| self.is_paired(one.hash))
    }

    fn is_paired(&self, hash: u64) -> bool {
        let mut values = self.values.iter();
        values.any(|(wanted, entry)| wanted.hash == hash && entry.is_paired)
    }
}

/// What the buckets say of each hash, in one round.
pub(super) async fn entries<R: ItemReader>(
    fetch: &Fetch<'_, R>,
    search: &Search<'_>,
    block: &Block,
    hashes: &[u64],
) -> Result<Vec<Option<Entry>>, ReadError> {
    let ask = |hash: &u64| bucket_ask(search.account, block, *hash);
    let asks: Vec<Ask> = hashes.iter().map(ask).collect();
    let covers = |nth: usize, item: &Item| {
        let bucket = Bucket::decode(item).map_err(damaged(item))?;
        Ok(bucket.covers(hashes[nth]))
    };
    let items = fetch.firsts(&asks, covers).await?;
    let found = hashes.iter().zip(&items).map(|(hash, item)| {
        let bucket = Bucket::decode(item).map_err(damaged(item))?;
        bucket.find(*hash).map_err(damaged(item))
    });
    found.collect()
}
