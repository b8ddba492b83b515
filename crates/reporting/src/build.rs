//! The machine: batches of events in, parts of a file out.

use std::collections::VecDeque;

use activity_log_core::fields::Cell;
use activity_log_core::fields::{Columns, ORIGIN};
use activity_log_core::instant::Instant;
use activity_log_core::items::ItemReader;
use activity_log_core::page::Position;
use activity_log_core::read::{Batch, Range, Records, Step, Stream};
use activity_log_core::reports::{Conditions, Format, Presence, Progress, ReportRequest};
use activity_log_plugin::BATCH_BYTES;
use activity_log_report::{Finished, Row, RowWriter, Settings, begin};

use crate::checkpoint::Checkpoint;
use crate::failure::{BuildError, too_large};
use crate::filter::{Filter, Spent};
use crate::inputs::{Opened, Rows};
use crate::outputs::Judged;
use crate::plugged::Plugged;

/// What a report is built by.
pub struct Plan<'a> {
    /// what was asked for
    pub request: &'a ReportRequest,
    /// the plugin, started
    pub filter: Option<Filter>,
    /// of the file
    pub settings: &'a Settings,
    /// nothing older than this exists for the reader
    pub horizon: Instant,
    /// most bytes of the file
    pub most_bytes: u64,
}

/// A report that is being built.
pub struct Build {
    conditions: Conditions,
    columns: Columns,
    plugged: Option<Plugged>,
    writer: Box<dyn RowWriter>,
    format: Format,
    /// parts that nobody took yet
    parts: VecDeque<Vec<u8>>,
    /// of all parts
    bytes: u64,
    most_bytes: u64,
    oldest: Instant,
    newest: Instant,
    after: Option<Position>,
    progress: Progress,
    batches: u64,
    /// by the runs before this one
    spent: Spent,
    asked: Asked,
}

/// Which of the fields that were asked for there are.
pub(crate) struct Asked {
    /// by conditions, of the events looked at
    pub conditions: Presence,
    /// as columns, of the rows
    pub columns: Presence,
}

/// A row that is in the report: its place in the batch, and in the verdict.
#[derive(Clone, Copy)]
struct Kept {
    place: usize,
    row: usize,
}

impl Build {
    /// Begins a report.
    pub fn start(plan: Plan<'_>) -> Result<Self, BuildError> {
        Self::new(plan, None)
    }

    /// Goes on with one that was suspended, of the same request and with the same settings.
    pub fn resume(plan: Plan<'_>, checkpoint: &Checkpoint) -> Result<Self, BuildError> {
        Self::new(plan, Some(checkpoint))
    }

    fn new(plan: Plan<'_>, checkpoint: Option<&Checkpoint>) -> Result<Self, BuildError> {
        let request = plan.request;
        let mut columns = Columns::asked(&request.columns)?;
        let plugged = plan
            .filter
            .map(|filter| Plugged::new(filter, &mut columns))
            .transpose()?;
        let writer = match checkpoint {
            None => begin(request.format, &columns, plan.settings)?,
            Some(checkpoint) => checkpoint.place().resume(&columns, plan.settings)?,
        };
        let conditions = Conditions::new(&request.conditions)?;
        let asked = Asked {
            conditions: conditions.presence(),
            columns: Presence::of(&request.columns),
        };
        Ok(Self {
            conditions,
            asked: match checkpoint {
                None => asked,
                Some(checkpoint) => checkpoint.asked(asked),
            },
            columns,
            plugged,
            writer,
            format: request.format,
            parts: VecDeque::new(),
            bytes: checkpoint.map_or(0, |checkpoint| checkpoint.place().bytes),
            most_bytes: plan.most_bytes,
            oldest: request.start.max(plan.horizon),
            newest: request.end,
            after: checkpoint.and_then(Checkpoint::after),
            progress: checkpoint.map_or_else(Progress::default, |checkpoint| checkpoint.progress),
            batches: checkpoint.map_or(0, |checkpoint| checkpoint.batches),
            spent: checkpoint.map_or_else(Spent::default, Checkpoint::spent),
        })
    }

    /// What is to be read next, at the time of the request: the stream's range.
    pub fn range(&self, now: Instant) -> Range {
        Range {
            after: self.after.clone(),
            horizon: self.oldest,
            now,
        }
    }

    /// How far it is.
    pub const fn progress(&self) -> Progress {
        self.progress
    }

