//! Damaged items are errors, whatever is wrong with them.

use proptest::prelude::*;

use super::stage::{Built, Kinds, account, runs};
use crate::index::{Block, Bucket, Directory, bucket_ask, chunk_rows, contents, hours, value_hash};
use crate::items::Item;
use crate::query::Attribute;

fn built(size: u32) -> Built {
    let kinds = Kinds {
        values: 4,
        gap: 1,
        late: 9,
        seed: 2,
    };
    Built::of(1, &runs(&[size, 50], kinds), 1 << 30)
}

/// Reads it in every way; what comes of it does not matter.
fn read(item: &Item, block: &Block, hash: u64) {
    if let Ok(bucket) = Bucket::decode(item) {
        let _ = bucket.find(hash);
        for first in 0..16 {
            let _ = bucket.find(hash >> 4 | first << 60);
        }
    }
    let _ = chunk_rows(item);
    let _ = contents(item);
    let _ = hours(item);
    let _ = Directory::decode(item, block);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn damage_is_told(
        size in prop::sample::select(vec![30_u32, 2_000, 60_000]),
        which: prop::sample::Index,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
        cut: Option<prop::sample::Index>,
        hash: u64,
    ) {
        thread_local! {
            static BUILT: [(u32, Built); 3] = [30, 2_000, 60_000].map(|size| (size, built(size)));
        }
        BUILT.with(|all| {
            let (_, built) = all.iter().find(|(one, _)| *one == size).unwrap();
            let items: Vec<&Item> = built.store.0.values().collect();
            let mut item = (*which.get(&items)).clone();
            let count = item.value.len();
            for (place, byte) in &changes {
                // The version and kind are left as they are: what is behind them is to be read.
                let place = 2 + place.index(count - 2);
                item.value[place] = *byte;
            }
            if let Some(cut) = cut {
                item.value.truncate(cut.index(count));
            }
            read(&item, &built.block, hash);
        });
    }
}

#[test]
fn items_of_other_kinds_and_versions_are_told() {
    let built = built(60_000);
    let hash = value_hash(Attribute::Username, "v0");
    let bucket = built
        .store
        .first(&bucket_ask(account(), &built.block, hash))
        .unwrap();
    assert!(Bucket::decode(bucket).is_ok());
    assert!(chunk_rows(bucket).is_err());
    assert!(contents(bucket).is_err());
    assert!(hours(bucket).is_err());
    assert!(Directory::decode(bucket, &built.block).is_err());
    let mut newer = bucket.clone();
    newer.value[0] += 1;
    assert!(Bucket::decode(&newer).is_err());
    newer.value.clear();
    assert!(Bucket::decode(&newer).is_err());
}

#[test]
fn another_bucket_than_asked_for_is_told() {
    let built = built(60_000);
    let hash = value_hash(Attribute::Username, "v0");
    let ask = bucket_ask(account(), &built.block, hash);
    let item = built.store.first(&ask).unwrap();
    let mut before = built.store.0.range(..item.key.clone()).rev();
    let (before, _) = before.find(|(key, _)| key.sort.starts_with('b')).unwrap();
    let stale = Bucket::decode(&built.store.0[before]).unwrap();
    assert!(!stale.covers(hash));
    assert!(stale.find(hash).is_err());
}
