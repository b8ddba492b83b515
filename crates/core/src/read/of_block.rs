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
/// Of so few rows the columns are looked at: another value's hash may begin alike.
const FEW: usize = 16;

/// Counts what matches.
pub(super) async fn count<R: ItemReader>(
    fetch: &Fetch<'_, R>,
    search: &Search<'_>,
    block: &Block,
    mut tally: Tally,
) -> Result<Tally, ReadError> {
    let is_indexed = search.known_to(block).count() == search.wanted.len();
    if tally.top.is_some() || !is_indexed || search.is_for_id() {
        by_columns(fetch, search, block, &mut tally).await?;
    } else if are_hours_enough(search, block, &tally) {
        by_hours(fetch, search, block, &mut tally).await?;
    } else {
        by_rows(fetch, search, block, &mut tally).await?;
    }
    Ok(tally)
}

/// Whether counts by the hour tell: nothing else is asked than they know, and no hour of the block's lies in two cells or
/// only in part in the time asked for.
fn are_hours_enough(search: &Search<'_>, block: &Block, tally: &Tally) -> bool {
    let mut filters = search.query.filters.iter();
    if !filters.all(|filter| filter.attribute == Attribute::ReadOnly) {
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

async fn by_rows<R: ItemReader>(
    fetch: &Fetch<'_, R>,
    search: &Search<'_>,
    block: &Block,
    tally: &mut Tally,
) -> Result<(), ReadError> {
    let mut pieces = Pieces::of(search, block);
    let wanted: Vec<Wanted> = search.known_to(block).collect();
    let matching = async {
        if wanted.is_empty() {
            return Ok(None);
        }
        Sets::open(fetch, search, block, &wanted).await.map(Some)
    };
    let (sets, ()) = try_join(matching, pieces.narrow(fetch, search, block)).await?;
    let ranges = pieces.ranges(search);
    let rows = match sets {
        None => None,
        Some(sets) => Some(sets.all(fetch, search, block, &ranges).await?),
    };
    if rows.as_ref().is_some_and(Vec::is_empty) {
        return Ok(());
    }
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
    let must_verify = rows.as_ref().is_some_and(|rows| rows.len() <= FEW);
    let mut unsure = Unsure::new();
    let frames = pieces.directories().flat_map(|piece| &piece.frames);
    for frame in frames.filter(|frame| search.overlaps_frame(frame)) {
        let of_frame = |rows: &[u32]| {
            let start = rows.partition_point(|row| *row < frame.first);
            let end = rows.partition_point(|row| *row < frame.first + frame.rows);
            start..end
        };
        let errors = &failed[of_frame(&failed)];
        let all: Vec<u32>;
        let rows = if let Some(rows) = &rows {
            &rows[of_frame(rows)]
        } else {
            all = (frame.first..frame.first + frame.rows).collect();
            &all
        };
        of_frame_rows(search, frame, rows, errors, must_verify, tally, &mut unsure);
    }
    look_up(fetch, search, unsure, must_verify, tally).await
}

/// Counts rows of a frame whose cell is known, and puts the others aside.
fn of_frame_rows(
    search: &Search<'_>,
    frame: &FrameRef,
    rows: &[u32],
    failed: &[u32],
    must_verify: bool,
    tally: &mut Tally,
    unsure: &mut Unsure,
) {
    let is_in = |time: Instant| time >= search.oldest && time <= search.newest;
    let cell = tally.cells.of(frame.newest);
    let is_sure = !must_verify
        && is_in(frame.newest)
        && is_in(frame.oldest)
        && cell == tally.cells.of(frame.oldest);
    for row in rows {
        let has_failed = failed.binary_search(row).is_ok();
        let in_frame = row - frame.first;
        let mut late = frame.late.iter();
        let late = late.find(|(late, _)| u32::from(*late) == in_frame);
        let time = match late {
            Some((_, time)) if !must_verify => Some(*time),
            None if is_sure => Some(frame.newest),
            _ => None,
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
    must_verify: bool,
    tally: &mut Tally,
) -> Result<(), ReadError> {
    let unsure: Vec<_> = unsure.into_iter().collect();
    for some in unsure.chunks(PARTS) {
        let names: Vec<Name> = some.iter().map(|(name, _)| *name).collect();
        for (part, (_, rows)) in parts(fetch, search, &names).await?.iter().zip(some) {
            let columns = decoded(part)?;
            let found = matching::rows(&columns, search.query, search.oldest, search.newest);
            for (row, has_failed) in rows {
                let number = u32::try_from(*row).unwrap_or(u32::MAX);
                let time = columns.time(*row);
                let is_in = if must_verify {
                    found.binary_search(&number).is_ok()
                } else {
                    time >= search.oldest && time <= search.newest
                };
                if is_in {
                    tally.event(time, *has_failed);
                }
            }
        }
    }
    Ok(())
}

async fn by_columns<R: ItemReader>(
    fetch: &Fetch<'_, R>,
    search: &Search<'_>,
    block: &Block,
    tally: &mut Tally,
) -> Result<(), ReadError> {
    let mut opened = Opened::new(search, block.clone());
    let mut names: Vec<Name> = Vec::new();
    while opened.is_undecided() {
        let frames = opened.frames(fetch, search).await?;
        names.extend(frames.iter().map(super::candidates::Candidate::part));
    }
    names.sort_unstable();
    names.dedup();
    for some in names.chunks(PARTS) {
        fetch.budget.round();
        for part in parts(fetch, search, some).await? {
            let columns = decoded(&part)?;
            let rows = matching::rows(&columns, search.query, search.oldest, search.newest);
            tally.columns(&columns, rows.into_iter().map(|row| row as usize));
        }
    }
    Ok(())
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
