//! One request, answered.

use activity_log_control::{Account, CursorKeys as _};
use activity_log_core::instant::DAY;
use activity_log_core::query::{Attribute, Filter, Query};
use bytes::Bytes;
use http::{Method, Request, Response};

use crate::error::Error;
use crate::fill::{Search, fill};
use crate::marker::Binding;
use crate::parameters::Parameters;
use crate::ports::Ports;
use crate::{path, reply};

/// The name of the one operation there is, for the log and the event that a call becomes. It only reads.
pub const OPERATION: &str = "ListLogs";

/// The VK protocol over the ports `P`.
#[derive(Clone, Debug)]
pub struct Service<P> {
    ports: P,
}

/// Who calls, as the embedder found out: authenticated, and allowed to read the account's events.
#[derive(Clone, Copy, Debug)]
pub struct Caller<'a> {
    /// the account: nothing of another is ever read
    pub account: &'a Account,
    /// the id of the project that has the events that name none
    pub default_project: &'a str,
}

/// An answered request: the response, and what the log says of the call.
#[derive(Debug)]
pub struct Served {
    /// for the client
    pub response: Response<Bytes>,
    /// why it failed, cause included
    pub error: Option<Error>,
}

impl Served {
    /// The answer to a request that failed. For the embedder too: a caller it does not know, or does not let in,
    /// hears of it in this protocol's words.
    ///
    /// ```
    /// use activity_log_vk::{Error, Served};
    /// let served = Served::refused(Error::Forbidden("You may not read the activity log".into()), "req-1");
    /// assert_eq!(
    ///     served.response.body(),
    ///     r#"{"error":{"code":403,"title":"Forbidden","message":"You may not read the activity log"}}"#
    /// );
    /// ```
    pub fn refused(error: Error, request_id: &str) -> Self {
        Self {
            response: reply::refusal(&error, request_id),
            error: Some(error),
        }
    }
}

impl<P: Ports> Service<P> {
    /// The service over `ports`.
    pub const fn new(ports: P) -> Self {
        Self { ports }
    }

    /// Answers one request of `caller`. Failures are answers too.
    ///
    /// ```
    /// # use activity_log_control::{Account, Limits, memory::InMemory, vault::Sealed};
    /// # use activity_log_core::{instant::Instant, subscription::Subscription};
    /// # use activity_log_core::read::Events;
    /// # use activity_log_store::memory::MemoryItems;
    /// use activity_log_vk::{Caller, Service, ports::Ports};
    ///
    /// struct Backend { events: Events<MemoryItems>, keys: InMemory }
    ///
    /// impl Ports for Backend {
    ///     type Events = Events<MemoryItems>;
    ///     type Keys = InMemory;
    ///     fn events(&self) -> &Events<MemoryItems> { &self.events }
    ///     fn keys(&self) -> &InMemory { &self.keys }
    ///     fn retention_days(&self, account: &Account) -> u32 { account.retention_days(30) }
    ///     fn now(&self) -> Instant { Instant::from_seconds(1_795_176_000) }
    /// }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let account = Account {
    /// #     id: "111122223333".parse()?, name: "demo".parse()?, created: Instant::from_seconds(0),
    /// #     retention_override_days: None, limits: Limits::default(), subscription: Subscription::since(Instant::from_seconds(0)),
    /// #     cursor_key: Sealed::new(vec![1; 32]),
    /// # };
    ///
    /// let service = Service::new(Backend { events: Events::new(MemoryItems::default(), 1_000_000), keys: InMemory::new() });
    /// let caller = Caller { account: &account, default_project: "b5b7ffd4ef" };
    /// let request = http::Request::get("/v1/b5b7ffd4ef/logs?source=nova&limit=2").body(bytes::Bytes::new())?;
    /// let served = service.serve(&request, caller, "req-1").await;
    /// assert_eq!(served.response.body(), r#"{"logs":[]}"#);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn serve(
        &self,
        request: &Request<Bytes>,
        caller: Caller<'_>,
        request_id: &str,
    ) -> Served {
        match self.answer(request, caller).await {
            Ok(json) => Served {
                response: reply::reply(json, request_id),
                error: None,
            },
            Err(error) => Served::refused(error, request_id),
        }
    }

    async fn answer(&self, request: &Request<Bytes>, caller: Caller<'_>) -> Result<Vec<u8>, Error> {
        let project = path::project(request.uri().path()).ok_or(Error::NotFound)?;
        if request.method() != Method::GET {
            return Err(Error::MethodNotAllowed);
        }
        let query = request.uri().query().unwrap_or_default();
        let asked = Parameters::read(query, request.headers())?;
        let account = caller.account;
        let binding = Binding::new(account.id, &project, &asked);
        let mut search = self.search(caller, &project, &asked);
        if let Some(marker) = &asked.marker {
            let key = self.ports.keys().cursor_key(account).await?;
            search.after = Some(binding.open(&key, marker, search.now)?);
        }
        let filled = fill(&self.ports, &search).await?;
        let marker = match &filled.next {
            None => None,
            Some(next) => {
                let key = self.ports.keys().cursor_key(account).await?;
                Some(binding.seal(&key, next, search.now))
            }
        };
        let json = filled.logs.finish(marker.as_deref());
        json.map_err(Error::internal)
    }

    fn search<'a>(&self, caller: Caller<'a>, project: &str, asked: &Parameters) -> Search<'a> {
        let now = self.ports.now();
        let is_default = project == caller.default_project;
        let mut filters = Vec::new();
        if let Some(source) = &asked.source {
            filters.push(filter(Attribute::EventSource, source));
        }
        if !is_default {
            filters.push(filter(Attribute::Project, project));
        }
        let kept_days = i64::from(self.ports.retention_days(caller.account));
        Search {
            account: caller.account.id,
            query: Query {
                start: asked.from,
                end: asked.to,
                filters,
            },
            default_project: is_default.then_some(caller.default_project),
            limit: asked.limit,
            after: None,
            horizon: now.plus_millis(-kept_days * DAY),
            now,
        }
    }
}

fn filter(attribute: Attribute, value: &str) -> Filter {
    Filter::is(attribute, value)
}
