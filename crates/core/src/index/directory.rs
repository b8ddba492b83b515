//! The directory of a block: where each row lies, in pieces of one read each.

use serde::{Deserialize, Serialize};

use super::block::{Block, Dropped, Run};
use super::hours::{self, HourCount};
use super::item::{self, Kind};
use super::single;
use crate::damaged::Damaged;
use crate::instant::Instant;
use crate::items::Item;
use crate::items::key::RunId;
use crate::pack::{FRAME_ROWS, PART_ROWS};
use crate::slot::Slot;

pub(super) const FRAMES_OF_PART: u32 = PART_ROWS / FRAME_ROWS;

/// A piece of a directory, as its table of contents lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    /// its first row
    pub first: u32,
    /// times of its rows, late ones left out unless all rows of a frame are: newest, oldest
    pub times: (Instant, Instant),
    /// time of its oldest row
    pub least: Instant,
    /// slots its rows came in
    pub slots: (Slot, Slot),
}

/// A piece as it is stored.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct CodedPiece {
    pub first: u32,
    pub sections: Vec<Section>,
    /// counts by hour, where the directory has no other piece
    pub hours: hours::Coded,
}

/// Frames of one run that follow each other. Times are in units before another time.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Section {
    pub run: RunId,
    pub rows: u32,
    /// first slot, and how many more there are
    pub slots: (i64, u32),
    /// when the run may be deleted, in seconds since the epoch
    pub expires: u32,
    /// milliseconds of a unit of time
    pub unit: u16,
    /// number of the first frame in the run
    pub frame: u32,
    pub dropped: Vec<Dropped>,
    /// how long the newest row is before the oldest of the frame before it (of the first: before the end of the run's last
    /// slot), and the oldest that is not late before the newest
    pub frames: Vec<(i64, i64)>,
    /// frame of the section, row of the frame, how long before the frame's oldest
    pub late: Vec<(u32, u8, i64)>,
    /// Frame of the section, and how the id of its newest row begins, which has the time of the last row before it
    pub ids: Vec<(u32, u32)>,
}

impl Section {
    pub fn anchor(slots: (Slot, Slot)) -> i64 {
        slots.1.end().millis()
    }
}

/// Reads a table of contents.
pub fn contents(item: &Item) -> Result<Vec<Piece>, Damaged> {
    let (kind, content) = item::open(item)?;
    if kind != Kind::Contents as u8 {
        return Err(item::UNEXPECTED);
    }
    postcard::from_bytes(content).map_err(Damaged::Encoding)
}

/// Reads the counts by hour, of an item that [`hours_ask`](super::hours_ask) found.
pub fn hours(item: &Item) -> Result<Vec<HourCount>, Damaged> {
    let (kind, content) = item::open(item)?;
    let coded = if kind == Kind::Hours as u8 {
        postcard::from_bytes(content).map_err(Damaged::Encoding)?
    } else {
        piece_of(kind, content)?.hours
    };
    hours::decoded(&coded)
}

fn piece_of(kind: u8, content: &[u8]) -> Result<CodedPiece, Damaged> {
    let content = match kind {
        kind if kind == Kind::Piece as u8 => content,
        kind if kind == Kind::Single as u8 => single::piece(content)?,
        _ => return Err(item::UNEXPECTED),
    };
    postcard::from_bytes(content).map_err(Damaged::Encoding)
}

/// A piece of a directory: which run, part and frame each row lies in, and what is known of its time without reading it.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    /// the frames of this piece, in row order
    pub frames: Vec<FrameRef>,
    /// Runs that begin or go on in this piece, newest first, with the number of their first row in the block. What was
    /// dropped stands only where a run begins.
    pub runs: Vec<(u32, Run)>,
}

/// A frame, as a directory knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameRef {
    /// which run
    pub run: RunId,
    /// which part of it
    pub part: u32,
    /// which frame of that part
    pub frame: u8,
    /// its first row in the block
    pub first: u32,
    /// how many rows it has
    pub rows: u32,
    /// time of its newest row
    pub newest: Instant,
    /// No row of that time has an id that begins with more: four bytes, big end first (0 for those it has not). Hundreds
    /// of rows may share a second: times alone would have a page read all their frames. Only where the frame before it in
    /// the piece ends with the same time; else `u32::MAX`
    pub newest_id: u32,
    /// time of its oldest row, late ones left out unless all are
    pub oldest: Instant,
    /// No row of that time has an id that begins with less. Only where the frame behind it in the piece begins with the
    /// same time; else 0
    pub oldest_id: u32,
    /// times of its late rows: row in the frame, time; none where all are late
    pub late: Vec<(u8, Instant)>,
    /// when its run may be deleted
    pub expires: Instant,
}

const BEYOND: Damaged = Damaged::Inconsistent("a directory has rows beyond its block");

