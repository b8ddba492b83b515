//! `GET /v1/events/{id}`: one event.

use std::cmp::Reverse;

use activity_log_core::instant::{DAY, Instant};
use activity_log_core::origin::{Origin, Rank};
use activity_log_core::page::{FoundEvent, PageRequest};
use activity_log_core::query::{Attribute, Filter, Query, Test};
use activity_log_core::reader::EventReader as _;
use http::{Method, StatusCode};
use percent_encoding::percent_decode_str;

use crate::error::{ApiError, Code, quoted};
use crate::events::shape;
use crate::operation::{Call, Nothing, Operation};
use crate::ports::Ports;
use crate::reply::Reply;

/// Events of one id that are compared.
const MOST_ALIKE: usize = 10;
/// How often it is looked further where a page took as much as it may.
const MOST_PAGES: usize = 5;

/// The operation.
pub struct GetEvent;

impl<P: Ports> Operation<P> for GetEvent {
    const NAME: &'static str = "GetEvent";
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/v1/events/{id}";
    const READ_ONLY: bool = true;
    type Input = Nothing;

    fn parse(call: &Call<'_, P>) -> Result<Nothing, ApiError> {
        filter(call)?;
        Ok(Nothing {})
    }

    async fn run(call: &Call<'_, P>, _: Nothing) -> Result<Reply, ApiError> {
        let query = Query {
            filters: vec![filter(call)?],
            ..Query::default()
        };
        let kept_days = i64::from(call.ports.retention_days(&call.principal.account));
        let mut page = PageRequest {
            max_events: MOST_ALIKE,
            max_bytes: usize::MAX,
            after: None,
            horizon: call.now.plus_millis(-kept_days * DAY),
            now: call.now,
            deadline: None,
        };
        for _ in 0..MOST_PAGES {
            let found = call
                .ports
                .events()
                .find(call.account(), &query, &page)
                .await;
            let found = found.map_err(ApiError::unread)?;
            if let Some(event) = found.events.iter().max_by_key(|event| believed(event)) {
                return Ok(Reply::text(
                    StatusCode::OK,
                    shape::event(event)?.get().to_owned(),
                ));
            }
            if found.next.is_none() {
                return Err(not_found(call, page.horizon));
            }
            page.after = found.next;
        }
        let rule = "Too many events are read now. Try again";
        Err(ApiError::new(Code::THROTTLING, rule))
    }
}

/// Of several events with one id, which senders choose, the one that is believed most; of equals the first there was.
fn believed(event: &FoundEvent) -> (Rank, Reverse<Instant>) {
    let origin: Option<Origin> = event.origin.parse().ok();
    let rank = origin.map_or(Rank::LOWEST, |origin| origin.rank());
    (rank, Reverse(event.position.time))
}

fn filter<P>(call: &Call<'_, P>) -> Result<Filter, ApiError> {
    let id = percent_decode_str(call.id).decode_utf8();
    let id = id.map_err(|_| ApiError::field("id", format!("{} is not UTF-8", quoted(call.id))))?;
    let filter = Filter::new(Attribute::EventId, Test::is(id));
    filter.map_err(|error| ApiError::field("id", error))
}

fn not_found<P>(call: &Call<'_, P>, horizon: Instant) -> ApiError {
    ApiError::new(
        Code::EVENT_NOT_FOUND,
        format!(
            "No event with the id {} is kept; events from before {horizon} are kept no more",
            quoted(call.id)
        ),
    )
}
