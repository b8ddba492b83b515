//! Takes a batch in as arrivals (L0): checks each record, writes the rest as it came. What is in the store already is
//! left out only if the very same batch came a moment ago; of all other copies the roll-up and readers drop the later.

use std::cmp::Reverse;
use std::error::Error;
use std::sync::{Mutex, PoisonError};

use futures::StreamExt as _;
use futures::stream;

use super::intake::Intake;
use super::{Clock, Incoming, Ingested, LAST_BEGIN_MS, Ordinals, Outcome};
use crate::account::AccountId;
use crate::damaged::Damaged;
use crate::event::{Admission, Event};
use crate::items::{Consistency, Created, ItemReader, ItemWriter, MAX_VALUE_BYTES, WriteError};
use crate::pack::{ArrivalDraft, PackEncoder, is_late};
use crate::slot::{MAX_WRITE_MS, Slot};

/// Largest sum of records tried in one arrival, before compression, in bytes.
const MAX_PLAIN_BYTES: usize = 4 * 1024 * 1024;

/// Arrivals written at once.
const WRITES_AT_ONCE: usize = 16;

type Failure = Box<dyn Error + Send + Sync>;

/// A write that took so long that its slot may be sealed.
#[derive(Debug, thiserror::Error)]
#[error("an arrival took over {MAX_WRITE_MS} ms to write and was not committed")]
struct Outlived;

/// There is too little time left to write an arrival in.
#[derive(Debug, thiserror::Error)]
#[error("{0} arrivals were not begun: less than {LAST_BEGIN_MS} ms were left")]
struct NoTime(usize);

/// An arrival to be written, and which events of the batch it holds.
struct Outgoing {
    draft: ArrivalDraft,
    members: Vec<usize>,
}

/// Stores a batch of records in `shards` partitions a lane. `ordinals` goes on from batch to batch where a body is stored
/// in several.
///
/// `clock` is asked when a write begins, which gives the slot, and right before it is committed: an arrival is never
/// committed later than [`MAX_WRITE_MS`] after that, and none is begun within
/// [`LAST_BEGIN_MS`] of the clock's end; those events count as failed. That a commit is over within
/// [`MAX_COMMIT_MS`](crate::slot::MAX_COMMIT_MS) is the store's duty. A batch that is sent again in the same slot or the
/// next is told to be a duplicate, in whatever order its records come. If that cannot be looked up, it is stored.
pub async fn arrive<'a, S: ItemReader + ItemWriter>(
    store: &S,
    (encoder, shards): (&Mutex<PackEncoder>, u8),
    admission: &Admission,
    records: &[Incoming<'a>],
    ordinals: &mut Ordinals<'a>,
    clock: &impl Clock,
) -> Ingested {
    let mut errors: Vec<Failure> = Vec::new();
    let mut intake = Intake::read(records, ordinals, admission);
    let mut outgoing = Vec::new();
    {
        let mut encoder = encoder.lock().unwrap_or_else(PoisonError::into_inner);
        for lane in lanes(&intake, Slot::of(clock.now())) {
            let packed = pack(
                &mut encoder,
                admission.account,
                intake.events(),
                &lane,
                &mut outgoing,
            );
            errors.extend(packed.err().map(Failure::from));
        }
    }
    let writes = outgoing.into_iter().map(async |one| {
        let written = if clock.may_begin() {
            Some(write(store, &one.draft, shards, clock).await)
        } else {
            None
        };
        (written, one.members)
    });
    let mut written = stream::iter(writes).buffer_unordered(WRITES_AT_ONCE);
    let mut not_begun = 0;
    while let Some((written, members)) = written.next().await {
        let Some(Written { created, unread }) = written else {
            not_begun += 1;
            continue;
        };
        errors.extend(unread);
        match created {
            Ok(Created::New) => intake.answer(&members, &Outcome::Accepted),
            Ok(Created::AlreadyThere) => intake.answer(&members, &Outcome::Duplicate),
            Err(error) => errors.push(error.0),
        }
    }
    drop(written);
    if not_begun > 0 {
        errors.push(Box::new(NoTime(not_begun)));
    }
    Ingested {
        receipts: intake.into_receipts(),
        errors,
    }
}

/// Events to be stored in read order: those that are on time, and those that are late in this slot, so that a late one
/// does not take others into the lane that every page about the past reads.
fn lanes(intake: &Intake<'_>, slot: Slot) -> [Vec<usize>; 2] {
    let events = intake.events();
    let mut order = intake.chosen().to_vec();
    order.sort_unstable_by_key(|member| Reverse((events[*member].time, &events[*member].id)));
    let on_time = order.partition_point(|member| !is_late(events[*member].time, slot));
    let late = order.split_off(on_time);
    [order, late]
}

/// Packs events that are in read order into one arrival, or halves of it where the item would be too large.
fn pack(
    encoder: &mut PackEncoder,
    account: AccountId,
    events: &[Event<'_>],
    members: &[usize],
    outgoing: &mut Vec<Outgoing>,
) -> Result<(), Damaged> {
    if members.is_empty() {
        return Ok(());
    }
    let rows: Vec<&Event<'_>> = members.iter().map(|member| &events[*member]).collect();
    let plain: usize = rows.iter().map(|event| event.text.len()).sum();
    let is_surely_too_large = plain > MAX_PLAIN_BYTES && rows.len() > 1;
    if !is_surely_too_large {
        let draft = ArrivalDraft::new(encoder, account, &rows)?;
        if draft.size() <= MAX_VALUE_BYTES {
            let members = members.to_vec();
            outgoing.push(Outgoing { draft, members });
            return Ok(());
        }
        if rows.len() == 1 {
            return Err(Damaged::Inconsistent("one event does not fit an arrival"));
        }
    }
    let (newer, older) = members.split_at(members.len() / 2);
    pack(encoder, account, events, newer, outgoing)?;
    pack(encoder, account, events, older, outgoing)
}

/// What became of an arrival, and whether it could not be looked up first.
struct Written {
    created: Result<Created, WriteError>,
    unread: Option<Failure>,
}

/// The arrival is its own commit: it is there or not.
async fn write<S: ItemReader + ItemWriter>(
    store: &S,
    draft: &ArrivalDraft,
    shards: u8,
    clock: &impl Clock,
) -> Written {
    let begun = clock.now();
    let (_, before) = draft.place(Slot::of(begun).previous(), shards);
    let known = store.get(&[before], Consistency::Strong).await;
    let (is_known, unread) = match known {
        Ok(items) => (!items.is_empty(), None),
        Err(error) => (false, Some(Failure::from(error))),
    };
    let created = if is_known {
        Ok(Created::AlreadyThere)
    } else if clock.now() > begun.plus_millis(MAX_WRITE_MS) {
        Err(WriteError(Box::new(Outlived)))
    } else {
        store.create(&draft.item(begun, shards)).await
    };
    Written { created, unread }
}
