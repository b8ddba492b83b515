//! The routes: which protocol answers which path. No Lambda here, so tests call it in process.

use activity_log_cloudtrail::ports::Ports;
use activity_log_cloudtrail::{Context, Service};
use activity_log_rest as rest;
use bytes::Bytes;
use http::{Method, Request, StatusCode};

use crate::answered::Answered;

/// The function's protocols: `CloudTrail`'s over the ports `P`, our REST API over the ports `R`.
pub struct App<P, R> {
    cloudtrail: Service<P>,
    rest: rest::Service<R>,
}

/// Who answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Route {
    /// the `CloudTrail` protocol: every operation is a POST to the root, told apart by a header
    CloudTrail,
}

/// The routes there are beside those of the REST API, which has a table of its own; anything else is 404.
const ROUTES: [(Method, &str, Route); 1] = [(Method::POST, "/", Route::CloudTrail)];

impl<P: Ports, R: rest::ports::Ports> App<P, R> {
    /// The app over these ports.
    pub fn new(cloudtrail: P, rest: R) -> Self {
        Self {
            cloudtrail: Service::new(cloudtrail),
            rest: rest::Service::new(rest),
        }
    }

    /// Answers one request.
    pub async fn answer(&self, request: &Request<Bytes>, context: Context<'_>) -> Answered {
        if let Some(Route::CloudTrail) = route(request) {
            return self.cloudtrail.serve(request, context).await.into();
        }
        let context = rest::Context {
            now: context.now,
            request_id: context.request_id,
            random: rand::random(),
        };
        match self.rest.serve(request, context).await {
            Some(served) => served.into(),
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
