//! The SDK's HTTP client, replaced by a call of the function's handler, with the event that API Gateway would make of the
//! request.

use std::sync::{Arc, Mutex};

use activity_log_gateway::{Event, Front, testing};
use activity_log_lookup::app::App;
use activity_log_lookup::handler::{self, Invocation};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http::header::HOST;
use http::{HeaderValue, Request, Response};
use time::OffsetDateTime;

use crate::clock::Clock;
use crate::stage::Memory;

/// What the client sends its requests to.
#[derive(Clone)]
pub struct InProcess {
    pub app: Arc<App<Memory>>,
    clock: Clock,
    /// the responses, as they went over the wire
    sent: Arc<Mutex<Vec<Response<Bytes>>>>,
}

impl InProcess {
    pub fn new(app: App<Memory>, clock: Clock) -> Self {
        Self {
            app: Arc::new(app),
            clock,
            sent: Arc::default(),
        }
    }

    /// The responses since the last time one asked.
    pub fn take_sent(&self) -> Vec<Response<Bytes>> {
        std::mem::take(&mut self.sent.lock().unwrap())
    }

    pub async fn answer(self, request: Request<Bytes>) -> Response<Bytes> {
        let resource = match request.uri().path() {
            "/" => "/",
            _ => "/{proxy+}",
        };
        let event = testing::event(Front::of_tests(), &request, resource);
        let event = Event::read(&event.to_string()).unwrap();
        let invocation = Invocation {
            request_id: "request-1",
            function_name: "lookup",
        };
        let now = self.clock.at_server().millis();
        let now = OffsetDateTime::from_unix_timestamp_nanos(i128::from(now) * 1_000_000).unwrap();
        let answer = handler::handle_at(&self.app, event, invocation, now).await;
        let response = testing::response(answer);
        self.sent.lock().unwrap().push(response.clone());
        response
    }
}

impl std::fmt::Debug for InProcess {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("InProcess")
    }
}

impl HttpClient for InProcess {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for InProcess {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let request = request.try_into_http1x().unwrap();
        let (mut parts, body) = request.into_parts();
        let body = Bytes::copy_from_slice(body.bytes().unwrap());
        // What hyper would do on a socket.
        let host = HeaderValue::from_str(parts.uri.authority().unwrap().as_str()).unwrap();
        parts.headers.entry(HOST).or_insert(host);
        // The client's URL has the stage; what API Gateway routes by has not.
        let path = parts.uri.path_and_query().unwrap().as_str();
        parts.uri = path
            .strip_prefix(Front::of_tests().base())
            .unwrap()
            .parse()
            .unwrap();
        let answer = self.clone().answer(Request::from_parts(parts, body));
        HttpConnectorFuture::new(
            async move { Ok(answer.await.map(SdkBody::from).try_into().unwrap()) },
        )
    }
}
