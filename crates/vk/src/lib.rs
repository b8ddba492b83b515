//! The VK protocol, `GET /v1/{project_id}/logs`, over [`http::Request`] and [`http::Response`].
//!
//! The embedder authenticates and authorizes; this crate answers. What it reads comes through [`ports`]: it
//! knows neither Lambda nor AWS, so tests drive it in process.
//!
//! # Request
//!
//! VK's document calls the parameters headers, and all its examples send them in the query: both are taken.
//!
//! | Parameter | Value |
//! |---|---|
//! | `from` | RFC 3339: nothing older; without it, as far back as events are kept |
//! | `to` | RFC 3339: nothing newer; both bounds are inclusive |
//! | `source` | only records that show exactly this as their `source` |
//! | `marker` | goes on where an answer ended; good for 1 hour, with the same project, `from`, `to` and `source` |
//! | `limit` | most records of an answer, 1 to 1000; without it 100 |
//!
//! An empty value is as none at all. A parameter given twice, or with one value in the query and another in the
//! header, is refused, and so is any query parameter that is not in the table. Names are read in any case: the
//! older document writes `From` and `To`. A `+` in the query is a plus, as in `2026-11-20T12:00:00+03:00`.
//!
//! # Reply
//!
//! `{"logs": […], "marker": "…"}`, newest first; [`record`] says what a record is. `marker` is left out on the
//! last page, and only there: a page that was ended because enough was read, or because a reply must stay below
//! Lambda's 6 MB, has one too, and then fewer records than `limit`, or none. A marker is a position, not an
//! offset: taken page by page, an answer has every record once, also while events arrive.
//!
//! Errors are OpenStack's: `{"error": {"code": 400, "title": "Bad Request", "message": "limit: …"}}`; the message
//! names the parameter and its rule. Every response has the request's id in `X-Openstack-Request-Id`.
//!
//! # Projects
//!
//! A project has the events that name it. The account's default project also has those that name none, as
//! `CloudTrail`'s do. No index tells those: there, events are read in order, and those of other projects are passed
//! over. Whether a project exists, only the embedder knows; one without events has an empty answer.

pub mod error;
mod fill;
mod marker;
pub mod parameters;
pub mod path;
pub mod ports;
pub mod record;
mod reply;
mod service;

pub use error::Error;
pub use marker::MarkerError;
pub use service::{Caller, OPERATION, Served, Service};
