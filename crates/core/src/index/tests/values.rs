//! Values, ids and pairs.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::stage::{Built, Dice, Kinds, Row, runs};
use crate::index::{EntryRows, Layout, PAIR_ROWS, are_paired, error_hash, pair_hash, value_hash};
use crate::query::Attribute;

const ALL_AT_ONCE: u64 = 1 << 30;

fn kinds(values: u64, seed: u64) -> Kinds {
    Kinds {
        values,
        gap: 1,
        late: 20,
        seed,
    }
}

fn all(runs: &[(crate::index::Run, Vec<Vec<Row>>)]) -> Vec<&Row> {
    runs.iter()
        .flat_map(|(_, parts)| parts.iter().flatten())
        .collect()
}

fn rows_by_hash(rows: &[&Row]) -> BTreeMap<u64, Vec<u32>> {
    let mut by_hash: BTreeMap<u64, Vec<u32>> = BTreeMap::new();
    for (number, row) in (0..).zip(rows) {
        for hash in row.hashes() {
            by_hash.entry(hash).or_default().push(number);
        }
    }
    by_hash
}

/// Every value's rows are found, and hardly any other; what is absent is hardly ever found.
fn check_values(built: &Built, rows: &[&Row]) {
    let mut more = 0;
    let by_hash = rows_by_hash(rows);
    for (hash, expected) in &by_hash {
        let found = built.rows(*hash).expect("a value's rows are told");
        if found != *expected {
            more += 1;
            let found: BTreeSet<u32> = found.into_iter().collect();
            assert!(expected.iter().all(|row| found.contains(row)));
        }
    }
    assert!(
        // About one in a thousand shares its hash; chance has room.
        more <= by_hash.len() / 500 + 2,
        "{more} of {} have rows of others",
        by_hash.len()
    );
    let absent = (0..4_000).filter(|number| {
        let hash = value_hash(Attribute::Username, &format!("absent{number}"));
        built.rows(hash).is_none_or(|rows| !rows.is_empty())
    });
    let seem_there = absent.count();
    assert!(
        seem_there <= 6,
        "{seem_there} of 4,000 absent hashes seem to be there"
    );
}

type Values = BTreeMap<u64, (Option<Attribute>, Vec<u32>)>;

/// Values by hash that may take part in pairs.
fn values(rows: &[&Row]) -> Values {
    let mut values = Values::new();
    for (number, row) in (0..).zip(rows) {
        let mut add = |hash: u64, attribute: Option<Attribute>| {
            let (_, rows) = values.entry(hash).or_insert((attribute, Vec::new()));
            if rows.last() != Some(&number) {
                rows.push(number);
            }
        };
        for (attribute, value) in &row.values {
            add(value_hash(*attribute, value), Some(*attribute));
        }
        let class = row.read_only.to_string();
        add(
            value_hash(Attribute::ReadOnly, &class),
            Some(Attribute::ReadOnly),
        );
        if row.has_failed() {
            add(error_hash(), None);
        }
    }
    values
}

/// Pairs are told as they meet; those that never do have no entry, or hardly ever.
fn check_pairs(built: &Built, rows: &[&Row]) {
    let values = values(rows);
    for (hash, (_, rows)) in &values {
        let entry = built.entry(*hash).expect("a value is there");
        let is_frequent = rows.len() >= PAIR_ROWS as usize;
        assert!(is_frequent || !entry.is_paired);
    }
    let is_paired = |hash: &&u64| built.entry(**hash).is_some_and(|entry| entry.is_paired);
    let paired: Vec<&u64> = values.keys().filter(is_paired).collect();
    let (mut absent, mut seem_there) = (0, 0);
    for (place, one) in paired.iter().enumerate() {
        let (a, a_rows) = &values[one];
        let mut has = vec![false; rows.len()];
        for row in a_rows {
            has[*row as usize] = true;
        }
        for other in &paired[..place] {
            let (b, b_rows) = &values[other];
            if let (Some(a), Some(b)) = (a, b)
                && !are_paired(*a, *b)
            {
                continue;
            }
            let both = b_rows.iter().filter(|row| has[**row as usize]);
            let meet: Vec<u32> = both.copied().collect();
            let entry = built.entry(pair_hash(**one, **other));
            if meet.is_empty() {
                absent += 1;
                seem_there += usize::from(entry.is_some());
                continue;
            }
            let entry = entry.expect("a pair that meets has an entry");
            assert!(entry.count as usize >= meet.len());
            let rare = a_rows.len().min(b_rows.len()) / 8;
            match entry.rows {
                EntryRows::Here(rows) => {
                    assert!(meet.iter().all(|row| rows.contains(row)));
                    assert!(meet.len() <= rare.min(64));
                }
                // Two pairs whose cut hashes are equal are counted together.
                EntryRows::Untold => assert!(entry.count as usize > rare.min(64)),
                EntryRows::Chunks(_) => panic!("a rare pair is short"),
            }
        }
    }
    assert!(seem_there <= absent / 500 + 1, "{seem_there} of {absent}");
}

