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

/// Least rows of a piece: only these need not fit into one unit of reading.
const LEAST_ROWS: u32 = 2 * FRAME_ROWS;

/// Cuts directories into pieces.
struct Pieces {
    /// of each
    rows: u32,
    cut: Vec<(CodedPiece, Piece)>,
    /// behind those that were added
    row: u32,
}

impl Pieces {
    /// The directory of these runs, in pieces of so many rows.
    fn of(runs: &[(&Run, Frames)], rows: u32) -> Vec<(CodedPiece, Piece)> {
        let (cut, row) = (Vec::new(), 0);
        let mut pieces = Self { rows, cut, row };
        for (run, frames) in runs {
            pieces.add(run, frames);
        }
        pieces.cut
    }

    /// Adds a run, which follows those that were added.
    fn add(&mut self, run: &Run, frames: &Frames) {
        let mut before = None;
        for (number, frame) in (0..).zip(&frames.all) {
            let last = self.cut.last();
            if last.is_none_or(|(piece, _)| piece.first / self.rows < self.row / self.rows) {
                self.begin(run, frame);
                before = None;
            }
            let anchor = before.unwrap_or_else(|| {
                self.begin_section(run, number, frames.unit);
                Section::anchor(run.slots)
            });
            self.push(frame, anchor, frames.unit);
            before = Some(frame.least);
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
        let times = (before - frame.newest, frame.newest - frame.oldest);
        section.frames.push((times.0 / unit, times.1 / unit));
        let late = frame.late.iter();
        let late = late.map(|(row, time)| (number, *row, (frame.oldest - time) / unit));
        section.late.extend(late);
        if let Some(id) = frame.id.filter(|_| number > 0) {
            section.ids.push((number, id));
        }
    }
}

/// A directory, coded: contents of its pieces by first row.
pub(super) struct CodedDirectory {
    /// by first row
    pub pieces: Vec<(u32, Vec<u8>)>,
    /// rows of each piece; all, if it is one
    pub piece_rows: u32,
    /// table of contents and counts by hour, where they are items of their own
    pub beside: Option<(Vec<u8>, Vec<u8>)>,
}

/// Codes the directory of runs, in as few pieces as can be that have at most `room` bytes.
///
/// All pieces are of about as many rows, so that a row says which one it lies in: to find that in a table of contents
/// would be a read more for every block.
pub(super) fn code(
    runs: &[(&Run, Frames)],
    hours: &hours::Coded,
    room: usize,
) -> Result<CodedDirectory, Damaged> {
    let rows: u32 = runs.iter().map(|(run, _)| run.rows).sum();
    let mut count = 1;
    loop {
        let piece_rows = rows.div_ceil(count).max(LEAST_ROWS.min(rows));
        let hours = (hours, piece_rows >= rows);
        let directory = coded(runs, hours, piece_rows)?;
        let sizes = directory.pieces.iter().map(|(_, content)| content.len());
        let largest = sizes.max().unwrap_or(0);
        if largest <= room || piece_rows <= LEAST_ROWS {
            return Ok(directory);
        }
        // As many as are needed if rows take about as much everywhere, and some more in any case.
        let needed = (count as usize).saturating_mul(largest) / room.max(1);
        let needed = u32::try_from(needed).unwrap_or(u32::MAX);
        count = needed.max(count + count / 16 + 1);
    }
}

/// The same, in pieces of so many rows; and whether that are all.
fn coded(
    runs: &[(&Run, Frames)],
    (hours, is_one): (&hours::Coded, bool),
    piece_rows: u32,
) -> Result<CodedDirectory, Damaged> {
    let mut pieces = Pieces::of(runs, piece_rows);
    for (piece, _) in pieces.iter_mut().filter(|_| is_one) {
        piece.hours.clone_from(hours);
    }
    let (coded, listed): (Vec<CodedPiece>, Vec<Piece>) = pieces.into_iter().unzip();
    let pieces = coded.iter().map(|piece| Ok((piece.first, encode(piece)?)));
    let beside = || Ok((encode(&listed)?, encode(hours)?));
    Ok(CodedDirectory {
        pieces: pieces.collect::<Result<_, Damaged>>()?,
        piece_rows,
        beside: (!is_one).then(beside).transpose()?,
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
