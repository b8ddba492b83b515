//! Makes the directory of a block.

use super::block::Run;
use super::directory::{CodedPiece, Piece, Section};
use super::frames::{Frame, Frames};
use super::item::{Kind, Made};
use super::{asks, hours};
use crate::damaged::Damaged;
use crate::instant::Instant;
use crate::items::Item;
use crate::pack::FRAME_ROWS;

/// Cuts directories into pieces.
pub(super) struct Pieces {
    room: usize,
    cut: Vec<(CodedPiece, Piece)>,
    bytes: usize,
    row: u32,
}

/// Most bytes of a section besides what it holds: numbers, and how many of each there are.
const SECTION_BYTES: usize = 12 + 5 + 10 + 5 + 5 + 3 + 5 + 4 * 3;
/// Most bytes of a piece besides its sections.
const PIECE_BYTES: usize = 5 + 3 + 3;

impl Pieces {
    /// Pieces of so many bytes.
    pub fn new(room: usize) -> Self {
        Self {
            room,
            cut: Vec::new(),
            bytes: 0,
            row: 0,
        }
    }

    /// Adds a run, which follows those that were added.
    pub fn add(&mut self, run: &Run, frames: &Frames) {
        let mut is_begun = false;
        let mut before = Section::anchor(run.slots);
        for (number, frame) in (0..).zip(&frames.all) {
            let dropped = if number == 0 {
                run.dropped.len() * 20
            } else {
                0
            };
            let head = if is_begun { 0 } else { SECTION_BYTES + dropped };
            let size = bytes_of(frame, before, frames.unit);
            if self.cut.is_empty() || self.bytes + head + size > self.room {
                self.begin(run, frame);
                is_begun = false;
            }
            if !is_begun {
                self.begin_section(run, number, frames.unit);
                self.bytes += SECTION_BYTES + dropped;
                before = Section::anchor(run.slots);
                is_begun = true;
            }
            self.bytes += bytes_of(frame, before, frames.unit);
            self.push(frame, before, frames.unit);
            before = frame.least;
            self.row += FRAME_ROWS.min(run.rows - number * FRAME_ROWS);
        }
    }

    fn begin(&mut self, run: &Run, frame: &Frame) {
        let coded = CodedPiece {
            first: self.row,
            ..CodedPiece::default()
        };
        let at = Instant::from_millis;
        let listed = Piece {
            first: self.row,
            times: (at(frame.newest), at(frame.oldest)),
            least: at(frame.least),
            slots: run.slots,
        };
        self.cut.push((coded, listed));
        self.bytes = PIECE_BYTES;
    }

    fn begin_section(&mut self, run: &Run, frame: u32, unit: i64) {
        let Some((piece, listed)) = self.cut.last_mut() else {
            return;
        };
        listed.slots.0 = listed.slots.0.min(run.slots.0);
        listed.slots.1 = listed.slots.1.max(run.slots.1);
        let more = run.slots.1.number() - run.slots.0.number();
        piece.sections.push(Section {
            run: run.id,
            rows: run.rows,
            slots: (run.slots.0.number(), u32::try_from(more).unwrap_or(0)),
            expires: u32::try_from(run.expires.seconds()).unwrap_or(u32::MAX),
            unit: u16::try_from(unit).unwrap_or(1),
            frame,
            dropped: if frame == 0 {
                run.dropped.clone()
            } else {
                Vec::new()
            },
            frames: Vec::new(),
            late: Vec::new(),
            ids: Vec::new(),
        });
    }

