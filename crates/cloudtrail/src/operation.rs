//! What an operation is: a name, what it takes to call it, and how it is answered.

use std::future::Future;
use std::pin::Pin;

use activity_log_calls::{Asked, Parameters, Resource};
use activity_log_control::Permission;
use activity_log_core::instant::Instant;
use activity_log_identity::Principal;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{ApiError, Code};
use crate::input;
use crate::ports::Ports;
use crate::trails::reference::Home;

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
    /// What the caller must have been granted: the least permission that allows it.
    const PERMISSION: Permission;
    /// Whether it changes nothing (`readOnly` in the event of the call).
    const READ_ONLY: bool;
    /// The request, as JSON gives it; written, it is the `requestParameters` of the call's event.
    type Input: DeserializeOwned + Serialize + Send + 'static;
    /// The reply, as JSON takes it.
    type Output: Serialize + Send;

    /// What the request names: the `resources` of the call's event.
    fn resources(_: &Self::Input, _: Home<'_>) -> Vec<Resource> {
        Vec::new()
    }

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
    /// reads the body; nothing is done until the answer is awaited
    pub prepare: for<'a> fn(&'a Call<'a, P>, &'a [u8]) -> Result<Prepared<'a>, ApiError>,
}

/// A request that was understood.
pub struct Prepared<'a> {
    /// what the event of the call says of it
    pub asked: Asked,
    /// runs the operation, writes the reply
    pub answer: Answer<'a>,
}

impl<P: Ports> Row<P> {
    /// The row of `O`.
    pub fn of<O: Operation<P>>() -> Self {
        Self {
            name: O::NAME,
            permission: O::PERMISSION,
            read_only: O::READ_ONLY,
            prepare: prepare::<P, O>,
        }
    }
}

fn prepare<'a, P: Ports, O: Operation<P>>(
    call: &'a Call<'a, P>,
    body: &'a [u8],
) -> Result<Prepared<'a>, ApiError> {
    let (input, unknown) = input::read::<O::Input>(body)?;
    let asked = Asked {
        parameters: Parameters::of(&input),
        resources: O::resources(&input, Home::of(call)),
        unknown,
        unread_bytes: None,
    };
    let answer = Box::pin(async move {
        let output = O::run(call, input).await?;
        serde_json::to_vec(&output).map_err(|error| {
            ApiError::new(Code::INTERNAL_FAILURE, "The reply could not be written").caused_by(error)
        })
    });
    Ok(Prepared { asked, answer })
}
