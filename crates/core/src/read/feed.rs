//! Parts of runs whose columns are to be looked through, newest first.

use std::cmp::Reverse;
use std::collections::{HashSet, VecDeque};

use futures::future::try_join_all;

use super::bound::Bound;
use super::candidates::Candidate;
use super::fetch::{Fetch, damaged, gone};
use super::opened::Opened;
use super::part::Part;
use super::search::Search;
use crate::columns::{Columns, decompressed};
use crate::head::Head;
use crate::index::Block;
use crate::instant::Instant;
use crate::items::key::RunId;
use crate::items::{ItemReader, Key, key};
use crate::reader::ReadError;

/// How much is read at once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// parts, the first time; four times as many each time after
    first: usize,
    /// parts at most
    most: usize,
    /// blocks that are asked for their parts, while some are found
    blocks: usize,
}

impl Pace {
    /// For a whole answer.
    pub(super) const STREAM: Self = Self {
        first: 8,
        most: 8,
        blocks: 1,
    };
    /// For a page: mostly the first part has it all.
    pub(super) const PAGE: Self = Self {
        first: 1,
        most: 32,
        blocks: 4,
    };
}

/// Blocks asked at once, at most, while nothing is found in them.
const MAX_BLOCKS: usize = 64;

/// Name of a part.
pub(super) type Name = (RunId, u32);

/// A part that is not read yet.
struct Waiting {
    name: Name,
    newest: Bound,
    /// time of its newest row, whether it counts or not
    newest_row: Instant,
}

/// What is still to be read.
pub(super) struct Feed {
    /// not asked yet, newest first
    blocks: VecDeque<Block>,
    opened: Vec<Opened>,
    /// newest first
    parts: Vec<Waiting>,
    /// read, or to be read
    known: HashSet<Name>,
    /// blocks asked at once
    at_once: usize,
    /// parts read at once
    ahead: usize,
    pace: Pace,
}

impl Feed {
    pub(super) fn new(search: &Search<'_>, head: &Head, pace: Pace) -> Self {
        let blocks = head.blocks.iter().filter(|block| search.overlaps(block));
        let mut blocks: Vec<Block> = blocks.cloned().collect();
        blocks.sort_by_key(|block| Reverse((block.newest, block.slots)));
        Self {
            blocks: blocks.into(),
            opened: Vec::new(),
            parts: Vec::new(),
            known: HashSet::new(),
            at_once: pace.blocks,
            ahead: pace.first,
            pace,
        }
    }

    /// How new rows can be that are in none of the parts read.
    pub(super) fn unread(&self, search: &Search<'_>) -> Option<Bound> {
        let part = self.parts.first().map(|part| part.newest);
        self.unknown(search).max(part)
    }

    /// How new rows can be whose parts are not known.
    fn unknown(&self, search: &Search<'_>) -> Option<Bound> {
        let opened = self.opened.iter();
        let opened = opened.filter_map(|one| one.unknown(search)).max();
        let block = self.blocks.front();
        opened.max(block.map(|block| search.clip(Bound::at(block.newest))))
    }

    /// Reads some more parts, if there are any in what is asked.
    pub(super) async fn read<R: ItemReader>(
        &mut self,
        fetch: &Fetch<'_, R>,
        search: &Search<'_>,
    ) -> Result<Vec<(Name, Part)>, ReadError> {
        let next = self.parts.first().map(|part| part.newest);
        if self.unknown(search) >= next && self.unknown(search).is_some() {
            self.ask(fetch, search, next).await?;
            return Ok(Vec::new());
        }
        let count = self.ahead.min(self.parts.len());
        self.ahead = (self.ahead * 4).min(self.pace.most);
        let parts: Vec<Waiting> = self.parts.drain(..count).collect();
        let name = |part: &Waiting| key::columns(search.account, part.name.0, part.name.1);
        let keys: Vec<Key> = parts.iter().map(name).collect();
        fetch.budget.round();
        let mut read = Vec::new();
        for ((part, key), item) in parts.iter().zip(&keys).zip(fetch.get(&keys).await?) {
            match item {
                Some(item) => {
                    let columns = decompressed(&item.value).map_err(damaged(&item))?;
                    let (run, number) = part.name;
                    read.push((part.name, Part::stored(run, number, columns)));
                }
                None if part.newest_row < search.oldest => {}
                None => return Err(gone(&key.partition)),
            }
        }
        Ok(read)
    }

    /// Asks blocks that may have rows newer than `newest` for their parts.
    async fn ask<R: ItemReader>(
        &mut self,
        fetch: &Fetch<'_, R>,
        search: &Search<'_>,
        newest: Option<Bound>,
    ) -> Result<(), ReadError> {
        for _ in 0..self.at_once {
            let is_next = |block: &Block| Some(search.clip(Bound::at(block.newest))) >= newest;
            match self.blocks.pop_front_if(|block| is_next(block)) {
                Some(block) => self.opened.push(Opened::new(search, block)),
                None => break,
            }
        }
        fetch.budget.round();
        let asked = self.opened.iter_mut();
        let asked = asked.filter(|one| one.unknown(search) >= newest);
        let asked = asked.map(|one| one.frames(fetch, search));
        let found = try_join_all(asked).await?;
        self.opened.retain(Opened::is_undecided);
        let before = self.known.len();
        self.add(found.into_iter().flatten());
        if self.known.len() > before {
            self.at_once = self.pace.blocks;
        } else {
            self.at_once = (self.at_once * 4).min(MAX_BLOCKS);
        }
        Ok(())
    }

    fn add(&mut self, frames: impl Iterator<Item = Candidate>) {
        for frame in frames {
            let name = frame.part();
            let new = Waiting {
                name,
                newest: frame.newest,
                newest_row: frame.newest_row,
            };
            if self.known.insert(name) {
                self.parts.push(new);
            } else if let Some(part) = self.parts.iter_mut().rfind(|part| part.name == name) {
                part.newest = part.newest.max(new.newest);
                part.newest_row = part.newest_row.max(new.newest_row);
            }
        }
        self.parts.sort_by_key(|part| Reverse(part.newest));
    }
}

/// Reads a part.
pub(super) async fn part<R: ItemReader>(
    fetch: &Fetch<'_, R>,
    search: &Search<'_>,
    (run, part): Name,
) -> Result<Part, ReadError> {
    let key = key::columns(search.account, run, part);
    let items = fetch.get_all(std::slice::from_ref(&key)).await?;
    let item = items.first().ok_or_else(|| gone(&key.partition))?;
    let columns = decompressed(&item.value).map_err(damaged(item))?;
    Ok(Part::stored(run, part, columns))
}

/// The columns of a part.
pub(super) fn decoded(part: &Part) -> Result<Columns<'_>, ReadError> {
    Columns::decode(part.columns()).map_err(|source| ReadError::Damaged {
        key: part.name(),
        source: Box::new(source),
    })
}