    fn push(&mut self, frame: &Frame, before: i64, unit: i64) {
        let Some((piece, listed)) = self.cut.last_mut() else {
            return;
        };
        let Some(section) = piece.sections.last_mut() else {
            return;
        };
        let at = Instant::from_millis;
        listed.times.0 = listed.times.0.max(at(frame.newest));
        listed.times.1 = listed.times.1.min(at(frame.oldest));
        listed.least = listed.least.min(at(frame.least));
        let number = u32::try_from(section.frames.len()).unwrap_or(u32::MAX);
        let (newest, oldest) = coded(frame, before, unit);
        section.frames.push((newest, oldest));
        let late = frame.late.iter();
        let late = late.map(|(row, time)| (number, *row, (frame.oldest - time) / unit));
        section.late.extend(late);
        if let Some(id) = frame.id.filter(|_| number > 0) {
            section.ids.push((number, id));
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.cut.len()
    }
}

/// A directory, coded: contents of its pieces by first row.
pub(super) struct CodedDirectory {
    /// by first row
    pub pieces: Vec<(u32, Vec<u8>)>,
    /// table of contents and counts by hour, where they are items of their own
    pub beside: Option<(Vec<u8>, Vec<u8>)>,
}

/// Codes the directory of runs, in pieces of at most `room` bytes.
pub(super) fn code(
    runs: &[(&Run, Frames)],
    hours: &hours::Coded,
    room: usize,
) -> Result<CodedDirectory, Damaged> {
    let mut cut = room;
    loop {
        let mut pieces = Pieces::new(cut);
        for (run, frames) in runs {
            pieces.add(run, frames);
        }
        if pieces.len() > 1 {
            return several(pieces.cut, hours);
        }
        let Some((mut piece, _)) = pieces.cut.pop() else {
            return Err(Damaged::Inconsistent("a block has no rows"));
        };
        piece.hours.clone_from(hours);
        let content = encode(&piece)?;
        // One frame cannot be cut; but then there are few hours.
        if content.len() <= room || cut < SECTION_BYTES {
            return Ok(CodedDirectory {
                pieces: vec![(0, content)],
                beside: None,
            });
        }
        cut /= 2;
    }
}

fn several(
    pieces: Vec<(CodedPiece, Piece)>,
    hours: &hours::Coded,
) -> Result<CodedDirectory, Damaged> {
    let (coded, listed): (Vec<CodedPiece>, Vec<Piece>) = pieces.into_iter().unzip();
    let pieces = coded.iter().map(|piece| Ok((piece.first, encode(piece)?)));
    Ok(CodedDirectory {
        pieces: pieces.collect::<Result<_, Damaged>>()?,
        beside: Some((encode(&listed)?, encode(hours)?)),
    })
}

fn encode(value: &impl serde::Serialize) -> Result<Vec<u8>, Damaged> {
    postcard::to_allocvec(value).map_err(Damaged::Encoding)
}

impl CodedDirectory {
    /// Its items.
    pub fn items(self, made: Made<'_>) -> Vec<Item> {
        let (account, block) = (made.account, made.block);
        let pieces = self.pieces.iter().map(|(first, content)| {
            made.item(
                asks::piece_key(account, block, *first),
                Kind::Piece,
                content,
            )
        });
        let mut items: Vec<Item> = pieces.collect();
        if let Some((contents, hours)) = &self.beside {
            let keys = (
                asks::contents_key(account, block),
                asks::hours_key(account, block),
            );
            items.extend(keys.0.map(|key| made.item(key, Kind::Contents, contents)));
            items.push(made.item(keys.1, Kind::Hours, hours));
        }
        items
    }
}

/// The times of a frame, as a section has them.
fn coded(frame: &Frame, before: i64, unit: i64) -> (i64, i64) {
    let newest = (before - frame.newest) / unit;
    (newest, (frame.newest - frame.oldest) / unit)
}

/// Bytes a frame takes in its section.
fn bytes_of(frame: &Frame, before: i64, unit: i64) -> usize {
    let (newest, oldest) = coded(frame, before, unit);
    let id = if frame.id.is_some() { 4 + 5 } else { 0 };
    let late = frame.late.iter();
    let late: usize = late
        .map(|(_, time)| 4 + varint((frame.oldest - time) / unit))
        .sum();
    varint(newest) + varint(oldest) + id + late
}

/// Bytes of a number as postcard writes it.
fn varint(number: i64) -> usize {
    let zigzag = (number << 1 ^ number >> 63).unsigned_abs();
    (u64::BITS - zigzag.leading_zeros()).div_ceil(7).max(1) as usize
}
