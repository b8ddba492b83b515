//! Rows made up, and a store that answers asks.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::account::AccountId;
use crate::damaged::Damaged;
use crate::index::hash::mix;
use crate::index::rows::Rows;
use crate::index::{
    Block, Bucket, Directory, Dropped, Entry, EntryRows, Run, bucket_ask, build, chunk_key,
    chunk_rows, directory_ask, error_hash, value_hash,
};
use crate::instant::{DAY, Instant};
use crate::items::key::ContentHash;
use crate::items::{Ask, Item, Key, Order};
use crate::pack::PART_ROWS;
use crate::query::Attribute;
use crate::slot::Slot;
use crate::window::Window;

pub struct Row {
    pub time: Instant,
    pub id: String,
    pub read_only: bool,
    pub values: Vec<(Attribute, String)>,
}

impl Row {
    /// Hashes of all it can be found by.
    pub fn hashes(&self) -> BTreeSet<u64> {
        let values = self.values.iter();
        let mut all: BTreeSet<u64> = values.map(|(one, value)| value_hash(*one, value)).collect();
        if self.has_failed() {
            all.insert(error_hash());
        }
        all.insert(value_hash(Attribute::ReadOnly, &self.read_only.to_string()));
        all.insert(self.id_hash());
        all
    }

    pub fn id_hash(&self) -> u64 {
        value_hash(Attribute::EventId, &self.id)
    }

    pub fn has_failed(&self) -> bool {
        self.values
            .iter()
            .any(|(one, _)| *one == Attribute::ErrorCode)
    }
}

impl Rows for Vec<Row> {
    fn count(&self) -> usize {
        self.len()
    }

    fn time(&self, row: usize) -> Instant {
        self[row].time
    }

    fn id(&self, row: usize) -> Cow<'_, str> {
        Cow::Borrowed(&self[row].id)
    }

    fn ids(&self, each: &mut dyn FnMut(u32, &str)) {
        for (number, row) in (0..).zip(self) {
            each(number, &row.id);
        }
    }

    fn is_read_only(&self, row: usize) -> bool {
        self[row].read_only
    }

    fn values(&self, each: &mut dyn FnMut(Attribute, &str, &[u32])) -> Result<(), Damaged> {
        let mut all: BTreeMap<(Attribute, &str), BTreeSet<u32>> = BTreeMap::new();
        for (number, row) in (0..).zip(self) {
            for (attribute, value) in &row.values {
                all.entry((*attribute, value)).or_default().insert(number);
            }
        }
        for ((attribute, value), rows) in all {
            each(attribute, value, &rows.into_iter().collect::<Vec<_>>());
        }
        Ok(())
    }
}

/// Numbers that look random.
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0) % end.max(1)
    }

    /// Small ones far oftener than large ones.
    pub fn skewed(&mut self, end: u64) -> u64 {
        let end = self.below(end) + 1;
        let end = self.below(end) + 1;
        self.below(end)
    }
}

/// What rows are made of.
#[derive(Clone, Copy, Debug)]
pub struct Kinds {
    /// different values of an attribute
    pub values: u64,
    /// milliseconds between rows, at most
    pub gap: u64,
    /// one row in so many is late
    pub late: u64,
    pub seed: u64,
}

/// Runs of so many rows, newest first, with their parts.
pub fn runs(rows: &[u32], kinds: Kinds) -> Vec<(Run, Vec<Vec<Row>>)> {
    let mut dice = Dice(kinds.seed);
    let mut slot = 180_000_000;
    let all = (0..).zip(rows).map(|(number, rows)| {
        slot -= 10;
        let slots = (Slot::from_number(slot), Slot::from_number(slot + 7));
        let mut all: Vec<Row> = (0..*rows).map(|_| row(&mut dice, slots, kinds)).collect();
        all.sort_by(|one, other| (other.time, &other.id).cmp(&(one.time, &one.id)));
        let mut parts = Vec::new();
        while !all.is_empty() {
            let rest = all.split_off(all.len().min(PART_ROWS as usize));
            parts.push(std::mem::replace(&mut all, rest));
        }
        let mut id = [0; 12];
        id[0] = number;
        let dropped = Dropped {
            window: Window::of(slots.0.start()),
            copies: 3,
            conflicts: 0,
        };
        let run = Run {
            id: ContentHash(id),
            rows: *rows,
            slots,
            expires: slots.1.end().plus_millis(DAY),
            dropped: vec![dropped; usize::from(number % 3)],
        };
        (run, parts)
    });
    all.collect()
}

