//! Finds a page of an answer: attributes' filters are the store's to answer, and what they find is tried by what its records
//! say, page after page, until there are enough or it takes too much.

use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;
use activity_log_core::page::{FoundEvent, PageRequest, Position, escaped_len};
use activity_log_core::reader::EventReader;
use activity_log_core::reports::{Conditions, Presence};
use serde_json::value::RawValue;

use super::body::Question;
use super::shape;
use crate::error::ApiError;

/// Bytes of records to ask the store for at once: about what fills a reply.
const RECORD_BYTES: usize = 4_000_000;
/// Most bytes of events in a reply, escaped as in Lambda's envelope. Its limit is 6,291,556; the rest is for the envelope,
/// the headers and the token.
const REPLY_BYTES: usize = 6_000_000;
/// Events tried at once by what their records say.
const TRIED_AT_ONCE: usize = 500;
/// How often more are tried, at most: memory does not grow with it, but time does.
const MOST_TRIES: usize = 20;

/// Part of an answer.
#[derive(Debug)]
pub struct Found {
    /// newest first, as JSON
    pub events: Vec<Box<RawValue>>,
    /// where to go on; `None`: the answer is complete
    pub next: Option<Position>,
    /// fields that none of the events had that were tried
    pub warnings: Vec<String>,
}

/// Whose events, and of which time.
#[derive(Clone, Debug)]
pub struct Range {
    /// whose
    pub account: AccountId,
    /// go on behind this one
    pub after: Option<Position>,
    /// nothing older exists for the reader
    pub horizon: Instant,
    /// the time of the request
    pub now: Instant,
}

/// Finds what is asked for, as much as a reply has room for and as far as it takes not too long. It may be nothing, with
/// somewhere to go on.
pub async fn find(
    events: &impl EventReader,
    question: &Question,
    range: Range,
) -> Result<Found, ApiError> {
    let conditions = Conditions::new(&question.conditions);
    let conditions = conditions.map_err(|error| ApiError::field("filters", error))?;
    let mut gathered = Gathered::new(&conditions, question.limit, REPLY_BYTES);
    let mut page = PageRequest {
        max_events: if conditions.is_empty() {
            question.limit
        } else {
            TRIED_AT_ONCE.max(question.limit)
        },
        max_bytes: RECORD_BYTES,
        after: range.after,
        horizon: range.horizon,
        now: range.now,
        deadline: None,
    };
    let mut next = None;
    for _ in 0..MOST_TRIES {
        let found = events.find(range.account, &question.query, &page).await;
        let found = found.map_err(ApiError::unread)?;
        // A page that ends before it is full took as much as it may.
        let is_full = found.events.len() == page.max_events;
        next = found.next;
        if let Some(last) = gathered.add(found.events)? {
            next = Some(last);
            break;
        }
        let is_enough = conditions.is_empty() || gathered.events.len() == question.limit;
        if is_enough || !is_full || next.is_none() {
            break;
        }
        page.after.clone_from(&next);
    }
    Ok(gathered.into_found(next))
}

/// What was found so far.
struct Gathered<'c> {
    conditions: &'c Conditions,
    presence: Presence,
    limit: usize,
    most_bytes: usize,
    bytes: usize,
    events: Vec<Box<RawValue>>,
    last: Option<Position>,
}

impl<'c> Gathered<'c> {
    fn new(conditions: &'c Conditions, limit: usize, most_bytes: usize) -> Self {
        Self {
            presence: conditions.presence(),
            conditions,
            limit,
            most_bytes,
            bytes: 0,
            events: Vec::new(),
            last: None,
        }
    }

    /// Takes those that match. If one has no room, gives where to go on: behind the last that has.
    fn add(&mut self, found: Vec<FoundEvent>) -> Result<Option<Position>, ApiError> {
        for event in found {
            let holds = self
                .conditions
                .hold(&event.record, &event.origin, &mut self.presence);
            if !holds.map_err(ApiError::unavailable)? {
                continue;
            }
            if self.events.len() == self.limit {
                return Ok(self.last.clone());
            }
            let written = shape::event(&event)?;
            self.bytes += escaped_len(written.get()) + 1;
            // One always fits: a record is at most 256 KB, and escaping makes it four times that at worst.
            if self.bytes > self.most_bytes && self.last.is_some() {
                return Ok(self.last.clone());
            }
            self.events.push(written);
            self.last = Some(event.position);
        }
        Ok(None)
    }

    fn into_found(self, next: Option<Position>) -> Found {
        let warnings = if self.events.is_empty() {
            self.presence
                .warnings("condition on field", "that was looked at")
        } else {
            Vec::new()
        };
        Found {
            events: self.events,
            next,
            warnings,
        }
    }
}

#[cfg(test)]
mod tests;
