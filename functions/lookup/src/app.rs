//! The routes: which protocol answers which path. No Lambda here, so tests call it in process.

use activity_log_cloudtrail::ports::Ports;
use activity_log_cloudtrail::{Context, Service};
use bytes::Bytes;
use http::{Method, Request, StatusCode};

use crate::answered::Answered;

/// The function's protocols over the ports `P`.
pub struct App<P> {
    cloudtrail: Service<P>,
}

/// Who answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Route {
    /// the `CloudTrail` protocol: every operation is a POST to the root, told apart by a header
    CloudTrail,
}

/// The routes there are; anything else is 404.
const ROUTES: [(Method, &str, Route); 1] = [(Method::POST, "/", Route::CloudTrail)];

impl<P: Ports> App<P> {
    /// The app over `ports`.
    pub fn new(ports: P) -> Self {
        Self {
            cloudtrail: Service::new(ports),
        }
    }

    /// Answers one request.
    pub async fn answer(&self, request: &Request<Bytes>, context: Context<'_>) -> Answered {
        match route(request) {
            Some(Route::CloudTrail) => self.cloudtrail.serve(request, context).await.into(),
            None => Answered::refusal(
                StatusCode::NOT_FOUND,
                "NotFound",
                &format!(
                    "Nothing is served at {} {}",
                    request.method(),
                    request.uri().path()
                ),
            ),
        }
    }
}

fn route(request: &Request<Bytes>) -> Option<Route> {
    let path = request.uri().path();
    ROUTES
        .iter()
        .find(|(method, at, _)| request.method() == method && path == *at)
        .map(|(_, _, route)| *route)
}
