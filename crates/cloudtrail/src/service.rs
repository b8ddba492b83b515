//! One request, answered: authenticated, authorized (denied by default), dispatched.

use activity_log_control::Permission;
use activity_log_core::instant::Instant;
use activity_log_identity::{Admit, AuthenticationError, Principal, authorize};
use bytes::Bytes;
use http::{Method, Request, Response};

use crate::error::{ApiError, Code};
use crate::operation::{Call, Row};
use crate::operations;
use crate::ports::Ports;
use crate::{MAX_BODY_BYTES, denial, response, target};

/// The `CloudTrail` protocol over the ports `P`.
pub struct Service<P> {
    ports: P,
    table: Vec<Row<P>>,
}

/// What of a request comes from where it was received.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// the time of the request
    pub now: Instant,
    /// the id by which client and log speak of it
    pub request_id: &'a str,
}

/// An answered request: the response, and what the log says of the call.
#[derive(Debug)]
pub struct Served {
    /// for the client
    pub response: Response<Bytes>,
    /// the operation asked for, if it is one of the model
    pub operation: Option<&'static str>,
    /// whether it only reads; `None` for an operation that is not served
    pub read_only: Option<bool>,
    /// who asked, if that was shown
    pub principal: Option<Principal>,
    /// whom the caller claims to be, if that was not shown
    pub claimed: Option<Box<Principal>>,
    /// why it failed, cause included
    pub error: Option<ApiError>,
}

impl<P: Ports> Service<P> {
    /// The service over `ports`, with every operation there is.
    pub fn new(ports: P) -> Self {
        Self {
            ports,
            table: operations::table().into(),
        }
    }

    /// Answers one request of whomever `gate` lets in. Failures are answers too.
    pub async fn serve(
        &self,
        request: &Request<Bytes>,
        context: Context<'_>,
        gate: &impl Admit,
    ) -> Served {
        let named = target::operation(request.headers());
        let operation = named.as_ref().ok().copied();
        let row = self.table.iter().find(|row| Some(row.name) == operation);
        let mut claimed = None;
        let (principal, answer) = match admit(request, context.now, gate, &mut claimed).await {
            Ok(principal) => {
                let call = Call {
                    ports: &self.ports,
                    principal: &principal,
                    now: context.now,
                };
                let answer = dispatch(&call, named, row, request.body()).await;
                (Some(principal), answer)
            }
            Err(error) => (None, Err(error)),
        };
        let (response, error) = match answer {
            Ok(json) => (response::reply(json, context), None),
            Err(error) => (response::refusal(&error, context), Some(error)),
        };
        Served {
            response,
            operation,
            read_only: row.map(|row| row.read_only),
            principal,
            claimed,
            error,
        }
    }
}

async fn admit(
    request: &Request<Bytes>,
    now: Instant,
    gate: &impl Admit,
    claimed: &mut Option<Box<Principal>>,
) -> Result<Principal, ApiError> {
    if request.method() != Method::POST || request.uri().path() != "/" {
        return Err(ApiError::new(
            Code::NOT_FOUND,
            "The CloudTrail protocol is served at POST /",
        ));
    }
    if request.body().len() > MAX_BODY_BYTES {
        return Err(ApiError::new(
            Code::REQUEST_TOO_LARGE,
            format!("The request has more than {MAX_BODY_BYTES} bytes"),
        ));
    }
    gate.admit(request, now).await.map_err(|mut error| {
        if let AuthenticationError::Denied { claimed: named, .. } = &mut error {
            *claimed = named.take();
        }
        denial::unauthenticated(error)
    })
}

/// An operation we do not serve is refused to a stranger as any other would be.
async fn dispatch<P>(
    call: &Call<'_, P>,
    named: Result<&'static str, ApiError>,
    row: Option<&Row<P>>,
    body: &[u8],
) -> Result<Vec<u8>, ApiError> {
    let operation = named?;
    let permission = row.map_or(Permission::Administrator, |row| row.permission);
    authorize(
        call.principal,
        permission,
        &format!("cloudtrail:{operation}"),
        call.now,
    )
    .map_err(|denied| denial::refused(&denied))?;
    let row = row.ok_or_else(|| {
        ApiError::new(
            Code::UNSUPPORTED_OPERATION,
            format!("The {operation} operation is not supported"),
        )
    })?;
    (row.answer)(call, body).await
}
