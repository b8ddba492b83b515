//! Counts the rows of one block.

use std::collections::BTreeMap;

use futures::future::try_join;

use super::feed::{Name, decoded};
use super::fetch::{Fetch, damaged};
use super::opened::Opened;
use super::part::Part;
use super::pieces::Pieces;
use super::search::{Search, Wanted};
use super::sets::Sets;
use super::tally::{HOUR, Tally};
use crate::columns::decompressed;
use crate::columns::matching;
use crate::index::{Block, FrameRef, error_hash, hours, hours_ask};
use crate::instant::Instant;
use crate::items::{ItemReader, Key, key};
use crate::pack::FRAME_ROWS;
use crate::query::Attribute;
use crate::reader::ReadError;

/// Columns read at once.
const PARTS: usize = 16;

/// Counts what matches. Gives from which time on all is counted, if the budget was spent before everything was.
///
/// Filters are looked at in columns: the index knows only how the hashes of values begin, so rows of other values may be
/// among those it names, and who chooses an id can make them be.
pub(super) async fn count<R: ItemReader>(
    fetch: &Fetch<'_, R>,
    search: &Search<'_>,
    block: &Block,
    mut tally: Tally,
) -> Result<(Tally, Option<Instant>), ReadError> {
    let is_indexed = search.known_to(block).count() == search.wanted.len();
    let mut next = None;
    if tally.top.is_none() && is_indexed && are_hours_enough(search, block, &tally) {
        by_hours(fetch, search, block, &mut tally).await?;
    } else if tally.top.is_none() && search.query.filters.is_empty() {
        by_rows(fetch, search, block, &mut tally).await?;
    } else {
        next = by_columns(fetch, search, block, &mut tally).await?;
    }
    Ok((tally, next))
}

/// Whether counts by the hour tell: all that they count is there, nothing else is asked than they know, and no hour of the block's lies in two cells or
/// only in part in the time asked for.
fn are_hours_enough(search: &Search<'_>, block: &Block, tally: &Tally) -> bool {
    let mut filters = search.query.filters.iter();
    if !search.has_all(block) || !filters.all(|filter| filter.attribute == Attribute::ReadOnly) {
        return false;
    }
    let first = block.least.max(search.oldest).millis().div_euclid(HOUR);
    let last = block.newest.min(search.newest).millis().div_euclid(HOUR);
    (first..=last).all(|hour| {
        let start = Instant::from_millis(hour * HOUR);
        let end = start.plus_millis(HOUR - 1);
        let is_cut = tally.cells.of(start) != tally.cells.of(end);
        // What is outside the block is not in the hour's count either.
        let has_all = start.max(block.least) >= search.oldest;
        !is_cut && has_all && end.min(block.newest) <= search.newest
    })
}

async fn by_hours<R: ItemReader>(
    fetch: &Fetch<'_, R>,
    search: &Search<'_>,
    block: &Block,
    tally: &mut Tally,
) -> Result<(), ReadError> {
    let ask = hours_ask(search.account, block);
    let wanted = search.query.read_only().flatten();
    for item in fetch.firsts(&[ask], |_, _| Ok(true)).await? {
        for hour in hours(&item).map_err(damaged(&item))? {
            let time = Instant::from_millis(hour.hour * HOUR);
            let last = time.plus_millis(HOUR - 1);
            let is_wanted = wanted.is_none_or(|wanted| wanted == hour.read_only);
            if is_wanted && last >= search.oldest && time <= search.newest {
                let cell = tally.at(time.max(search.oldest));
                cell.events += u64::from(hour.events);
                if hour.failed {
                    cell.failed += u64::from(hour.events);
                }
            }
        }
    }
    Ok(())
}

/// Rows whose times must be looked up: by part, which row of it and whether it failed.
type Unsure = BTreeMap<Name, Vec<(usize, bool)>>;

/// Counts all rows of the time, by the times of frames.
async fn by_rows<R: ItemReader>(
    fetch: &Fetch<'_, R>,
    search: &Search<'_>,
    block: &Block,
    tally: &mut Tally,
) -> Result<(), ReadError> {
    let mut pieces = Pieces::of(search, block);
    pieces.narrow(fetch, search, block).await?;
    let ranges = pieces.ranges(search);
    let error = Wanted {
        attribute: Attribute::ErrorCode,
        hash: error_hash(),
    };
    let failed = async {
        let sets = Sets::open(fetch, search, block, &[error]).await?;
        sets.all(fetch, search, block, &ranges).await
    };
    let load = pieces.load_all(fetch, search, block);
    let (failed, ()) = try_join(failed, load).await?;
    let mut unsure = Unsure::new();
    let frames = pieces.directories().flat_map(|piece| &piece.frames);
    for frame in frames.filter(|frame| search.overlaps_frame(frame)) {
        let start = failed.partition_point(|row| *row < frame.first);
        let end = failed.partition_point(|row| *row < frame.first + frame.rows);
        of_frame(search, frame, &failed[start..end], tally, &mut unsure);
    }
    look_up(fetch, search, unsure, tally).await
}

