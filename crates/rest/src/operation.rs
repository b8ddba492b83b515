//! What an operation is: a name, a method and a path, what it takes to call it, and how it is answered.

use std::future::Future;
use std::pin::Pin;

use activity_log_control::Permission;
use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;
use activity_log_core::reports::ReportId;
use activity_log_identity::Principal;
use bytes::Bytes;
use http::{HeaderMap, Method};

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
    /// What the caller must have been granted; `None`: nothing, it is enough to be known.
    const PERMISSION: Option<Permission> = Some(Permission::Administrator);
    /// Whether it changes nothing (`readOnly` in the event of the call).
    const READ_ONLY: bool;
    /// Whether it reads the body; what is not read is not told of either.
    const READS_BODY: bool = false;
    /// Names of the query parameters it takes.
    const QUERY: &'static [&'static str] = &[];

    /// Answers one call.
    fn run(call: &Call<'_, P>) -> impl Future<Output = Result<Reply, ApiError>> + Send;
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
        /// [`Operation::run`]
        answer: for<'a> fn(&'a Call<'a, P>) -> Answer<'a>,
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
    /// [`Operation::READS_BODY`]
    pub reads_body: bool,
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
            reads_body: O::READS_BODY,
            query: O::QUERY,
            handler: Handler::Signed {
                permission: O::PERMISSION,
                answer: |call| Box::pin(O::run(call)),
            },
        }
    }
}
