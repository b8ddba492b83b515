//! What is known of where a block's rows lie, and of their times.

use std::collections::BTreeMap;
use std::ops::Range;

use futures::future::try_join;

use super::bound::Bound;
use super::fetch::{Fetch, damaged};
use super::search::Search;
use crate::index::{Block, Directory, FrameRef, Piece, contents, contents_key, directory_ask};
use crate::items::{Item, ItemReader};
use crate::reader::ReadError;

/// A directory, of which pieces are read as they are needed.
pub(super) struct Pieces {
    rows: u32,
    /// all pieces; `None` while that is not read
    list: Option<Vec<Piece>>,
    /// by their first row
    loaded: BTreeMap<u32, Directory>,
}

impl Pieces {
    pub(super) fn of(search: &Search<'_>, block: &Block) -> Self {
        let whole = Piece {
            first: 0,
            times: (block.newest, block.oldest),
            least: block.least,
            slots: block.slots,
        };
        let is_whole = contents_key(search.account, block).is_none();
        Self {
            rows: block.rows,
            list: is_whole.then(|| vec![whole]),
            loaded: BTreeMap::new(),
        }
    }

    /// Whether it is known which pieces there are.
    pub(super) const fn are_listed(&self) -> bool {
        self.list.is_some()
    }

    /// Reads which pieces there are, where that is not known.
    pub(super) async fn list<R: ItemReader>(
        &mut self,
        fetch: &Fetch<'_, R>,
        search: &Search<'_>,
        block: &Block,
    ) -> Result<(), ReadError> {
        let list = self.unlisted(fetch, search, block).await?;
        self.list = list.or(self.list.take());
        Ok(())
    }

    /// Reads the pieces that have these rows, given in ascending order.
    pub(super) async fn load<R: ItemReader>(
        &mut self,
        fetch: &Fetch<'_, R>,
        search: &Search<'_>,
        block: &Block,
        rows: impl Iterator<Item = u32>,
    ) -> Result<(), ReadError> {
        let found = self.missing(fetch, search, block, rows).await?;
        self.loaded.extend(found);
        Ok(())
    }

    /// Both at once.
    pub(super) async fn list_and_load<R: ItemReader>(
        &mut self,
        fetch: &Fetch<'_, R>,
        search: &Search<'_>,
        block: &Block,
        rows: impl Iterator<Item = u32>,
    ) -> Result<(), ReadError> {
        let list = self.unlisted(fetch, search, block);
        let (list, found) = try_join(list, self.missing(fetch, search, block, rows)).await?;
        self.list = list.or(self.list.take());
        self.loaded.extend(found);
        Ok(())
    }

    /// Which pieces there are, where that is not known.
    async fn unlisted<R: ItemReader>(
        &self,
        fetch: &Fetch<'_, R>,
        search: &Search<'_>,
        block: &Block,
    ) -> Result<Option<Vec<Piece>>, ReadError> {
        let key = contents_key(search.account, block).filter(|_| !self.are_listed());
        let Some(key) = key else {
            return Ok(None);
        };
        let items = fetch.get_all(&[key]).await?;
        let listed = items.first();
        let listed = listed.map(|item| contents(item).map_err(damaged(item)));
        listed.transpose()
    }

    /// The pieces that have these rows and are not read yet, by their first rows.
    async fn missing<R: ItemReader>(
        &self,
        fetch: &Fetch<'_, R>,
        search: &Search<'_>,
        block: &Block,
        rows: impl Iterator<Item = u32>,
    ) -> Result<BTreeMap<u32, Directory>, ReadError> {
        let mut wanted: Vec<u32> = rows.filter(|row| self.frame_of(*row).is_none()).collect();
        wanted.dedup_by_key(|row| block.in_piece(*row));
        let ask = |row: &u32| directory_ask(search.account, block, *row);
        let asks: Vec<_> = wanted.iter().map(ask).collect();
        let has_row = |nth: usize, item: &Item| {
            let directory = Directory::decode(item, block).map_err(damaged(item))?;
            Ok(directory.frame_of(wanted[nth]).is_some())
        };
        let mut found = BTreeMap::new();
        for item in fetch.firsts(&asks, has_row).await? {
            let directory = Directory::decode(&item, block).map_err(damaged(&item))?;
            let first = directory.frames.first().map_or(0, |frame| frame.first);
            found.insert(first, directory);
        }
        Ok(found)
    }

