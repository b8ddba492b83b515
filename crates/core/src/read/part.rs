//! Parts: columns of up to 1,024 rows of a run, or of arrivals, and the records that belong to them.

use std::collections::BTreeMap;
use std::ops::Range as Bytes;
use std::sync::Arc;

use super::fetch::{Fetch, damaged};
use crate::account::AccountId;
use crate::items::key::RunId;
use crate::items::{ItemReader, Key, key};
use crate::pack::{FRAME_ROWS, Pack};
use crate::reader::ReadError;

/// Frames unpacked at once, at most: some 6 MB.
const MAX_FRAMES: usize = 100;

/// Columns of rows, which may be read any number of times.
#[derive(Clone, Debug)]
pub struct Part(Arc<Content>);

#[derive(Debug)]
struct Content {
    columns: Vec<u8>,
    lies: Lies,
}

/// Where the records are.
#[derive(Debug)]
enum Lies {
    /// in the frames of a part of a run
    Stored { run: RunId, part: u32 },
    /// here, by row
    Here(Vec<String>),
}

impl Part {
    pub(super) fn stored(run: RunId, part: u32, columns: Vec<u8>) -> Self {
        let lies = Lies::Stored { run, part };
        Self(Arc::new(Content { columns, lies }))
    }

    pub(super) fn fresh(columns: Vec<u8>, records: Vec<String>) -> Self {
        let lies = Lies::Here(records);
        Self(Arc::new(Content { columns, lies }))
    }

    /// The bytes of its [columns](crate::columns::Columns).
    pub fn columns(&self) -> &[u8] {
        &self.0.columns
    }

    /// Which frame the record of a row lies in, if it is to be read.
    pub(super) fn frame_of(&self, row: usize) -> Option<(RunId, u32, usize)> {
        match &self.0.lies {
            Lies::Stored { run, part } => Some((*run, *part, row / FRAME_ROWS as usize)),
            Lies::Here(_) => None,
        }
    }

    /// The same for whoever needs only its records: columns of many parts would take much memory.
    pub(super) fn without_columns(&self) -> Self {
        match &self.0.lies {
            Lies::Stored { run, part } => Self::stored(*run, *part, Vec::new()),
            Lies::Here(_) => self.clone(),
        }
    }

    /// What it is called in errors.
    pub fn name(&self) -> String {
        match &self.0.lies {
            Lies::Stored { run, part } => format!("part {part} of run {run}"),
            Lies::Here(_) => "arrivals".to_owned(),
        }
    }
}

/// Records of some rows of a batch.
#[derive(Debug, Default)]
pub struct Records {
    text: String,
    places: Vec<Bytes<usize>>,
}

impl Records {
    pub(super) fn with_capacity(rows: usize) -> Self {
        Self {
            text: String::with_capacity(rows * 1_024),
            places: vec![0..0; rows],
        }
    }

    fn put(&mut self, nth: usize, record: &str) {
        let start = self.text.len();
        self.text.push_str(record);
        self.places[nth] = start..self.text.len();
    }

    /// The record of the `nth` row that was asked for, verbatim.
    pub fn get(&self, nth: usize) -> &str {
        self.places
            .get(nth)
            .and_then(|place| self.text.get(place.clone()))
            .unwrap_or_default()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }
}

/// Reads the records of rows of parts; each frame once.
pub(super) async fn records<R: ItemReader>(
    fetch: &Fetch<'_, R>,
    account: AccountId,
    rows: &[Option<(&Part, usize)>],
    records: &mut Records,
) -> Result<(), ReadError> {
    // By frame: which rows of it go where.
    let mut frames: BTreeMap<(RunId, u32, usize), Vec<(usize, usize)>> = BTreeMap::new();
    let size = FRAME_ROWS as usize;
    for (nth, row) in rows.iter().enumerate() {
        let Some((part, row)) = row else { continue };
        match &part.0.lies {
            Lies::Here(texts) => records.put(nth, texts.get(*row).map_or("", String::as_str)),
            Lies::Stored { run, part } => {
                let frame = frames.entry((*run, *part, row / size)).or_default();
                frame.push((nth, row % size));
            }
        }
    }
    let frames: Vec<_> = frames.into_iter().collect();
    for frames in frames.chunks(MAX_FRAMES) {
        let name = |frame: &((RunId, u32, usize), _)| {
            let (run, part, frame) = frame.0;
            key::frame(account, run, part, u8::try_from(frame).unwrap_or(u8::MAX))
        };
        let keys: Vec<Key> = frames.iter().map(name).collect();
        let items = fetch.get_all(&keys).await?;
        for ((_, rows), item) in frames.iter().zip(items) {
            let pack = Pack::decode(&item.value).map_err(damaged(&item))?;
            for (nth, row) in rows.iter().filter(|(_, row)| *row < pack.rows()) {
                records.put(*nth, pack.text(*row));
            }
        }
    }
    Ok(())
}
