//! A block that is being read: which of its rows may be in the answer, in steps, and in which frames they lie.

use futures::future::try_join;

use super::bound::Bound;
use super::candidates::{Candidate, RowsOf};
use super::fetch::Fetch;
use super::pieces::Pieces;
use super::search::Search;
use super::sets::Sets;
use crate::index::Block;
use crate::items::ItemReader;
use crate::reader::ReadError;

/// A block.
pub(super) struct Opened {
    pub block: Block,
    pieces: Pieces,
    choice: Choice,
    /// rows below this one are decided
    decided: u32,
    /// decided rows whose frames are not yet known
    pending: Vec<u32>,
}

/// Which rows are wanted.
#[derive(Debug)]
enum Choice {
    /// it was not asked yet
    Unknown,
    /// all of the time asked for
    All,
    /// those that have all values
    Sets(Sets),
}

impl Opened {
    pub(super) fn new(search: &Search<'_>, block: Block) -> Self {
        let by_sets = search.asks(&block);
        Self {
            pieces: Pieces::of(search, &block),
            choice: if by_sets {
                Choice::Unknown
            } else {
                Choice::All
            },
            decided: 0,
            pending: Vec::new(),
            block,
        }
    }

    /// Decides about more rows: about as many as hold `want` that match. Gives frames where all rows are wanted.
    pub(super) async fn decide<R: ItemReader>(
        &mut self,
        fetch: &Fetch<'_, R>,
        search: &Search<'_>,
        want: usize,
    ) -> Result<Vec<Candidate>, ReadError> {
        let (pieces, block) = (&mut self.pieces, &self.block);
        let is_whole = search.contains(block);
        if let Choice::Unknown = self.choice {
            let narrow = async {
                if is_whole {
                    Ok(())
                } else {
                    pieces.narrow(fetch, search, block).await
                }
            };
            let sets = Sets::of_search(fetch, search, block);
            let (sets, ()) = try_join(sets, narrow).await?;
            self.choice = Choice::Sets(sets);
        }
        if let Choice::Sets(sets) = &mut self.choice {
            let lists = sets.has_chunks_only() && !pieces.are_listed();
            let ranges = pieces.ranges(search);
            let list = async {
                if lists {
                    pieces.list(fetch, search, block).await
                } else {
                    Ok(())
                }
            };
            let next = sets.next(fetch, search, block, &ranges, want);
            let (rows, ()) = try_join(next, list).await?;
            self.decided = sets.decided();
            self.pending.extend(rows);
            return Ok(Vec::new());
        }
        if !is_whole {
            pieces.narrow(fetch, search, block).await?;
        }
        self.next_piece(fetch, search).await
    }

    /// More of its frames, for somebody who looks at columns: what is told in chunks would cost him more than it spares.
    pub(super) async fn frames<R: ItemReader>(
        &mut self,
        fetch: &Fetch<'_, R>,
        search: &Search<'_>,
    ) -> Result<Vec<Candidate>, ReadError> {
        if let Choice::Unknown = self.choice {
            let sets = Sets::of_search(fetch, search, &self.block).await?;
            if sets.has_chunks_only() {
                self.choice = Choice::All;
            } else {
                self.pending = sets.into_here();
                self.choice = Choice::Sets(Sets::default());
                self.decided = u32::MAX;
            }
        }
        if let Choice::Sets(_) = self.choice {
            return self.locate(fetch, search).await;
        }
        self.decide(fetch, search, 0).await
    }

    /// The frames of the next piece, of which all rows are wanted.
    async fn next_piece<R: ItemReader>(
        &mut self,
        fetch: &Fetch<'_, R>,
        search: &Search<'_>,
    ) -> Result<Vec<Candidate>, ReadError> {
        let ranges = self.pieces.ranges(search);
        let next = ranges.iter().find(|range| range.end > self.decided);
        let Some(next) = next.map(|range| range.start.max(self.decided)) else {
            self.decided = u32::MAX;
            return Ok(Vec::new());
        };
        let (block, one) = (&self.block, std::iter::once(next));
        self.pieces.list_and_load(fetch, search, block, one).await?;
        let directory = self.pieces.directory_of(next);
        let frames = directory.map_or(&[][..], |directory| &directory.frames);
        let end = frames.last().map(|frame| frame.first + frame.rows);
        let end = end.filter(|end| *end < self.block.rows);
        let wanted = frames.iter().filter(|frame| {
            frame.first + frame.rows > self.decided && search.overlaps_frame(frame)
        });
        let wanted = wanted.map(|frame| Candidate::of(search, frame, RowsOf::All));
        let wanted = wanted.collect();
        self.decided = end.unwrap_or(u32::MAX);
        Ok(wanted)
    }

    /// Finds the frames of the rows that are decided.
    pub(super) async fn locate<R: ItemReader>(
        &mut self,
        fetch: &Fetch<'_, R>,
        search: &Search<'_>,
    ) -> Result<Vec<Candidate>, ReadError> {
        if self.pending.is_empty() {
            return Ok(Vec::new());
        }
        let is_undecided = self.is_undecided();
        let (pieces, block) = (&mut self.pieces, &self.block);
        let rows = self.pending.iter().copied();
        if is_undecided {
            // How new the others can be says whether they are asked about before these are given.
            pieces.list_and_load(fetch, search, block, rows).await?;
        } else {
            pieces.load(fetch, search, block, rows).await?;
        }
        let mut candidates: Vec<Candidate> = Vec::new();
        let mut pending = self.pending.drain(..).peekable();
        while let Some(row) = pending.next() {
            let Some(frame) = self.pieces.frame_of(row) else {
                return Err(super::fetch::gone(&format!(
                    "row {row} of block {}",
                    self.block.id
                )));
            };
            let mut rows = vec![row - frame.first];
            while let Some(row) = pending.next_if(|row| *row < frame.first + frame.rows) {
                rows.push(row - frame.first);
            }
            if search.overlaps_frame(frame) {
                candidates.push(Candidate::of(search, frame, RowsOf::These(rows)));
            }
        }
        Ok(candidates)
    }

    /// Whether there are rows that are not decided.
    pub(super) fn is_undecided(&self) -> bool {
        self.decided < self.block.rows
    }

    /// How new its rows can be that are not decided.
    pub(super) fn undecided(&self, search: &Search<'_>) -> Option<Bound> {
        let bound = self.pieces.bound_from(search, &self.block, self.decided);
        bound.filter(|_| self.is_undecided())
    }

    /// How new its rows can be whose frames are not known.
    pub(super) fn unknown(&self, search: &Search<'_>) -> Option<Bound> {
        let pending = self.pending.first().copied();
        let from = pending.map_or(self.decided, |row| row.min(self.decided));
        self.pieces.bound_from(search, &self.block, from)
    }

    /// How many rows were found and not yet given.
    pub(super) const fn pending(&self) -> usize {
        self.pending.len()
    }

    /// How many rows are decided.
    pub(super) fn decided(&self) -> u32 {
        self.decided.min(self.block.rows)
    }
}
