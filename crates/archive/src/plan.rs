//! A window's segments in archive order, read ahead a few at a time.

use std::collections::HashMap;
use std::sync::Arc;

use activity_log_core::account::AccountId;
use activity_log_core::reader::ReadError;
use activity_log_core::store::key::SegmentKey;
use activity_log_core::store::{SegmentReader, StoredSegment, WindowReader};
use activity_log_core::window::Window;
use futures::stream::{self, Stream, StreamExt as _, TryStreamExt as _};

use crate::copies::Copies;

/// Marks read at once.
const MARKS: usize = 1_000;
/// Minutes whose copies are looked for at once: late events are spread over many.
const MINUTES_AHEAD: usize = 8;
/// Segments read at once, and how many times that ahead of the writer. An item has up to 380 KB.
const SEGMENTS: usize = 16;
const READS_AHEAD: usize = 4;

/// What stands behind a mark.
pub(crate) struct Marked {
    pub key: SegmentKey,
    /// `None`: it was never committed, or its retention is over
    pub segment: Option<StoredSegment>,
    /// copies of events of its minute
    pub copies: Arc<Copies>,
}

/// The segments marked in `window`, by sort key from the least, in groups.
pub(crate) fn segments<R: SegmentReader + WindowReader>(
    reader: &R,
    account: AccountId,
    window: Window,
) -> impl Stream<Item = Result<Vec<Marked>, ReadError>> {
    minutes(reader, account, window)
        .map_ok(move |keys| with_copies(reader, account, window, keys))
        .try_buffered(MINUTES_AHEAD)
        .map_ok(|(keys, copies)| {
            let chunks: Vec<Vec<SegmentKey>> = keys.chunks(SEGMENTS).map(<[_]>::to_vec).collect();
            let with_copies = move |keys| Ok((keys, Arc::clone(&copies)));
            stream::iter(chunks).map(with_copies)
        })
        .try_flatten()
        .map_ok(move |(keys, copies)| fetch(reader, keys, copies))
        .try_buffered(READS_AHEAD)
}

/// What is left to be read of the marks.
struct Marks {
    after: Option<String>,
    at_end: bool,
    ahead: Vec<SegmentKey>,
}

/// Marked keys, those of one minute together.
fn minutes<R: WindowReader>(
    reader: &R,
    account: AccountId,
    window: Window,
) -> impl Stream<Item = Result<Vec<SegmentKey>, ReadError>> {
    let marks = Marks {
        after: None,
        at_end: false,
        ahead: Vec::new(),
    };
    stream::try_unfold(marks, move |mut marks| async move {
        loop {
            let first = marks.ahead.first().map(|key| key.newest.minute());
            let same = |key: &SegmentKey| Some(key.newest.minute()) == first;
            let length = marks.ahead.iter().take_while(|key| same(key)).count();
            if length > 0 && (length < marks.ahead.len() || marks.at_end) {
                let rest = marks.ahead.split_off(length);
                let minute = std::mem::replace(&mut marks.ahead, rest);
                return Ok(Some((minute, marks)));
            }
            if marks.at_end {
                return Ok(None);
            }
            let slice = reader
                .marks(account, window, marks.after.as_deref(), MARKS)
                .await?;
            marks.ahead.extend(slice.items);
            marks.at_end = slice.resume.is_none();
            marks.after = slice.resume;
        }
    })
}

async fn with_copies<R: SegmentReader>(
    reader: &R,
    account: AccountId,
    window: Window,
    keys: Vec<SegmentKey>,
) -> Result<(Vec<SegmentKey>, Arc<Copies>), ReadError> {
    let copies = match keys.first() {
        Some(key) => Copies::of_minute(reader, account, key.newest.minute(), window).await?,
        None => Copies::default(),
    };
    Ok((keys, Arc::new(copies)))
}

/// A consistent order: what the store gives has none.
async fn fetch<R: SegmentReader>(
    reader: &R,
    keys: Vec<SegmentKey>,
    copies: Arc<Copies>,
) -> Result<Vec<Marked>, ReadError> {
    let found = reader.fetch(&keys).await?;
    let mut found: HashMap<SegmentKey, StoredSegment> =
        found.into_iter().map(|one| (one.key, one)).collect();
    let marked = keys.into_iter().map(|key| Marked {
        segment: found.remove(&key),
        key,
        copies: Arc::clone(&copies),
    });
    Ok(marked.collect())
}
