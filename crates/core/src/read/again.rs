//! Events of L0 that L1 has too. A row of theirs may be a copy, or say otherwise: where L1's row does not match a filter,
//! nothing else would tell that it is there.

use std::future::Future;
use std::pin::Pin;

use futures::future::try_join_all;

use super::budget::{Budget, Limits};
use super::fetch::Fetch;
use super::finder::{Finder, Next};
use super::fresh::Fresh;
use super::search::Search;
use super::stream::Range;
use crate::account::AccountId;
use crate::head::Head;
use crate::index::Block;
use crate::items::ItemReader;
use crate::origin::{Origin, Rank};
use crate::page::{FoundEvent, Position};
use crate::query::{Attribute, Filter, Query};
use crate::reader::ReadError;

/// Events looked up side by side.
const AT_ONCE: usize = 64;

/// A row of L1: the one of the highest rank of an event.
pub(super) struct Known {
    pub rank: Rank,
    pub event: Box<FoundEvent>,
}

/// Of each event what L1 has of it, if anything.
pub(super) async fn known<R: ItemReader>(
    fetch: &Fetch<'_, R>,
    account: AccountId,
    head: &Head,
    events: &[&Position],
) -> Result<Vec<Option<Known>>, ReadError> {
    let mut known = Vec::with_capacity(events.len());
    for some in events.chunks(AT_ONCE) {
        let found = some.iter().map(|event| one(fetch, account, head, event));
        known.extend(try_join_all(found).await?);
    }
    Ok(known)
}

/// Boxed, as it is a search within a search.
fn one<'f, R: ItemReader>(
    fetch: &'f Fetch<'_, R>,
    account: AccountId,
    head: &'f Head,
    event: &'f Position,
) -> Pin<Box<dyn Future<Output = Result<Option<Known>, ReadError>> + Send + 'f>> {
    Box::pin(async move {
        let time = event.time;
        let is_then = |block: &&Block| block.least <= time && time <= block.newest;
        let blocks: Vec<Block> = head.blocks.iter().filter(is_then).cloned().collect();
        if blocks.is_empty() {
            return Ok(None);
        }
        fetch.budget.requests(blocks.len());
        let query = Query {
            start: Some(time),
            end: Some(time),
            filters: vec![Filter {
                attribute: Attribute::EventId,
                value: event.id.clone(),
            }],
        };
        let range = Range {
            after: None,
            horizon: time,
            now: time,
        };
        let search = Search::new(account, &query, range);
        // Half an answer would be none.
        let fetch = fetch.within(Budget::new(Limits::NONE, None, None));
        let rolled_up = Fresh {
            head: Head {
                blocks,
                ..Head::default()
            },
            held: Vec::new(),
            from: None,
        };
        let mut finder = Finder::new(&fetch, &search, rolled_up)?;
        Ok(match finder.next(1).await? {
            Next::Event(event) => {
                let origin: Option<Origin> = event.origin.parse().ok();
                let rank = origin.map_or(Rank::LOWEST, |origin| origin.rank());
                Some(Known { rank, event })
            }
            Next::Spent(_) | Next::End => None,
        })
    })
}
