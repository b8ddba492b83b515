//! The store's items in a file, so that what a benchmark needs of memory is its own; and events put into it as the service
//! does: taken in, and rolled up when it is due.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use activity_log_core::event::Admission;
use activity_log_core::head::Untold;
use activity_log_core::ingest::{Incoming, Ordinals, arrive};
use activity_log_core::instant::{Instant, MINUTE, SECOND};
use activity_log_core::items::{
    Ask, Consistency, Created, Item, ItemReader, ItemWriter, Key, Order, Slice, WriteError,
};
use activity_log_core::origin::Origin;
use activity_log_core::pack::PackEncoder;
use activity_log_core::reader::ReadError;
use activity_log_core::rollup::Task;
use activity_log_core::rollup::roll::Limits;
use activity_log_core::rollup::work::{DUE_ROWS, Watch, Worked, Worker};
use serde::{Deserialize, Serialize};

use crate::real::RealEvents;

/// Events of a batch.
const BATCH: usize = 100;
/// Most bytes of a slice.
const PAGE_BYTES: usize = 1 << 20;

/// Stores `count` events: the real ones again and again, with ids of their own and times in whole seconds, as AWS
/// writes them, spread over `span_ms` from `start` on, in batches of 100. Gives the bytes of all records; hands
/// each record to `also`.
///
/// # Panics
/// If the file cannot be written.
pub fn store_events(
    real: &RealEvents,
    count: usize,
    (start, span_ms): (Instant, i64),
    path: &Path,
    mut also: impl FnMut(&str),
) -> usize {
    let mut filling = Filling::new(real.admission, path);
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let runtime = runtime.expect("a runtime");
    let time = |number: usize| {
        let seconds = span_ms / SECOND * i64::try_from(number).unwrap_or(0)
            / i64::try_from(count).unwrap_or(1);
        start.plus_millis(seconds * SECOND)
    };
    let mut bytes = 0;
    for first in (0..count).step_by(BATCH) {
        let numbers = first..count.min(first + BATCH);
        let written = time(numbers.end - 1);
        let batch: Vec<String> = numbers
            .map(|number| real.event(number, time(number)))
            .collect();
        for record in &batch {
            bytes += record.len();
            also(record);
        }
        runtime.block_on(filling.take_in(&batch, written));
    }
    // Long enough after for the last of it to be due too.
    runtime.block_on(filling.roll_up(start.plus_millis(span_ms + 30 * MINUTE)));
    filling.file.close();
    bytes
}

/// A file that events are put into.
struct Filling {
    file: ItemFile,
    admission: Admission,
    encoder: Mutex<PackEncoder>,
    watch: Watch,
    /// events since it was looked whether a roll-up is due
    unseen: usize,
}

impl Filling {
    fn new(admission: Admission, path: &Path) -> Self {
        Self {
            file: ItemFile::create(path),
            admission,
            encoder: Mutex::new(PackEncoder::new().expect("an encoder")),
            watch: Watch::default(),
            unseen: 0,
        }
    }

    async fn take_in(&mut self, batch: &[String], now: Instant) {
        let texts: Vec<&str> = batch.iter().map(String::as_str).collect();
        let records = Incoming::of_one_body(&texts, &Origin::Queue);
        let admission = Admission {
            now,
            ..self.admission
        };
        let (by, mut ordinals) = ((&self.encoder, 1), Ordinals::default());
        let clock = || now;
        let done = arrive(&self.file, by, &admission, &records, &mut ordinals, &clock).await;
        assert!(done.errors.is_empty(), "{:?}", done.errors);
        self.unseen += batch.len();
        if self.unseen >= DUE_ROWS {
            self.roll_up(now).await;
        }
    }

    async fn roll_up(&mut self, now: Instant) {
        self.unseen = 0;
        let task = Task {
            account: self.admission.account,
            retention_days: self.admission.retention_days,
        };
        let worker = Worker {
            store: &self.file,
            task,
            limits: Limits::default(),
            tell: &|_, _: &Untold| true,
            clock: &|| now,
        };
        let done = worker.work(&mut self.watch, &mut Worked::default()).await;
        assert!(done.is_ok(), "{done:?}");
    }
}

/// Items in a file. What is written goes to its end; what was there before stays, and is not read any more.
#[derive(Debug)]
pub struct ItemFile {
    path: PathBuf,
    file: File,
    places: Mutex<Places>,
}

