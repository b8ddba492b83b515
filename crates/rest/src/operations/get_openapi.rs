//! `GET /v1/openapi.json`: the description of this API, for everyone.

use http::{Method, StatusCode};

use crate::openapi::DOCUMENT;
use crate::operation::{Handler, Row};
use crate::reply::Reply;

/// The row.
pub fn row<P>() -> Row<P> {
    Row {
        name: "GetOpenApi",
        method: Method::GET,
        path: "/v1/openapi.json",
        read_only: true,
        query: &[],
        handler: Handler::Public(|| Reply::text(StatusCode::OK, DOCUMENT)),
    }
}