    /// Reads what is needed to know which rows are of the time asked for: pieces that are so in part.
    pub(super) async fn narrow<R: ItemReader>(
        &mut self,
        fetch: &Fetch<'_, R>,
        search: &Search<'_>,
        block: &Block,
    ) -> Result<(), ReadError> {
        self.list(fetch, search, block).await?;
        let pieces = self.list.iter().flatten();
        let in_part = pieces.filter(|piece| {
            let is_inside = piece.times.0 <= search.newest
                && piece.least >= search.oldest
                && search
                    .after
                    .as_ref()
                    .is_none_or(|after| piece.times.0 < after.time);
            overlaps(search, piece) && !is_inside
        });
        let firsts: Vec<u32> = in_part.map(|piece| piece.first).collect();
        self.load(fetch, search, block, firsts.into_iter()).await
    }

    /// Reads all pieces that have rows of the time asked for; the list must be there.
    pub(super) async fn load_all<R: ItemReader>(
        &mut self,
        fetch: &Fetch<'_, R>,
        search: &Search<'_>,
        block: &Block,
    ) -> Result<(), ReadError> {
        let pieces = self.list.iter().flatten();
        let wanted = pieces.filter(|piece| overlaps(search, piece));
        let firsts: Vec<u32> = wanted.map(|piece| piece.first).collect();
        self.load(fetch, search, block, firsts.into_iter()).await
    }

    /// The rows of the piece that has a row, and what is listed of it.
    fn piece(&self, row: u32) -> Option<(Range<u32>, &Piece)> {
        let list = self.list.as_ref()?;
        let at = list.partition_point(|piece| piece.first <= row);
        let piece = list.get(at.checked_sub(1)?)?;
        let end = list.get(at).map_or(self.rows, |next| next.first);
        Some((piece.first..end, piece))
    }

    /// The frame that has a row, if that is known.
    pub(super) fn frame_of(&self, row: u32) -> Option<&FrameRef> {
        let (_, directory) = self.loaded.range(..=row).next_back()?;
        directory.frame_of(row)
    }

    /// The piece that has a row, if it is read.
    pub(super) fn directory_of(&self, row: u32) -> Option<&Directory> {
        self.frame_of(row)?;
        Some(self.loaded.range(..=row).next_back()?.1)
    }

    /// Pieces that are read.
    pub(super) fn directories(&self) -> impl Iterator<Item = &Directory> {
        self.loaded.values()
    }

    /// Rows that may be of the time asked for, ascending, as far as it is known.
    pub(super) fn ranges(&self, search: &Search<'_>) -> Vec<Range<u32>> {
        let mut ranges: Vec<Range<u32>> = Vec::new();
        let mut add = |range: Range<u32>| match ranges.last_mut() {
            Some(last) if last.end == range.start => last.end = range.end,
            _ => ranges.push(range),
        };
        let mut row = 0;
        while row < self.rows {
            if let Some(directory) = self.directory_of(row) {
                for frame in &directory.frames {
                    let end = frame.first + frame.rows;
                    if end > row && search.overlaps_frame(frame) {
                        add(frame.first.max(row)..end);
                    }
                    row = row.max(end);
                }
            } else {
                let next = self.loaded.range(row..).next();
                let next = next.map_or(self.rows, |(first, _)| *first);
                let (end, is_wanted) = match self.piece(row) {
                    Some((rows, piece)) => (rows.end, overlaps(search, piece)),
                    None => (next, true),
                };
                let end = end.max(row + 1);
                if is_wanted {
                    add(row..end);
                }
                row = end;
            }
        }
        ranges
    }

    /// How new the rows from this one on can be that are in the answer; `None` if there are none.
    pub(super) fn bound_from(
        &self,
        search: &Search<'_>,
        block: &Block,
        from: u32,
    ) -> Option<Bound> {
        if from >= self.rows {
            return None;
        }
        let Some(list) = &self.list else {
            return Some(search.clip(Bound::at(block.newest)));
        };
        let mut newest = None;
        for (at, piece) in list.iter().enumerate() {
            let end = list.get(at + 1).map_or(self.rows, |next| next.first);
            if end <= from || !overlaps(search, piece) {
                continue;
            }
            let of_piece = match self.loaded.get(&piece.first) {
                None => Some(Bound::at(piece.times.0)),
                Some(directory) => directory
                    .frames
                    .iter()
                    .filter(|frame| frame.first + frame.rows > from)
                    .filter(|frame| search.overlaps_frame(frame))
                    .map(Bound::newest_of)
                    .max(),
            };
            newest = newest.max(of_piece);
        }
        newest.map(|bound| search.clip(bound))
    }
}

fn overlaps(search: &Search<'_>, piece: &Piece) -> bool {
    piece.times.0 >= search.oldest && piece.least <= search.newest
}
