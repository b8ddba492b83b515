//! Whole events of the rows that were picked.

use std::collections::BTreeMap;

use super::damaged;
use super::merge::Row;
use crate::page::FoundEvent;
use crate::reader::ReadError;
use crate::segment::view::View;
use crate::store::{SegmentReader, StoredSegment};

/// The events of `picked`, in its order. Each segment is opened once, however its rows are spread;
/// one whose bodies were given up is fetched again.
pub(super) async fn of<R: SegmentReader>(
    reader: &R,
    segments: Vec<StoredSegment>,
    picked: &[Row],
) -> Result<Vec<FoundEvent>, ReadError> {
    let mut rows: BTreeMap<usize, Vec<(usize, &Row)>> = BTreeMap::new();
    for (place, row) in picked.iter().enumerate() {
        rows.entry(row.segment).or_default().push((place, row));
    }
    let mut events = Vec::with_capacity(picked.len());
    for (number, segment) in segments.into_iter().enumerate() {
        let Some(rows) = rows.get(&number) else {
            continue;
        };
        let segment = whole(reader, segment).await?;
        let view = View::open(&segment).map_err(|source| damaged(&segment.key, source))?;
        for (place, row) in rows {
            let event = view.event(row.place);
            events.push((
                *place,
                event.map_err(|source| damaged(&segment.key, source))?,
            ));
        }
    }
    events.sort_unstable_by_key(|(place, _)| *place);
    Ok(events.into_iter().map(|(_, event)| event).collect())
}

async fn whole<R: SegmentReader>(
    reader: &R,
    segment: StoredSegment,
) -> Result<StoredSegment, ReadError> {
    if !segment.bodies.is_empty() {
        return Ok(segment);
    }
    // A segment never changes; it can only have expired in between, and then is damaged to us.
    let again = reader.fetch(&[segment.key]).await?.pop();
    Ok(again.unwrap_or(segment))
}
