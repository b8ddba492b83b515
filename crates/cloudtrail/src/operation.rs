//! What an operation is: a name, what it takes to call it, and how it is answered.

use std::future::Future;
use std::pin::Pin;

use activity_log_control::Permission;
use activity_log_core::instant::Instant;
use activity_log_identity::Principal;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{ApiError, Code};
use crate::input;

/// One call, let in: what an operation's answer depends on, besides its input.
#[derive(Debug)]
pub struct Call<'a, P> {
    /// the ports of the service
    pub ports: &'a P,
    /// who calls
    pub principal: &'a Principal,
    /// the time of the request
    pub now: Instant,
}

/// An operation of the protocol, over the ports `P`.
///
/// Adding one is a file with an implementation, and a row in [`crate::operations::table`].
pub trait Operation<P> {
    /// The model's name for it.
    const NAME: &'static str;
    /// What the caller must have been granted.
    const PERMISSION: Permission;
    /// Whether it changes nothing (`readOnly` in the event of the call).
    const READ_ONLY: bool;
    /// The request, as JSON gives it.
    type Input: DeserializeOwned + Send;
    /// The reply, as JSON takes it.
    type Output: Serialize + Send;

    /// Answers one call.
    fn run(
        call: &Call<'_, P>,
        input: Self::Input,
    ) -> impl Future<Output = Result<Self::Output, ApiError>> + Send;
}

/// The reply's JSON, or why there is none.
pub type Answer<'a> = Pin<Box<dyn Future<Output = Result<Vec<u8>, ApiError>> + Send + 'a>>;

/// An operation as a row of the table.
pub struct Row<P> {
    /// [`Operation::NAME`]
    pub name: &'static str,
    /// [`Operation::PERMISSION`]
    pub permission: Permission,
    /// [`Operation::READ_ONLY`]
    pub read_only: bool,
    /// reads the body, runs the operation, writes the reply
    pub answer: for<'a> fn(&'a Call<'a, P>, &'a [u8]) -> Answer<'a>,
}

impl<P: Sync> Row<P> {
    /// The row of `O`.
    pub fn of<O: Operation<P>>() -> Self {
        Self {
            name: O::NAME,
            permission: O::PERMISSION,
            read_only: O::READ_ONLY,
            answer: answer::<P, O>,
        }
    }
}

fn answer<'a, P: Sync, O: Operation<P>>(call: &'a Call<'a, P>, body: &'a [u8]) -> Answer<'a> {
    Box::pin(async move {
        let output = O::run(call, input::read(body)?).await?;
        serde_json::to_vec(&output).map_err(|error| {
            ApiError::new(Code::INTERNAL_FAILURE, "The reply could not be written").caused_by(error)
        })
    })
}