fn check_sizes(built: &Built) {
    for item in built.store.0.values() {
        let charged = item.key.partition.len() + item.key.sort.len() + item.value.len() + 14;
        assert!(charged <= 4_096, "{charged} bytes in {:?}", item.key);
    }
    if built.block.layout == Layout::Single {
        assert_eq!(built.store.0.len(), 1);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn what_is_indexed_is_found(
        sizes in prop::collection::vec(1..2_500_u32, 1..4),
        tier in 0..3_u8,
        values in 1..400_u64,
        seed: u64,
        pass_bytes in prop::sample::select(vec![ALL_AT_ONCE, 40_000]),
    ) {
        let runs = runs(&sizes, kinds(values, seed));
        let built = Built::of(tier, &runs, pass_bytes);
        let rows = all(&runs);
        check_sizes(&built);
        check_values(&built, &rows);
        check_pairs(&built, &rows);
    }
}

#[test]
fn passes_change_nothing() {
    let runs = runs(&[700, 3_000], kinds(300, 7));
    let whole = Built::of(1, &runs, ALL_AT_ONCE);
    for pass_bytes in [100_000, 30_000] {
        let passes = Built::of(1, &runs, pass_bytes);
        assert_eq!(whole.block, passes.block);
        assert!(whole.store.0 == passes.store.0);
    }
}

#[test]
fn every_layout_occurs_and_holds() {
    let mut layouts = BTreeSet::new();
    for size in [1, 20, 300, 1_500, 20_000] {
        let runs = runs(&[size], kinds(60, size.into()));
        let built = Built::of(1, &runs, ALL_AT_ONCE);
        layouts.insert(format!("{:?}", built.block.layout));
        check_sizes(&built);
        check_values(&built, &all(&runs));
        check_pairs(&built, &all(&runs));
    }
    assert_eq!(layouts.len(), 3, "{layouts:?}");
}

#[test]
fn large_sets_lie_in_chunks() {
    let runs = runs(&[150_000, 50_000], kinds(3, 5));
    let built = Built::of(0, &runs, ALL_AT_ONCE);
    let rows = all(&runs);
    let hash = value_hash(Attribute::EventName, "v0");
    let entry = built.entry(hash).unwrap();
    assert!(matches!(entry.rows, EntryRows::Chunks(chunks) if chunks.len() > 3));
    assert!(!entry.is_paired, "tier 0 has no pairs");
    check_sizes(&built);
    check_values(&built, &rows);
}

#[test]
fn two_events_may_have_one_id() {
    let mut runs = runs(&[400, 300], kinds(30, 3));
    let id = runs[0].1[0][17].id.clone();
    runs[1].1[0][5].id = id;
    let built = Built::of(0, &runs, ALL_AT_ONCE);
    let hash = runs[1].1[0][5].id_hash();
    assert_eq!(built.rows(hash), Some(vec![17, 405]));
}

/// Runs whose rows have, of each attribute of these, a value that is as often as any other.
fn many_pairs(
    rows: u32,
    values: impl Fn(Attribute) -> u64,
) -> Vec<(crate::index::Run, Vec<Vec<Row>>)> {
    let mut runs = runs(&[rows], kinds(1, 9));
    let mut dice = Dice(11);
    for row in runs
        .iter_mut()
        .flat_map(|(_, parts)| parts.iter_mut().flatten())
    {
        row.values.clear();
        for attribute in Attribute::ALL {
            let values = values(attribute);
            if values > 0 {
                let value = format!("v{}", dice.below(values));
                row.values.push((attribute, value));
            }
        }
    }
    runs
}

#[test]
fn a_block_has_no_more_pairs_than_rows() {
    // Each value but those of regions is in some 350 rows, and pairs of them are more than rows.
    let of = |attribute| match attribute {
        Attribute::EventId | Attribute::ReadOnly => 0,
        Attribute::Region | Attribute::EventType => 2,
        _ => 10,
    };
    let runs = many_pairs(3_500, of);
    let built = Built::of(1, &runs, ALL_AT_ONCE);
    let rows = all(&runs);
    check_values(&built, &rows);
    check_pairs(&built, &rows);
    let values: Vec<(u64, usize)> = values(&rows)
        .into_iter()
        .map(|(hash, (_, rows))| (hash, rows.len()))
        .collect();
    let is_paired = |hash| built.entry(hash).is_some_and(|entry| entry.is_paired);
    for (hash, rows) in &values {
        assert_eq!(is_paired(*hash), *rows >= 2 * PAIR_ROWS as usize, "{rows}");
    }
    let mut pairs = 0;
    for (place, (one, _)) in values.iter().enumerate() {
        let others = values[..place]
            .iter()
            .map(|(other, _)| pair_hash(*one, *other));
        pairs += others.filter(|pair| built.entry(*pair).is_some()).count();
    }
    assert!(pairs > 0 && pairs <= rows.len(), "{pairs}");
}
