//! Takes a batch in: checks each record, leaves out what is there already, writes the rest.

mod arrivals;
mod clock;
mod intake;
mod known;
mod ordinals;

use std::collections::HashSet;
use std::error::Error;
use std::sync::{Mutex, PoisonError};

use futures::StreamExt as _;
use futures::stream;

use crate::event::{Admission, Rejection};
use crate::origin::Origin;
use crate::segment::build::{Draft, SegmentEncoder};
use crate::store::{Committed, SegmentReader, SegmentWriter, WriteError};
use crate::window::{MAX_WRITE_MS, Window};
use intake::Intake;

pub use arrivals::arrive;
pub use clock::{Clock, Until};
pub use ordinals::Ordinals;

/// Segments written at once.
const WRITES_AT_ONCE: usize = 16;
/// How long before its end nothing is begun, in milliseconds: a segment's write takes some tens. What is still being
/// written then has the rest.
pub const LAST_BEGIN_MS: i64 = 2_000;

/// A record as it came in.
#[derive(Clone, Copy, Debug)]
pub struct Incoming<'a> {
    /// JSON text
    pub text: &'a str,
    /// which body it came in, of those stored together
    pub body: usize,
    /// how it came
    pub origin: &'a Origin,
}

impl<'a> Incoming<'a> {
    /// The records of a single body, which came from `origin`.
    pub fn of_one_body(records: &[&'a str], origin: &'a Origin) -> Vec<Self> {
        let of_body = |text: &&'a str| Self {
            text,
            body: 0,
            origin,
        };
        records.iter().map(of_body).collect()
    }
}

/// What became of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// it is stored
    Accepted,
    /// it was stored before, or stands twice in the batch
    Duplicate,
    /// it breaks a rule and is not stored
    Rejected(Rejection),
    /// it could not be stored now; sending it again is right and safe
    Failed,
}

/// A record's id, where it is known, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// the event's id: its own, or the one it was given
    pub id: Option<String>,
    /// what became of it
    pub outcome: Outcome,
}

/// What became of a batch.
#[derive(Debug)]
pub struct Ingested {
    /// one a record, in their order
    pub receipts: Vec<Receipt>,
    /// what went wrong on our side, for the log
    pub errors: Vec<Box<dyn Error + Send + Sync>>,
}

/// A write that took so long that its ingest window may be sealed.
#[derive(Debug, thiserror::Error)]
#[error("a segment took over {MAX_WRITE_MS} ms to write and was not committed")]
struct Outlived;

/// There is too little time left to write a segment in.
#[derive(Debug, thiserror::Error)]
#[error("{0} segments were not begun: less than {LAST_BEGIN_MS} ms were left")]
struct NoTime(usize);

/// Stores a batch of records. `ordinals` goes on from batch to batch where a body is stored in several.
///
/// `clock` is asked when a write begins and before it is committed: a segment is never committed
/// later than [`MAX_WRITE_MS`] after its window mark was made, and none is begun within [`LAST_BEGIN_MS`] of the
/// clock's end; those events count as failed. If the check for known events fails,
/// events are stored without it; readers drop second copies anyway.
pub async fn ingest<'a, S: SegmentReader + SegmentWriter>(
    store: &S,
    encoder: &Mutex<SegmentEncoder>,
    admission: &Admission,
    records: &[Incoming<'a>],
    ordinals: &mut Ordinals<'a>,
    clock: &impl Clock,
) -> Ingested {
    let mut errors: Vec<Box<dyn Error + Send + Sync>> = Vec::new();
    let mut intake = Intake::read(records, ordinals, admission);
    let known = known::known(store, admission.account, &intake, clock).await;
    let known = known.unwrap_or_else(|error| {
        errors.push(Box::new(error));
        HashSet::new()
    });
    let (known, mut fresh): (Vec<usize>, Vec<usize>) = intake
        .chosen()
        .iter()
        .partition(|event| known.contains(event));
    fresh.sort_unstable();
    intake.answer(&known, &Outcome::Duplicate);
    let drafts = encoder
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .encode(admission.account, intake.events(), &fresh);
    let drafts = drafts.unwrap_or_else(|error| {
        errors.push(Box::new(error));
        Vec::new()
    });
    let writes = drafts.into_iter().map(async |draft| {
        let written = if clock.may_begin() {
            Some(write(store, &draft, admission.retention_days, clock).await)
        } else {
            None
        };
        (written, draft)
    });
    let mut written = stream::iter(writes).buffer_unordered(WRITES_AT_ONCE);
    let mut not_begun = 0;
    while let Some((result, draft)) = written.next().await {
        match result {
            Some(Ok(Committed::Stored)) => intake.answer(&draft.members, &Outcome::Accepted),
            Some(Ok(Committed::AlreadyThere)) => intake.answer(&draft.members, &Outcome::Duplicate),
            Some(Err(error)) => errors.push(error.0),
            None => not_begun += 1,
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

/// Postings and the mark first, then the segment: the segment is the commit.
async fn write<S: SegmentWriter>(
    store: &S,
    draft: &Draft,
    retention_days: u32,
    clock: &impl Clock,
) -> Result<Committed, WriteError> {
    let begun = clock.now();
    let window = Window::of(begun);
    store.index(&draft.entries(window, retention_days)).await?;
    if clock.now() > begun.plus_millis(MAX_WRITE_MS) {
        return Err(WriteError(Box::new(Outlived)));
    }
    store.commit(&draft.segment(window, retention_days)).await
}
