//! A page of an answer: by the index where it knows all that is asked, else by columns.

use super::arrived::Extent;
use super::budget::{Budget, ReadLimits};
use super::fetch::Fetch;
use super::finder::{Finder, Next};
use super::fresh::Fresh;
use super::search::Search;
use super::stream::Range;
use super::{Events, by_columns, fresh};
use crate::account::AccountId;
use crate::items::ItemReader;
use crate::page::{Page, PageRequest};
use crate::query::Query;
use crate::reader::ReadError;

pub(super) async fn find<R: ItemReader>(
    events: &Events<R>,
    limits: ReadLimits,
    account: AccountId,
    query: &Query,
    page: &PageRequest,
) -> Result<Page, ReadError> {
    let range = Range {
        after: page.after.clone(),
        horizon: page.horizon,
        now: page.now,
    };
    let mut search = Search::new(account, query, range);
    if search.is_empty() {
        return Ok(Page::default());
    }
    let budget = Budget::new(limits, page.after.clone(), page.deadline.clone());
    let fetch = Fetch::new(events.items(), events.cache(), budget, true);
    let remembered = events.remembered(account);
    let much = (Extent::Budget, events.held_bytes(fresh::PAGE_BYTES));
    let fresh = Fresh::read(&fetch, &search, remembered, much).await?;
    events.remember(account, fresh::Remembered::of(&fresh.head, page.now));
    let end = fresh.cut(&mut search)?;
    if query.needs_columns() {
        let mut page = by_columns::find(&fetch, &search, &fresh, page).await?;
        page.next = page.next.or(end);
        return Ok(page);
    }
    let mut finder = Finder::new(&fetch, &search, fresh)?;
    let max_events = page.max_events.max(1);
    let mut found = Page::default();
    let mut bytes = 0;
    loop {
        // One more than fits tells whether there is more.
        let want = max_events + 1 - found.events.len();
        let event = match finder.next(want).await? {
            Next::Event(event) => *event,
            Next::Spent(frontier) => {
                found.next = Some(frontier);
                break;
            }
            Next::End => {
                found.next = end;
                break;
            }
        };
        bytes += event.record.len();
        let is_full = found.events.len() == max_events || bytes > page.max_bytes;
        if is_full && let Some(last) = found.events.last() {
            found.next = Some(last.position.clone());
            break;
        }
        found.events.push(event);
    }
    Ok(found)
}
