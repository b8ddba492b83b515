//! Events of L0 that L1 has too. A row of theirs may be a copy, or say otherwise: where L1's row does not match a filter,
//! nothing else would tell that it is there.

use std::future::Future;
use std::pin::Pin;

use futures::future::try_join_all;

use super::budget::{Budget, ReadLimits};
use super::fetch::Fetch;
use super::finder::{Finder, Next};
use super::fresh::Fresh;
use super::search::Search;
use super::stream::Range;
use crate::account::AccountId;
use crate::head::Head;
use crate::index::Block;
use crate::instant::Instant;
use crate::items::ItemReader;
use crate::origin::{Origin, Rank};
use crate::page::{FoundEvent, Position};
use crate::query::{Attribute, Filter, Query};
use crate::reader::ReadError;

/// Events looked up side by side.
pub(super) const AT_ONCE: usize = 64;

/// A row of L1: the one of the highest rank of an event.
pub(super) struct Known {
    pub rank: Rank,
    pub event: Box<FoundEvent>,
}

/// Whether anything must be read to know what L1 has of an event: for most there is no block of its time.
pub(super) fn is_asked(head: &Head, event: &Position) -> bool {
    let mut blocks = head.blocks.iter();
    blocks.any(|block| is_of(block, event))
}

fn is_of(block: &Block, event: &Position) -> bool {
    block.least <= event.time && event.time <= block.newest
}

/// Of each event what L1 has of it, if anything: of at most [`AT_ONCE`] of those that [`is_asked`] tells of, since whoever
/// asks looks at the budget, which pays for it, before each time.
pub(super) async fn known<R: ItemReader>(
    fetch: &Fetch<'_, R>,
    (account, now): (AccountId, Instant),
    head: &Head,
    events: &[&Position],
) -> Result<Vec<Option<Known>>, ReadError> {
    if events.iter().any(|event| is_asked(head, event)) {
        fetch.budget.round();
    }
    let found = events
        .iter()
        .map(|event| one(fetch, (account, now), head, event));
    try_join_all(found).await
}

/// How many of these, which are in order, are asked for at once: rows of one event together.
pub(super) fn at_once<'p>(head: &Head, events: impl Iterator<Item = &'p Position>) -> usize {
    let (mut asked, mut count) = (0, 0);
    let mut last: Option<&Position> = None;
    for event in events {
        if last != Some(event) {
            asked += usize::from(is_asked(head, event));
        }
        if asked > AT_ONCE {
            break;
        }
        last = Some(event);
        count += 1;
    }
    count
}

/// Boxed, as it is a search within a search.
fn one<'f, R: ItemReader>(
    fetch: &'f Fetch<'_, R>,
    (account, now): (AccountId, Instant),
    head: &'f Head,
    event: &'f Position,
) -> Pin<Box<dyn Future<Output = Result<Option<Known>, ReadError>> + Send + 'f>> {
    Box::pin(async move {
        let time = event.time;
        let blocks = head.blocks.iter().filter(|block| is_of(block, event));
        let blocks: Vec<Block> = blocks.cloned().collect();
        if blocks.is_empty() {
            return Ok(None);
        }
        let query = Query {
            start: Some(time),
            end: Some(time),
            filters: vec![Filter::is(Attribute::EventId, event.id.as_str())],
        };
        let range = Range {
            after: None,
            horizon: time,
            now: now.max(time),
        };
        let search = Search::new(account, &query, range);
        // Half an answer would be none; it is paid for when it is there.
        let outer = &fetch.budget;
        let fetch = fetch.within(Budget::new(ReadLimits::NONE, None, None));
        let rolled_up = Fresh {
            head: Head {
                blocks,
                ..Head::default()
            },
            held: Vec::new(),
            from: None,
        };
        let mut finder = Finder::new(&fetch, &search, rolled_up)?;
        let next = finder.next(1).await?;
        outer.charge(&fetch.budget);
        Ok(match next {
            Next::Event(event) => {
                let origin: Option<Origin> = event.origin.parse().ok();
                let rank = origin.map_or(Rank::LOWEST, |origin| origin.rank());
                Some(Known { rank, event })
            }
            Next::Spent(_) | Next::End => None,
        })
    })
}