/// Where the items lie.
#[derive(Debug, Default)]
struct Places {
    end: u64,
    items: BTreeMap<Key, Place>,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Place {
    offset: u64,
    length: usize,
    /// in milliseconds
    expires: i64,
    revision: u64,
}

impl ItemFile {
    /// A new one, in the place of any that is there.
    ///
    /// # Panics
    /// If it cannot be made.
    pub fn create(path: &Path) -> Self {
        let mut options = File::options();
        let options = options.read(true).write(true).create(true).truncate(true);
        Self {
            path: path.to_owned(),
            file: options.open(path).expect("a file"),
            places: Mutex::default(),
        }
    }

    /// Opens one that was [closed](Self::close).
    ///
    /// # Panics
    /// If it cannot be read.
    pub fn open(path: &Path) -> Self {
        let index = std::fs::read(index_of(path)).expect("an index");
        let items: Vec<(String, String, Place)> = serde_json::from_slice(&index).expect("JSON");
        let items = items
            .into_iter()
            .map(|(partition, sort, place)| (Key { partition, sort }, place));
        let items: BTreeMap<Key, Place> = items.collect();
        let ends = items
            .values()
            .map(|place| place.offset + place.length as u64);
        let end = ends.max().unwrap_or(0);
        let mut options = File::options();
        Self {
            path: path.to_owned(),
            file: options.read(true).write(true).open(path).expect("items"),
            places: Mutex::new(Places { end, items }),
        }
    }

    /// Writes down where everything lies.
    fn close(self) {
        let places = self.places();
        let items: Vec<(&str, &str, Place)> = places
            .items
            .iter()
            .map(|(key, place)| (&*key.partition, &*key.sort, *place))
            .collect();
        let index = serde_json::to_vec(&items).expect("JSON");
        std::fs::write(index_of(&self.path), index).expect("written");
    }

    fn places(&self) -> MutexGuard<'_, Places> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self, key: &Key, place: Place) -> Item {
        let mut value = vec![0; place.length];
        self.file
            .read_exact_at(&mut value, place.offset)
            .expect("an item");
        Item {
            key: key.clone(),
            value,
            expires: Instant::from_millis(place.expires),
            revision: place.revision,
        }
    }

    /// Writes a value behind all others.
    fn append(&self, end: &mut u64, item: &Item, revision: u64) -> Place {
        let offset = *end;
        self.file
            .write_all_at(&item.value, offset)
            .expect("written");
        *end += item.value.len() as u64;
        Place {
            offset,
            length: item.value.len(),
            expires: item.expires.millis(),
            revision,
        }
    }
}

fn index_of(path: &Path) -> PathBuf {
    path.with_extension("index")
}

impl ItemReader for ItemFile {
    async fn range(&self, ask: &Ask) -> Result<Slice, ReadError> {
        let key = |sort: &String| Key {
            partition: ask.partition.clone(),
            sort: sort.clone(),
        };
        let mut slice = Slice::default();
        if ask.low > ask.high {
            return Ok(slice);
        }
        let places = self.places();
        let range = places.items.range(key(&ask.low)..=key(&ask.high));
        let found: Box<dyn Iterator<Item = (&Key, &Place)>> = match ask.order {
            Order::Ascending => Box::new(range),
            Order::Descending => Box::new(range.rev()),
        };
        let mut bytes = 0;
        for (key, place) in found {
            if bytes > PAGE_BYTES || ask.limit == Some(slice.items.len()) {
                slice.has_more = true;
                break;
            }
            bytes += place.length;
            slice.items.push(self.read(key, *place));
        }
        Ok(slice)
    }

    async fn get(&self, keys: &[Key], _: Consistency) -> Result<Vec<Item>, ReadError> {
        let places = self.places();
        let found = keys
            .iter()
            .filter_map(|key| Some(self.read(key, *places.items.get(key)?)));
        Ok(found.collect())
    }
}

impl ItemWriter for ItemFile {
    async fn create(&self, item: &Item) -> Result<Created, WriteError> {
        let Places { end, items } = &mut *self.places();
        Ok(match items.entry(item.key.clone()) {
            Entry::Occupied(_) => Created::AlreadyThere,
            Entry::Vacant(vacant) => {
                vacant.insert(self.append(end, item, 0));
                Created::New
            }
        })
    }

    async fn put(&self, new: &[Item]) -> Result<(), WriteError> {
        let Places { end, items } = &mut *self.places();
        for item in new {
            items.insert(item.key.clone(), self.append(end, item, 0));
        }
        Ok(())
    }

    async fn swap(&self, item: &Item) -> Result<bool, WriteError> {
        let Places { end, items } = &mut *self.places();
        let stored = items.get(&item.key).map_or(0, |place| place.revision);
        if stored != item.revision {
            return Ok(false);
        }
        let place = self.append(end, item, item.revision + 1);
        items.insert(item.key.clone(), place);
        Ok(true)
    }
}
