//! What an operation is: a name, a method and a path, what it takes to call it, and how it is answered.

use std::future::Future;
use std::pin::Pin;

use activity_log_calls::{Asked, Parameters as Told, Resource};
use activity_log_control::Permission;
use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;
use activity_log_core::reports::ReportId;
use activity_log_identity::Principal;
use bytes::Bytes;
use http::{HeaderMap, Method};
use serde::Serialize;

use crate::error::ApiError;
use crate::query::Parameters;
use crate::reply::Reply;

/// One call, let in: what an operation's answer depends on.
#[derive(Debug)]
pub struct Call<'a, P> {
    /// the ports of the service
    pub ports: &'a P,
    /// who calls
    pub principal: &'a Principal,
    /// the time of the request
    pub now: Instant,
    /// for the id of what is made
    pub random: [u8; 10],
    /// the segment of the path that stands for `{id}`, as it was sent
    pub id: &'a str,
    /// the query
    pub query: &'a Parameters,
    /// the headers
    pub headers: &'a HeaderMap,
    /// the body
    pub body: &'a Bytes,
}

impl<P> Call<'_, P> {
    /// Whose everything is.
    pub fn account(&self) -> AccountId {
        self.principal.account_id()
    }

    /// An id for what this call makes.
    pub fn new_id(&self) -> ReportId {
        ReportId::new(self.now, self.random)
    }
}

/// An operation of the API, over the ports `P`.
///
/// Adding one is a file with an implementation, a row in [`crate::operations::table`], and its description in
/// `docs/openapi.json`.
pub trait Operation<P> {
    /// Its name: the `operationId`, and what a caller may or may not do.
    const NAME: &'static str;
    /// The method.
    const METHOD: Method;
    /// The path, with `{id}` for an id.
    const PATH: &'static str;
    /// What the caller must have been granted, the least permission that allows it; `None`: nothing, it is enough to be
    /// known.
    const PERMISSION: Option<Permission> = Some(if Self::READ_ONLY {
        Permission::Auditor
    } else {
        Permission::Administrator
    });
    /// Whether it changes nothing (`readOnly` in the event of the call).
    const READ_ONLY: bool;
    /// Names of the query parameters it takes.
    const QUERY: &'static [&'static str] = &[];
    /// The type of what the path names, as a resource of the call's event.
    const RESOURCE: Option<&'static str> = None;
    /// What it takes besides query and path; written, it is the `requestParameters` of the call's event, with those.
    type Input: Serialize + Send;

    /// Reads what is asked for, and does nothing.
    fn parse(call: &Call<'_, P>) -> Result<Self::Input, ApiError>;

    /// Answers one call.
    fn run(
        call: &Call<'_, P>,
        input: Self::Input,
    ) -> impl Future<Output = Result<Reply, ApiError>> + Send;
}

/// The input of an operation that takes none.
#[derive(Debug, Serialize)]
pub struct Nothing {}

/// The type of a report as a resource.
pub const REPORT: &str = "ActivityLog::Report";
/// The type of a plugin version as a resource.
pub const PLUGIN: &str = "ActivityLog::Plugin";

/// A request that was understood.
pub struct Prepared<'a> {
    /// what the event of the call says of it
    pub asked: Asked,
    /// runs the operation
    pub answer: Answer<'a>,
}

/// An answer on its way.
pub type Answer<'a> = Pin<Box<dyn Future<Output = Result<Reply, ApiError>> + Send + 'a>>;

/// How a row is answered.
pub enum Handler<P> {
    /// to everyone alike
    Public(fn() -> Reply),
    /// to whoever is known and has the permission it takes
    Signed {
        /// [`Operation::PERMISSION`]
        permission: Option<Permission>,
        /// [`Operation::parse`]; nothing is done until the answer is awaited
        prepare: for<'a> fn(&'a Call<'a, P>) -> Result<Prepared<'a>, ApiError>,
    },
}

/// An operation as a row of the table.
pub struct Row<P> {
    /// [`Operation::NAME`]
    pub name: &'static str,
    /// [`Operation::METHOD`]
    pub method: Method,
    /// [`Operation::PATH`]
    pub path: &'static str,
    /// [`Operation::READ_ONLY`]
    pub read_only: bool,
    /// [`Operation::QUERY`]
    pub query: &'static [&'static str],
    /// how it is answered
    pub handler: Handler<P>,
}

impl<P: Sync> Row<P> {
    /// The row of `O`.
    pub fn of<O: Operation<P> + 'static>() -> Self {
        Self {
            name: O::NAME,
            method: O::METHOD,
            path: O::PATH,
            read_only: O::READ_ONLY,
            query: O::QUERY,
            handler: Handler::Signed {
                permission: O::PERMISSION,
                prepare: prepare::<P, O>,
            },
        }
    }
}

fn prepare<'a, P: Sync, O: Operation<P> + 'static>(
    call: &'a Call<'a, P>,
) -> Result<Prepared<'a>, ApiError> {
    let input = O::parse(call)?;
    let mut asked = Asked {
        parameters: Told::of(&input),
        ..Asked::default()
    };
    for (name, value) in call.query.all() {
        asked.parameters = asked.parameters.with(name, value);
    }
    if !call.id.is_empty() {
        asked.parameters = asked.parameters.with("id", call.id);
    }
    // What is no id names nothing.
    if let (Some(kind), Ok(id)) = (O::RESOURCE, call.id.parse::<ReportId>()) {
        asked.resources.push(Resource::new(kind, id.to_string()));
    }
    let answer = Box::pin(async move { O::run(call, input).await });
    Ok(Prepared { asked, answer })
}