    /// Takes what the stream gave; says whether that was the end.
    pub async fn take<R: ItemReader>(
        &mut self,
        stream: &Stream<'_, R>,
        step: Step,
    ) -> Result<bool, BuildError> {
        let reached = match step {
            Step::Batch(batch) => {
                self.batch(stream, &batch).await?;
                batch.reached().clone()
            }
            Step::Reached(position) => position,
            Step::End => return Ok(true),
        };
        let percent = Progress::percent_of(self.oldest, self.newest, reached.time);
        self.progress.percent = percent.max(self.progress.percent);
        self.after = Some(reached);
        Ok(false)
    }

    /// A part of the file, at least [`Settings::part_bytes`] long; to be asked after each step until there is none.
    pub fn take_part(&mut self) -> Option<Vec<u8>> {
        self.parts.pop_front()
    }

    /// Bytes that [`Build::finish`] has to go through before there is a file.
    pub fn waiting_bytes(&self) -> u64 {
        self.writer.waiting_bytes()
    }

    /// Stops: the last bytes, of any number, and where to go on. Not in a format that is delivered at its end.
    pub fn suspend(self) -> Result<(Vec<u8>, Checkpoint), BuildError> {
        let spent = self.spent();
        let (tail, place) = self.writer.suspend()?;
        let mut bytes: Vec<u8> = self.parts.into_iter().flatten().collect();
        bytes.extend(tail);
        let checkpoint = Checkpoint::new(self.after, place, self.progress, self.batches, spent)
            .asking(&self.asked);
        Ok((bytes, checkpoint))
    }

    /// What the maker of the report should know of what was asked for: fields that no event has.
    pub fn warnings(&self) -> Vec<String> {
        let Asked {
            conditions,
            columns,
        } = &self.asked;
        let mut warnings = conditions.warnings("condition on field", "that was looked at");
        warnings.extend(columns.warnings("column", "of the report"));
        warnings
    }

    /// Ends the file, when all was taken.
    pub fn finish(self) -> Result<Finished, BuildError> {
        Ok(self.writer.finish()?)
    }

    /// What the plugin used of what the report may use.
    pub fn spent(&self) -> Spent {
        let used = self
            .plugged
            .as_ref()
            .map(|plugged| plugged.filter.judge.used());
        let used = used.unwrap_or_default();
        Spent {
            fuel: self.spent.fuel + used.fuel,
            time_ms: self.spent.time_ms + used.time_ms,
        }
    }

    async fn batch<R: ItemReader>(
        &mut self,
        stream: &Stream<'_, R>,
        batch: &Batch,
    ) -> Result<(), BuildError> {
        let mut rows: Vec<usize> = (0..batch.rows().len()).collect();
        let judges_records = |plugged: &Plugged| plugged.inputs.need_records();
        let records =
            if !self.conditions.is_empty() || self.plugged.as_ref().is_some_and(judges_records) {
                Some(stream.records(batch, &rows).await?)
            } else {
                None
            };
        let opened = self.open(batch)?;
        self.progress.scanned += rows.len() as u64;
        if let Some(records) = records.as_ref().filter(|_| !self.conditions.is_empty()) {
            let mut matching = Vec::with_capacity(rows.len());
            for row in rows {
                let origin = origin(&opened, batch, row);
                let seen = &mut self.asked.conditions;
                if self.conditions.hold(records.get(row), origin, seen)? {
                    matching.push(row);
                }
            }
            rows = matching;
        }
        self.progress.matched += rows.len() as u64;
        let mut rest = rows.as_slice();
        while !rest.is_empty() {
            let (chunk, after) = rest.split_at(chunk(records.as_ref(), rest));
            rest = after;
            let judged = self.judge(&opened, batch, chunk, records.as_ref())?;
            let kept: Vec<Kept> = kept(chunk, judged.as_ref());
            let origins = origins(&opened, batch, &kept);
            if let Some(records) = &records {
                let rows = kept.iter().zip(origins);
                self.write(
                    rows.map(|(kept, origin)| (*kept, records.get(kept.place), origin)),
                    judged.as_ref(),
                )?;
            } else {
                let places: Vec<usize> = kept.iter().map(|kept| kept.place).collect();
                let records = stream.records(batch, &places).await?;
                let rows = kept.iter().zip(origins).enumerate();
                self.write(
                    rows.map(|(nth, (kept, origin))| (*kept, records.get(nth), origin)),
                    judged.as_ref(),
                )?;
            }
        }
        Ok(())
    }

