//! API Gateway's events, of HTTP APIs (payload format 2.0) and of REST APIs, to [`http`] requests, and responses back.
//!
//! What stands behind this crate speaks plain [`http::Request`] and [`http::Response`] over
//! [`bytes::Bytes`] and can be driven in process by any HTTP client; only this crate knows that a
//! gateway put the message into JSON.
//!
//! # The path that is signed, and the path we route by
//!
//! A Signature V4 client signs the path it sends. An HTTP API's event has one path, and with a base path in front of
//! ours no rule could tell whether that still has it. So there is none: the API is the `$default` stage, a custom domain
//! maps to it without a base path, and locally a small proxy gives it an origin of its own. What the client signed is
//! then `rawPath`, and it is taken as it is.
//!
//! A REST API always has a stage in front (`/api`), or a custom domain's base path. Its event tells both:
//! `requestContext.path` is what the client sent ([`SentPath`]), and what the resource `/{proxy+}` matched is ours.
//!
//! # What API Gateway changes on the way
//!
//! * `rawPath` arrives **percent-decoded** on HTTP APIs (function URLs and REST APIs leave it
//!   alone; captures of both: `middleapi/standard-server` pull request 93 and
//!   `hotsock/voker` pull request 8). Characters that cannot stand in an encoded path are encoded
//!   again here, so the request always parses and `?` stays part of the path. `%2F` and other
//!   encoded *delimiters* cannot be told from plain ones: our paths use unreserved characters only.
//! * Header names arrive in lower case, several of one name as one value with commas, cookies
//!   apart from the headers.
//! * A body that is not text arrives as base64.

mod event;
mod request;
mod response;
mod rest;
pub mod testing;
mod uri;

pub use event::{Answer, Event, Front, from_response, into_request};
pub use request::{BadEvent, Caller, MAX_EVENT_BYTES, SentPath};
