//! What a directory says of the frames of a run.

use super::block::Run;
use super::rows::Rows;
use crate::damaged::Damaged;
use crate::instant::SECOND;
use crate::pack::{FRAME_ROWS, ON_TIME_MS};

/// Frames of a run, and what their rows say of its times.
pub(super) struct Frames {
    /// in row order
    pub all: Vec<Frame>,
    /// what all times are multiples of, in milliseconds
    pub unit: i64,
    /// newest, oldest that is not late, least
    pub times: Option<(i64, Option<i64>, i64)>,
}

/// Times of a frame's rows, in milliseconds.
pub(super) struct Frame {
    pub newest: i64,
    /// of those that are not late, unless all are
    pub oldest: i64,
    pub least: i64,
    /// row and time of late ones; none if all are
    pub late: Vec<(u8, i64)>,
    /// how the id of its newest row begins, if the row before it has the same time
    pub id: Option<u32>,
}

impl Frames {
    /// Looks at all rows of a run, which must be in read order.
    pub fn of<R: Rows>(run: &Run, parts: &[R]) -> Result<Self, Damaged> {
        let on_time = run.slots.0.start().millis() - ON_TIME_MS;
        let mut frames = Self {
            all: Vec::new(),
            unit: SECOND,
            times: None,
        };
        let frame_rows = FRAME_ROWS as usize;
        for part in parts {
            for first in (0..part.count()).step_by(frame_rows) {
                let times: Vec<i64> = (first..part.count().min(first + frame_rows))
                    .map(|row| part.time(row).millis())
                    .collect();
                frames.add(&times, on_time, || begins(&part.id(first)))?;
            }
        }
        Ok(frames)
    }

    fn add(
        &mut self,
        times: &[i64],
        on_time: i64,
        id: impl FnOnce() -> u32,
    ) -> Result<(), Damaged> {
        let ([newest, ..], [.., least]) = (times, times) else {
            return Ok(());
        };
        let before = self.all.last();
        if !times.is_sorted_by(|one, next| one >= next)
            || before.is_some_and(|before| before.least < *newest)
        {
            return Err(Damaged::Inconsistent("rows of a run are not in read order"));
        }
        if times.iter().any(|time| time % self.unit != 0) {
            self.unit = 1;
        }
        let punctual = times.partition_point(|time| *time >= on_time);
        // Of a frame that is late altogether its own times are bounds as good as any.
        let late_from = if punctual == 0 { times.len() } else { punctual };
        let late = (0..).zip(times).skip(late_from);
        let oldest = times.get(late_from - 1).unwrap_or(least);
        let follows =
            before.is_some_and(|before| before.late.is_empty() && before.least == *newest);
        self.all.push(Frame {
            newest: *newest,
            oldest: *oldest,
            least: *least,
            late: late.map(|(row, time)| (row, *time)).collect(),
            id: follows.then(id),
        });
        let (first, known, _) = self.times.unwrap_or((*newest, None, *least));
        let oldest = if punctual > 0 { Some(*oldest) } else { known };
        self.times = Some((first, oldest, *least));
        Ok(())
    }
}

/// How an id begins, as a number.
fn begins(id: &str) -> u32 {
    let mut first = [0; 4];
    for (to, from) in first.iter_mut().zip(id.bytes()) {
        *to = from;
    }
    u32::from_be_bytes(first)
}