    /// Decodes the columns of the batch's parts, if somebody will look at them.
    fn open<'b>(&self, batch: &'b Batch) -> Result<Vec<Opened<'b>>, BuildError> {
        let shows_origin = self.format.has_columns() && self.columns.position(ORIGIN).is_some();
        if self.plugged.is_none() && self.conditions.is_empty() && !shows_origin {
            return Ok(vec![]);
        }
        let opened = batch.parts().iter().map(Opened::open);
        Ok(opened.collect::<Result<_, _>>()?)
    }

    /// What the plugin says of rows of the batch, given by their places in it.
    fn judge(
        &mut self,
        opened: &[Opened<'_>],
        batch: &Batch,
        places: &[usize],
        records: Option<&Records>,
    ) -> Result<Option<Judged>, BuildError> {
        let Some(plugged) = &mut self.plugged else {
            return Ok(None);
        };
        self.batches += 1;
        let at: Vec<_> = places.iter().map(|place| batch.rows()[*place]).collect();
        let records: Vec<&str> = records.map_or_else(Vec::new, |records| {
            places.iter().map(|place| records.get(*place)).collect()
        });
        let rows = Rows {
            at: &at,
            records: &records,
        };
        plugged.judge(opened, rows, self.batches).map(Some)
    }

    fn write<'r>(
        &mut self,
        rows: impl Iterator<Item = (Kept, &'r str, &'r str)>,
        judged: Option<&Judged>,
    ) -> Result<(), BuildError> {
        let outputs = self
            .plugged
            .as_ref()
            .map(|plugged| &plugged.outputs)
            .zip(judged);
        let has_columns = self.format.has_columns();
        for (kept, record, origin) in rows {
            let record = match outputs {
                None => record.into(),
                Some((outputs, judged)) => {
                    outputs.record(record, judged, kept.row, !has_columns)?
                }
            };
            let mut cells = vec![];
            if has_columns {
                cells = self.columns.project(&record)?;
                self.columns.put_view(&mut cells, &record, origin);
                if let Some((outputs, judged)) = outputs {
                    outputs.fill_view(&self.columns, &mut cells, judged, kept.row);
                    outputs.fill(&mut cells, judged, kept.row);
                }
                let there = cells.iter().map(|cell| *cell != Cell::Absent);
                self.asked.columns.note(there);
            }
            self.writer.push(Row {
                record: &record,
                cells: &cells,
            })?;
            self.progress.rows += 1;
            while let Some(part) = self.writer.take_part() {
                self.bytes += part.len() as u64;
                self.parts.push_back(part);
            }
            if self.bytes > self.most_bytes {
                return Err(BuildError::Failed(self.too_large()));
            }
        }
        Ok(())
    }

    fn too_large(&self) -> activity_log_core::reports::Failure {
        too_large(format!(
            "The report needs more than the {} bytes it may have, after {} rows. Choose a shorter time, more filters or fewer columns.",
            self.most_bytes, self.progress.rows
        ))
    }
}

/// How the batch's row at this place came; nothing where no part was opened.
fn origin<'o>(opened: &'o [Opened<'_>], batch: &Batch, place: usize) -> &'o str {
    let at = batch.rows()[place];
    let part = opened.get(at.part);
    part.map_or("", |part| part.origin(at.row))
}

fn origins<'o>(opened: &'o [Opened<'_>], batch: &Batch, kept: &[Kept]) -> Vec<&'o str> {
    let places = kept.iter().map(|kept| kept.place);
    places.map(|place| origin(opened, batch, place)).collect()
}

/// How many of the rows go to the plugin at once: as many as have records that fit into its memory.
fn chunk(records: Option<&Records>, places: &[usize]) -> usize {
    let Some(records) = records else {
        return places.len();
    };
    let mut bytes = 0;
    let fitting = places.iter().take_while(|place| {
        bytes += records.get(**place).len();
        bytes <= BATCH_BYTES
    });
    fitting.count().max(1)
}

fn kept(places: &[usize], judged: Option<&Judged>) -> Vec<Kept> {
    let rows = places.iter().enumerate();
    let rows = rows.map(|(row, place)| Kept { place: *place, row });
    match judged {
        None => rows.collect(),
        Some(judged) => rows.filter(|kept| judged.verdict.keep[kept.row]).collect(),
    }
}
