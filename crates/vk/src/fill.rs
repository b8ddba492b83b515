//! Fills a page with a project's events.
//!
//! What an index cannot tell is told here: which events of the account are the default project's. So a page may take
//! several readings. It always ends with what comes next: one event more than wanted is looked for, and only where
//! there is none is the page the last.

use activity_log_core::account::AccountId;
use activity_log_core::instant::{Instant, SECOND};
use activity_log_core::page::{FoundEvent, Page, PageRequest, Position};
use activity_log_core::query::Query;
use activity_log_core::reader::EventReader;

use crate::error::Error;
use crate::parameters::MAX_LIMIT;
use crate::ports::Ports;
use crate::record::Shape;
use crate::reply::Logs;

/// Bytes of records read at once.
const READ_BYTES: usize = 4_000_000;
/// Most events read at once.
const READ_EVENTS: usize = MAX_LIMIT + 1;
/// No other reading begins after this long, in milliseconds: one takes a few seconds at most, and the function's
/// timeout is 29.
const READING_MS: i64 = 10 * SECOND;

/// What is looked for.
#[derive(Debug)]
pub struct Search<'a> {
    pub account: AccountId,
    /// narrows by index what can be
    pub query: Query,
    /// keeps, of what is found, what names this project or none
    pub default_project: Option<&'a str>,
    pub limit: usize,
    pub after: Option<Position>,
    pub horizon: Instant,
    /// when the request began
    pub now: Instant,
}

/// A page.
#[derive(Debug)]
pub struct Filled {
    pub logs: Logs,
    /// where to go on; `None` means the answer is complete
    pub next: Option<Position>,
}

/// Reads until the page is full, there is nothing more, or enough was read.
pub async fn fill<P: Ports>(ports: &P, search: &Search<'_>) -> Result<Filled, Error> {
    let shape = Shape::new().map_err(Error::internal)?;
    let mut logs = Logs::new(search.limit);
    let mut request = search.first();
    let mut seen = None;
    loop {
        let page = ports
            .events()
            .find(search.account, &search.query, &request)
            .await?;
        let is_spent = is_spent(&page);
        for found in page.events {
            if search.shows(&found) {
                let log = shape.log(&found).map_err(Error::internal)?;
                if !logs.push(&log).map_err(Error::internal)? {
                    return Ok(Filled { logs, next: seen });
                }
            }
            seen = Some(found.position);
        }
        let is_late = ports.now() >= search.now.plus_millis(READING_MS);
        if page.next.is_none() || is_spent || is_late {
            let next = page.next;
            return Ok(Filled { logs, next });
        }
        request.after = page.next;
        request.max_events = (request.max_events * 4).min(READ_EVENTS);
    }
}

/// Whether the reader gave up before what was asked for was full: it then goes on behind its last event.
fn is_spent(page: &Page) -> bool {
    page.next != page.events.last().map(|last| last.position.clone())
}

impl Search<'_> {
    fn first(&self) -> PageRequest {
        PageRequest {
            max_events: self.limit + 1,
            max_bytes: READ_BYTES,
            after: self.after.clone(),
            horizon: self.horizon,
            now: self.now,
            deadline: None,
        }
    }

    fn shows(&self, found: &FoundEvent) -> bool {
        match (self.default_project, &found.project) {
            (Some(default), Some(project)) => default == project,
            _ => true,
        }
    }
}
