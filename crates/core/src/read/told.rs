//! What the buckets of a block say of values, and of their pairs.

use super::fetch::{Fetch, damaged};
use super::search::{Search, Wanted};
use crate::index::{Block, Bucket, Entry, are_paired, bucket_ask, pair_hash};
use crate::items::{Ask, Item, ItemReader};
use crate::reader::ReadError;

/// What the buckets of a block say.
pub(super) enum Told {
    /// no row has all values
    Nothing,
    Entries(Vec<(Wanted, Entry)>),
}

pub(super) async fn values<R: ItemReader>(
    fetch: &Fetch<'_, R>,
    search: &Search<'_>,
    block: &Block,
    wanted: &[Wanted],
) -> Result<Told, ReadError> {
    let hashes: Vec<u64> = wanted.iter().map(|one| one.hash).collect();
    let entries = entries(fetch, search, block, &hashes).await?;
    let entries: Option<Vec<_>> = wanted
        .iter()
        .zip(entries)
        .map(|(wanted, entry)| Some((*wanted, entry?)))
        .collect();
    Ok(entries.map_or(Told::Nothing, Told::Entries))
}

/// What is said of the pairs among the three rarest of the frequent values.
pub(super) async fn pairs<R: ItemReader>(
    fetch: &Fetch<'_, R>,
    search: &Search<'_>,
    block: &Block,
    entries: &[(Wanted, Entry)],
) -> Result<Vec<([u64; 2], Option<Entry>)>, ReadError> {
    let mut frequent: Vec<&(Wanted, Entry)> = entries
        .iter()
        .filter(|(_, entry)| entry.is_paired)
        .collect();
    frequent.sort_by_key(|(_, entry)| entry.count);
    frequent.truncate(3);
    let mut asked: Vec<[u64; 2]> = Vec::new();
    for (at, (one, _)) in frequent.iter().enumerate() {
        let others = frequent[..at].iter();
        let others = others.filter(|(other, _)| are_paired(one.attribute, other.attribute));
        asked.extend(others.map(|(other, _)| [one.hash, other.hash]));
    }
    let hashes: Vec<u64> = asked
        .iter()
        .map(|both| pair_hash(both[0], both[1]))
        .collect();
    let told = self::entries(fetch, search, block, &hashes).await?;
    Ok(asked.into_iter().zip(told).collect())
}

async fn entries<R: ItemReader>(
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
