//! Which events of a batch are stored already, whatever batch they came in.
//!
//! Fingerprints of the ids stored in the batch's span of event time name the segments to look into;
//! only an equal (time, id) in a committed segment counts, and none of a lower rank ([`Rank`](crate::origin::Rank)): what
//! somebody stored under the id of an event of ours, or of AWS's, never keeps that one out. The check is bounded: where more
//! fingerprints lie in the span than [`MAX_SLICES`] give, the rest of the batch is stored unchecked,
//! and readers drop the second copy.

use std::collections::{BTreeMap, HashMap, HashSet};

use futures::StreamExt as _;
use futures::stream;

use super::Clock;
use super::intake::Intake;
use crate::account::AccountId;
use crate::instant::Instant;
use crate::reader::ReadError;
use crate::segment::columns::Columns;
use crate::segment::fingerprint;
use crate::segment::ranks::RowRanks;
use crate::store::key::{SegmentKey, SortRange};
use crate::store::{Identifiers, SegmentReader};

/// Most slices of fingerprints read for one day of a batch; DynamoDB's hold some 100,000 each.
const MAX_SLICES: usize = 4;
/// Segments looked into by one read.
const FETCH: usize = 16;
/// Reads under way at once; one holds some megabytes.
const READS_AT_ONCE: usize = 4;

/// The events of `intake` still to be stored that are stored already.
pub(super) async fn known<R: SegmentReader>(
    reader: &R,
    account: AccountId,
    intake: &Intake<'_>,
    clock: &impl Clock,
) -> Result<HashSet<usize>, ReadError> {
    let suspects = suspects(reader, account, intake, clock).await?;
    let wanted: HashMap<(Instant, &str), usize> = intake
        .chosen()
        .iter()
        .map(|event| {
            (
                (intake.events()[*event].time, &*intake.events()[*event].id),
                *event,
            )
        })
        .collect();
    let mut known = HashSet::new();
    let reads = suspects.chunks(FETCH).map(async |keys| {
        // Without time for it there is none to store anything either.
        if clock.may_begin() {
            reader.fetch(keys).await
        } else {
            Ok(Vec::new())
        }
    });
    let mut reads = stream::iter(reads).buffer_unordered(READS_AT_ONCE);
    while let Some(segments) = reads.next().await {
        for segment in segments? {
            let damaged = |source| ReadError::Damaged {
                key: segment.key.sort(),
                source: Box::new(source),
            };
            let columns = Columns::decode(&segment.columns).map_err(damaged)?;
            let ranks = RowRanks::of(&columns);
            known.extend((0..columns.rows()).filter_map(|row| {
                let id = columns.id(row);
                let event = *wanted.get(&(columns.time(row), &*id))?;
                let stays = ranks.get(row) >= intake.events()[event].rank;
                stays.then_some(event)
            }));
        }
    }
    Ok(known)
}

/// Segments that may hold one of the events.
async fn suspects<R: SegmentReader>(
    reader: &R,
    account: AccountId,
    intake: &Intake<'_>,
    clock: &impl Clock,
) -> Result<Vec<SegmentKey>, ReadError> {
    let mut spans: BTreeMap<i64, (Instant, Instant)> = BTreeMap::new();
    let mut prints = HashSet::new();
    for event in intake.chosen() {
        let event = &intake.events()[*event];
        prints.insert(fingerprint(&event.id));
        let span = spans
            .entry(event.time.day())
            .or_insert((event.time, event.time));
        *span = (span.0.min(event.time), span.1.max(event.time));
    }
    let days = spans.into_iter().map(async |(day, (oldest, newest))| {
        let range = SortRange::covering(oldest, newest);
        suspects_of(reader, (account, day), range, &prints, clock).await
    });
    let mut days = stream::iter(days).buffer_unordered(READS_AT_ONCE);
    let mut suspects = Vec::new();
    while let Some(found) = days.next().await {
        suspects.extend(found?);
    }
    Ok(suspects)
}

/// The same, of one day.
async fn suspects_of<R: SegmentReader>(
    reader: &R,
    (account, day): (AccountId, i64),
    range: SortRange,
    prints: &HashSet<[u8; 8]>,
    clock: &impl Clock,
) -> Result<Vec<SegmentKey>, ReadError> {
    let mut suspects = Vec::new();
    let mut range = Some(range);
    for _ in 0..MAX_SLICES {
        let Some(asked) = range.take().filter(|_| clock.may_begin()) else {
            break;
        };
        let slice = reader.identifiers(account, day, &asked).await?;
        range = slice.resume.map(|last| asked.below(&last));
        let has_one = |one: &&Identifiers| {
            let mut all = one.fingerprints.as_chunks().0.iter();
            all.any(|one| prints.contains(one))
        };
        suspects.extend(slice.items.iter().filter(has_one).map(|one| one.key));
    }
    Ok(suspects)
}
