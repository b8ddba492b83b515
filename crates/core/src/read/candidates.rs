//! Frames that may have rows of the answer, newest first: which to read next, and what comes of them.

use super::bound::Bound;
use super::fetch::{Fetch, damaged, gone};
use super::holds::{found, matching};
use super::row::{Lies, Row};
use super::search::Search;
use crate::event::Event;
use crate::index::FrameRef;
use crate::instant::Instant;
use crate::items::key::RunId;
use crate::items::{Item, ItemReader, Key, key};
use crate::pack::Pack;
use crate::reader::ReadError;

/// Frames read at once, at most: some 6 MB unpacked.
const MAX_FRAMES: usize = 100;

/// Rows of a frame that may be in the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum RowsOf {
    All,
    /// by their numbers within the frame
    These(Vec<u32>),
}

/// A frame that may have rows of the answer.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    run: RunId,
    part: u32,
    frame: u8,
    rows: RowsOf,
    /// no row that counts is newer
    pub newest: Bound,
    /// all of the rows that surely count are at least so new
    oldest: Bound,
    /// rows that are surely of the time asked for
    sure: usize,
    /// time of its newest row, whether it counts or not
    pub newest_row: Instant,
}

impl Candidate {
    /// The part it belongs to.
    pub(super) const fn part(&self) -> (RunId, u32) {
        (self.run, self.part)
    }

    pub(super) fn of(search: &Search<'_>, frame: &FrameRef, rows: RowsOf) -> Self {
        let late = late_only(search, frame, &rows);
        let (newest, oldest, is_sure, count) = if let Some((newest, oldest, count)) = late {
            let (time, id) = (oldest, 0);
            let newest = Bound::at(newest);
            (
                newest,
                Bound { time, id },
                search.takes_bound(newest),
                count,
            )
        } else {
            let count = on_time(frame, &rows);
            let (newest, oldest) = (Bound::newest_of(frame), Bound::oldest_of(frame));
            (newest, oldest, search.contains_frame(frame), count)
        };
        Self {
            run: frame.run,
            part: frame.part,
            frame: frame.frame,
            rows,
            newest: search.clip(newest),
            oldest,
            sure: if is_sure { count } else { 0 },
            newest_row: frame.newest,
        }
    }
}

/// If only late rows of a frame are wanted: times of the newest and the oldest of them, and how many there are.
fn late_only(
    search: &Search<'_>,
    frame: &FrameRef,
    rows: &RowsOf,
) -> Option<(Instant, Instant, usize)> {
    let is_late = |row: &u32| frame.late.iter().any(|(late, _)| u32::from(*late) == *row);
    let is_wanted = |row: u8| match rows {
        RowsOf::All => true,
        RowsOf::These(rows) => rows.contains(&row.into()),
    };
    let only = match rows {
        RowsOf::All => frame.newest < search.oldest || frame.oldest > search.newest,
        RowsOf::These(rows) => rows.iter().all(is_late),
    };
    let wanted = frame.late.iter().filter(|(row, _)| is_wanted(*row));
    let times = wanted.map(|(_, time)| *time);
    let times = times.filter(|time| (search.oldest..=search.newest).contains(time));
    let (newest, oldest) = (times.clone().max()?, times.clone().min()?);
    only.then(|| (newest, oldest, times.count()))
}

/// How many of the rows wanted are not late.
fn on_time(frame: &FrameRef, rows: &RowsOf) -> usize {
    let is_late = |row: &u32| frame.late.iter().any(|(late, _)| u32::from(*late) == *row);
    match rows {
        RowsOf::All => (frame.rows as usize).saturating_sub(frame.late.len()),
        RowsOf::These(rows) => rows.iter().filter(|row| !is_late(row)).count(),
    }
}

/// Frames that are not read yet.
#[derive(Debug, Default)]
pub(super) struct Candidates {
    /// newest first
    frames: Vec<Candidate>,
}

impl Candidates {
    pub(super) fn extend(&mut self, frames: impl IntoIterator<Item = Candidate>) {
        self.frames.extend(frames);
        self.frames
            .sort_by_key(|frame| std::cmp::Reverse(frame.newest));
    }

    /// How new rows can be that are in none of the frames read.
    pub(super) fn newest(&self) -> Option<Bound> {
        self.frames.first().map(|frame| frame.newest)
    }

    /// How many rows there surely are that are newer than `bound`.
    pub(super) fn sure(&self, bound: Option<Bound>) -> usize {
        let newer = self.frames.iter().filter(|one| Some(one.oldest) > bound);
        newer.map(|one| one.sure).sum()
    }

    /// Takes the frames that are to be read for `want` rows, if what is newer than `bound` is known.
    fn take(&mut self, want: usize, bound: Option<Bound>, most: usize) -> Vec<Candidate> {
        let most = most.min(MAX_FRAMES).min(self.frames.len());
        let mut taken = 0;
        while taken < most {
            taken += 1;
            let rest = self.frames.get(taken).map(|next| next.newest);
            let final_above = rest.max(bound);
            let read = self.frames[..taken].iter();
            let sure: usize = read
                .filter(|one| Some(one.oldest) > final_above)
                .map(|one| one.sure)
                .sum();
            // What is behind `bound` cannot be given before something else is known.
            if sure >= want || rest < bound {
                break;
            }
        }
        self.frames.drain(..taken).collect()
    }

    /// Reads the next frames: one round. Gives the rows of theirs that are in the answer.
    pub(super) async fn read<R: ItemReader>(
        &mut self,
        fetch: &Fetch<'_, R>,
        search: &Search<'_>,
        want: usize,
        bound: Option<Bound>,
    ) -> Result<Vec<Row>, ReadError> {
        let frames = self.take(want, bound, fetch.budget.items());
        let keys: Vec<Key> = frames
            .iter()
            .map(|one| key::frame(search.account, one.run, one.part, one.frame))
            .collect();
        fetch.budget.round();
        let mut rows = Vec::new();
        let items = fetch.get(&keys).await?;
        for ((frame, key), item) in frames.iter().zip(&keys).zip(items) {
            match item {
                Some(item) => rows_of(search, frame, &item, &mut rows)?,
                // Its rows are older than anything the reader may see: the table has deleted it.
                None if frame.newest_row < search.oldest => {}
                None => return Err(gone(&key.partition)),
            }
        }
        Ok(rows)
    }
}

fn rows_of(
    search: &Search<'_>,
    frame: &Candidate,
    item: &Item,
    rows: &mut Vec<Row>,
) -> Result<(), ReadError> {
    let pack = Pack::decode(&item.value).map_err(damaged(item))?;
    let wanted: Vec<usize> = match &frame.rows {
        RowsOf::All => (0..pack.rows()).collect(),
        RowsOf::These(wanted) => wanted.iter().map(|row| *row as usize).collect(),
    };
    let mut events = Vec::with_capacity(wanted.len());
    for row in wanted.into_iter().filter(|row| *row < pack.rows()) {
        let event = Event::stored(pack.text(row), pack.origin(row)).map_err(damaged(item))?;
        if search.takes(event.time, &event.id) {
            events.push(event);
        }
    }
    let all: Vec<&Event<'_>> = events.iter().collect();
    let matching = matching(&all, search.query);
    let mut place = 0..;
    events.retain(|_| {
        place
            .next()
            .is_some_and(|place| matching.binary_search(&place).is_ok())
    });
    rows.extend(events.into_iter().map(|event| {
        let rank = event.rank;
        Row::new(rank, Lies::Stored(Box::new(found(event))))
    }));
    Ok(())
}
