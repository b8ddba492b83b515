//! Whole events of the rows that were picked.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::damaged;
use super::merge::Row;
use crate::page::FoundEvent;
use crate::reader::ReadError;
use crate::segment::view::View;
use crate::store::key::SegmentKey;
use crate::store::{SegmentReader, StoredSegment};

/// Segments fetched again at once: some 12 MB.
const AT_ONCE: usize = 32;

/// Rows of one segment.
struct Wanted {
    segment: Arc<StoredSegment>,
    /// the place in the answer, and which row
    rows: Vec<(usize, usize)>,
}

/// The events of `picked`, in its order. Each segment is opened once, however its rows are spread;
/// one whose bodies were given up is fetched again.
pub(super) async fn of<R: SegmentReader>(
    reader: &R,
    picked: Vec<(Row, Arc<StoredSegment>)>,
) -> Result<Vec<FoundEvent>, ReadError> {
    let mut events = Vec::with_capacity(picked.len());
    let mut wanted: BTreeMap<usize, Wanted> = BTreeMap::new();
    for (place, (row, segment)) in picked.into_iter().enumerate() {
        let rows = vec![];
        let of = wanted
            .entry(row.segment)
            .or_insert(Wanted { segment, rows });
        of.rows.push((place, row.place));
    }
    let wanted: Vec<Wanted> = wanted.into_values().collect();
    for wanted in wanted.chunks(AT_ONCE) {
        let again = bodiless(reader, wanted).await?;
        for Wanted { segment, rows } in wanted {
            let segment = again.get(&segment.key.sort()).unwrap_or(segment);
            let damaged = |source| damaged(&segment.key, source);
            let view = View::open(segment).map_err(damaged)?;
            for (place, row) in rows {
                events.push((*place, view.event(*row)));
            }
        }
    }
    events.sort_unstable_by_key(|(place, _)| *place);
    Ok(events.into_iter().map(|(_, event)| event).collect())
}

/// The segments whose bodies were given up, by their sort keys. One never changes; it can only have expired in between,
/// and then is damaged to us.
async fn bodiless<R: SegmentReader>(
    reader: &R,
    wanted: &[Wanted],
) -> Result<HashMap<String, Arc<StoredSegment>>, ReadError> {
    let given_up = wanted.iter().filter(|one| one.segment.bodies.is_empty());
    let keys: Vec<SegmentKey> = given_up.map(|one| one.segment.key).collect();
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let segments = reader.fetch(&keys).await?.into_iter();
    Ok(segments
        .map(|segment| (segment.key.sort(), Arc::new(segment)))
        .collect())
}

/// The segment with its bodies.
pub(super) async fn whole<'s, R: SegmentReader>(
    reader: &R,
    segment: &'s StoredSegment,
) -> Result<Cow<'s, StoredSegment>, ReadError> {
    if !segment.bodies.is_empty() {
        return Ok(Cow::Borrowed(segment));
    }
    // A segment never changes; it can only have expired in between, and then is damaged to us.
    let again = reader.fetch(&[segment.key]).await?.pop();
    Ok(again.map_or(Cow::Borrowed(segment), Cow::Owned))
}