impl Directory {
    /// Reads an item that [`directory_ask`](super::directory_ask) found, of `block`.
    pub fn decode(item: &Item, block: &Block) -> Result<Self, Damaged> {
        let (kind, content) = item::open(item)?;
        let piece = piece_of(kind, content)?;
        let mut directory = Self::default();
        let mut first = piece.first;
        for section in &piece.sections {
            first = directory.add(section, first, block.rows)?;
        }
        Ok(directory)
    }

    /// The frame that has a row of the block.
    pub fn frame_of(&self, row: u32) -> Option<&FrameRef> {
        let behind = self.frames.partition_point(|frame| frame.first <= row);
        let frame = self.frames.get(behind.checked_sub(1)?)?;
        (row - frame.first < frame.rows).then_some(frame)
    }

    /// Adds a section whose first row has this number in the block; gives the number of the row behind it.
    fn add(&mut self, section: &Section, first: u32, end: u32) -> Result<u32, Damaged> {
        let before = section.frame.checked_mul(FRAME_ROWS).ok_or(BEYOND)?;
        let run_first = first.checked_sub(before).ok_or(BEYOND)?;
        if run_first
            .checked_add(section.rows)
            .is_none_or(|last| last > end)
        {
            return Err(BEYOND);
        }
        let slot = Slot::from_number(section.slots.0);
        let last = section.slots.0.saturating_add(section.slots.1.into());
        let run = Run {
            id: section.run,
            rows: section.rows,
            slots: (slot, Slot::from_number(last)),
            expires: Instant::from_seconds(section.expires.into()),
            dropped: section.dropped.clone(),
        };
        let mut times = Times::of(section)?;
        let mut row = before;
        for (number, frame) in (section.frame..).zip(&section.frames) {
            let left = section.rows.saturating_sub(row);
            if left == 0 {
                return Err(BEYOND);
            }
            let (newest, oldest, late) = times.next(*frame)?;
            self.frames.push(FrameRef {
                run: section.run,
                part: number / FRAMES_OF_PART,
                frame: (number % FRAMES_OF_PART).to_le_bytes()[0],
                first: run_first + row,
                rows: left.min(FRAME_ROWS),
                newest,
                newest_id: u32::MAX,
                oldest,
                oldest_id: 0,
                late,
                expires: run.expires,
            });
            row += left.min(FRAME_ROWS);
        }
        self.bound(section)?;
        self.runs.push((run_first, run));
        Ok(run_first + row)
    }

    /// Bounds the ids of frames of the section that was added last.
    fn bound(&mut self, section: &Section) -> Result<(), Damaged> {
        let begin = self.frames.len() - section.frames.len();
        let frames = self.frames.get_mut(begin..).unwrap_or_default();
        for (number, id) in &section.ids {
            let number = *number as usize;
            let frame = frames.get_mut(number);
            let frame = frame.ok_or(Damaged::Inconsistent("an id is of no frame"))?;
            frame.newest_id = *id;
            if let Some(before) = number
                .checked_sub(1)
                .and_then(|before| frames.get_mut(before))
            {
                before.oldest_id = *id;
            }
        }
        Ok(())
    }
}

/// Reads the times of frames.
struct Times<'s> {
    unit: i64,
    anchor: i64,
    frame: u32,
    late: &'s [(u32, u8, i64)],
}

type Bounds = (Instant, Instant, Vec<(u8, Instant)>);

impl<'s> Times<'s> {
    fn of(section: &'s Section) -> Result<Self, Damaged> {
        let last = section.slots.0.checked_add(section.slots.1.into());
        let last = last.filter(|last| last.unsigned_abs() < 1 << 40);
        let last = last.ok_or(Damaged::Inconsistent("a slot is beyond all time"))?;
        let slot = Slot::from_number(last);
        Ok(Self {
            unit: section.unit.into(),
            anchor: Section::anchor((slot, slot)),
            frame: 0,
            late: &section.late,
        })
    }

    fn before(&self, time: i64, units: i64) -> Result<i64, Damaged> {
        let millis = units.checked_mul(self.unit);
        let time = millis.and_then(|millis| time.checked_sub(millis));
        time.ok_or(Damaged::Inconsistent("a frame is beyond all time"))
    }

    fn next(&mut self, (newest, oldest): (i64, i64)) -> Result<Bounds, Damaged> {
        let newest = self.before(self.anchor, newest)?;
        let oldest = self.before(newest, oldest)?;
        let mut least = oldest;
        let mut late = Vec::new();
        while let [(frame, row, time), rest @ ..] = self.late
            && *frame == self.frame
        {
            let time = self.before(oldest, *time)?;
            least = least.min(time);
            late.push((*row, Instant::from_millis(time)));
            self.late = rest;
        }
        self.frame = self.frame.saturating_add(1);
        self.anchor = least;
        let at = Instant::from_millis;
        Ok((at(newest), at(oldest), late))
    }
}
