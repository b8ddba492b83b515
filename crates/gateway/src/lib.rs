//! API Gateway's HTTP API events (payload format 2.0) to [`http`] requests, and responses back.
//!
//! What stands behind this crate speaks plain [`http::Request`] and [`http::Response`] over
//! [`bytes::Bytes`] and can be driven in process by any HTTP client; only this crate knows that a
//! gateway put the message into JSON.
//!
//! # The API lives at the root of its origin
//!
//! A Signature V4 client signs the path it sends. A base path in front of ours (a named stage
//! `/prod`, an API mapping of a custom domain, `/_aws/execute-api/{id}` of an emulator) would be
//! signed by the client and then be cut off, or not, before the function sees it, and no rule
//! could tell which. So there is none: the API is the `$default` stage of an HTTP API, a custom
//! domain maps to it without a base path, and locally a small proxy gives it an origin of its own.
//! What the client signed is then `rawPath`, and it is taken as it is.
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

mod request;
mod response;
mod uri;

pub use request::{BadEvent, Caller, MAX_EVENT_BYTES, into_request};
pub use response::from_response;