/// Counts rows of a frame whose cell is known, and puts the others aside.
fn of_frame(
    search: &Search<'_>,
    frame: &FrameRef,
    failed: &[u32],
    tally: &mut Tally,
    unsure: &mut Unsure,
) {
    let is_in = |time: Instant| time >= search.oldest && time <= search.newest;
    let cell = tally.cells.of(frame.newest);
    let is_sure =
        is_in(frame.newest) && is_in(frame.oldest) && cell == tally.cells.of(frame.oldest);
    for in_frame in 0..frame.rows {
        let has_failed = failed.binary_search(&(frame.first + in_frame)).is_ok();
        let mut late = frame.late.iter();
        let late = late.find(|(late, _)| u32::from(*late) == in_frame);
        let time = match late {
            Some((_, time)) => Some(*time),
            None => is_sure.then_some(frame.newest),
        };
        match time {
            Some(time) if is_in(time) => tally.event(time, has_failed),
            Some(_) => {}
            None => {
                let in_part = u32::from(frame.frame) * FRAME_ROWS + in_frame;
                let rows = unsure.entry((frame.run, frame.part)).or_default();
                rows.push((in_part as usize, has_failed));
            }
        }
    }
}

/// Counts rows by their times in columns.
async fn look_up<R: ItemReader>(
    fetch: &Fetch<'_, R>,
    search: &Search<'_>,
    unsure: Unsure,
    tally: &mut Tally,
) -> Result<(), ReadError> {
    let unsure: Vec<_> = unsure.into_iter().collect();
    for some in unsure.chunks(PARTS) {
        let names: Vec<Name> = some.iter().map(|(name, _)| *name).collect();
        for (part, (_, rows)) in parts(fetch, search, &names).await?.iter().zip(some) {
            let columns = decoded(part)?;
            for (row, has_failed) in rows {
                let time = columns.time(*row);
                if time >= search.oldest && time <= search.newest {
                    tally.event(time, *has_failed);
                }
            }
        }
    }
    Ok(())
}

/// Counts rows by columns, the newest parts first. Gives where to go on if that takes too much.
async fn by_columns<R: ItemReader>(
    fetch: &Fetch<'_, R>,
    search: &Search<'_>,
    block: &Block,
    tally: &mut Tally,
) -> Result<Option<Instant>, ReadError> {
    let mut opened = Opened::new(search, block.clone());
    let mut newest: BTreeMap<Name, Instant> = BTreeMap::new();
    while opened.is_undecided() {
        for frame in opened.frames(fetch, search).await? {
            let of_part = newest.entry(frame.part()).or_insert(frame.newest.time);
            *of_part = frame.newest.time.max(*of_part);
        }
    }
    let mut waiting: Vec<(Instant, Name)> = newest
        .into_iter()
        .map(|(name, time)| (time, name))
        .collect();
    waiting.sort_unstable_by(|a, b| b.cmp(a));
    for some in waiting.chunks(PARTS) {
        // Cells that are at or above this are counted.
        let edge = some.first().map(|(time, _)| tally.cells.edge_above(*time));
        if fetch.budget.is_spent() && edge.is_some_and(|edge| edge <= search.newest) {
            return Ok(edge);
        }
        fetch.budget.round();
        let names: Vec<Name> = some.iter().map(|(_, name)| *name).collect();
        for part in parts(fetch, search, &names).await? {
            let columns = decoded(&part)?;
            let rows = matching::rows(&columns, search.query, search.oldest, search.newest);
            tally.columns(&columns, rows.into_iter().map(|row| row as usize));
        }
    }
    Ok(None)
}

async fn parts<R: ItemReader>(
    fetch: &Fetch<'_, R>,
    search: &Search<'_>,
    names: &[Name],
) -> Result<Vec<Part>, ReadError> {
    let name = |(run, part): &Name| key::columns(search.account, *run, *part);
    let keys: Vec<Key> = names.iter().map(name).collect();
    let items = fetch.get_all(&keys).await?;
    let parts = names.iter().zip(items);
    parts
        .map(|((run, part), item)| {
            let columns = decompressed(&item.value).map_err(damaged(&item))?;
            Ok(Part::stored(*run, *part, columns))
        })
        .collect()
}