fn row(dice: &mut Dice, slots: (Slot, Slot), kinds: Kinds) -> Row {
    let since = i64::try_from(dice.below(kinds.gap * 80_000)).unwrap();
    let time = match dice.below(kinds.late) {
        0 => slots.0.start().plus_millis(-400_000 - since * 100),
        _ => slots.0.start().plus_millis(since.min(79_999)),
    };
    // CloudTrail's times are whole seconds.
    let time = if kinds.gap.is_multiple_of(2) {
        Instant::from_seconds(time.seconds())
    } else {
        time
    };
    let mut values = Vec::new();
    for attribute in Attribute::ALL {
        let count = match attribute {
            Attribute::EventId | Attribute::ReadOnly => 0,
            Attribute::ResourceName | Attribute::ResourceType => dice.below(4),
            Attribute::ErrorCode => u64::from(dice.below(7) == 0),
            _ => 1,
        };
        for _ in 0..count {
            values.push((attribute, format!("v{}", dice.skewed(kinds.values))));
        }
    }
    Row {
        time,
        id: uuid::Uuid::from_u64_pair(dice.below(u64::MAX), dice.below(u64::MAX)).to_string(),
        read_only: dice.below(5) > 0,
        values,
    }
}

/// Items by key.
pub struct Store(pub BTreeMap<Key, Item>);

impl Store {
    pub fn of(items: Vec<Item>) -> Self {
        let count = items.len();
        let by_key: BTreeMap<Key, Item> = items
            .into_iter()
            .map(|item| (item.key.clone(), item))
            .collect();
        assert_eq!(by_key.len(), count, "no two items have one key");
        Self(by_key)
    }

    /// The first item an ask is answered with.
    pub fn first(&self, ask: &Ask) -> Option<&Item> {
        let key = |sort: &str| Key {
            partition: ask.partition.clone(),
            sort: sort.to_owned(),
        };
        let mut range = self.0.range(key(&ask.low)..=key(&ask.high));
        let found = match ask.order {
            Order::Ascending => range.next(),
            Order::Descending => range.next_back(),
        };
        found.map(|(_, item)| item)
    }
}

/// A block and its items.
pub struct Built {
    pub block: Block,
    pub store: Store,
}

pub fn account() -> AccountId {
    "111122223333".parse().unwrap()
}

impl Built {
    pub fn of(tier: u8, runs: &[(Run, Vec<Vec<Row>>)], pass_bytes: u64) -> Self {
        let runs: Vec<_> = runs.iter().map(|(run, parts)| (run, &**parts)).collect();
        let (block, items) = build::build_rows(account(), tier, &runs, pass_bytes).unwrap();
        Self {
            block,
            store: Store::of(items),
        }
    }

    pub fn entry(&self, hash: u64) -> Option<Entry> {
        let ask = bucket_ask(account(), &self.block, hash);
        let item = self.store.first(&ask).expect("there always is a bucket");
        let bucket = Bucket::decode(item).unwrap();
        assert!(bucket.covers(hash));
        bucket.find(hash).unwrap()
    }

    /// The rows of a hash; `None` if they are not told.
    pub fn rows(&self, hash: u64) -> Option<Vec<u32>> {
        let Some(entry) = self.entry(hash) else {
            return Some(Vec::new());
        };
        let rows = match entry.rows {
            EntryRows::Untold => return None,
            EntryRows::Here(rows) => rows,
            EntryRows::Chunks(firsts) => {
                let mut all = Vec::new();
                for (number, first) in (0..).zip(firsts) {
                    let key = chunk_key(account(), &self.block, hash, number);
                    let rows = chunk_rows(&self.store.0[&key]).unwrap();
                    assert_eq!(rows.first(), Some(&first));
                    all.extend(rows);
                }
                all
            }
        };
        assert!(rows.is_sorted_by(|one, next| one < next));
        assert_eq!(rows.len(), entry.count as usize);
        Some(rows)
    }

    pub fn directory(&self, row: u32) -> Directory {
        let ask = directory_ask(account(), &self.block, row);
        let item = self.store.first(&ask).expect("there is a piece");
        Directory::decode(item, &self.block).unwrap()
    }
}
