//! One request, answered: found, authenticated, authorized (denied by default), run.

use activity_log_core::instant::Instant;
use activity_log_identity::{Admit, AuthenticationError, Principal, authorize};
use bytes::Bytes;
use http::header::ALLOW;
use http::{Request, Response};
use serde_json::{Map, Value};

use crate::error::{ApiError, Cause, Code};
use crate::operation::{Call, Handler, Row};
use crate::ports::Ports;
use crate::query::Parameters;
use crate::reply::{Reply, refusal};
use crate::{MAX_COMPONENT_BODY_BYTES, denial, operations, route};

/// The API over the ports `P`.
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
    /// random bits for the id of what the request makes
    pub random: [u8; 10],
}

/// An answered request: the response, and what the log says of the call.
#[derive(Debug)]
pub struct Served {
    /// for the client
    pub response: Response<Bytes>,
    /// the operation, if the method and path are one's
    pub operation: Option<&'static str>,
    /// whether it only reads
    pub read_only: Option<bool>,
    /// whether the operation reads the body
    pub reads_body: bool,
    /// what stands for `{id}` in the path, as it was sent
    pub id: Option<String>,
    /// who asked, if that was shown
    pub principal: Option<Principal>,
    /// whom the caller claims to be, if that was not shown
    pub claimed: Option<Box<Principal>>,
    /// the error's code and message
    pub error: Option<(&'static str, String)>,
    /// what else the event of the call says (`additionalEventData`)
    pub event_data: Map<String, Value>,
    /// what lies behind the error, or what failed without failing the call
    pub cause: Option<Cause>,
}

impl<P: Ports> Service<P> {
    /// The service over `ports`, with every operation there is.
    pub fn new(ports: P) -> Self {
        Self {
            ports,
            table: operations::table().into(),
        }
    }

    /// Answers a request whose path is one of ours, if `gate` lets its caller in; failures are answers too. `None`: the
    /// path is not.
    pub async fn serve(
        &self,
        request: &Request<Bytes>,
        context: Context<'_>,
        gate: &impl Admit,
    ) -> Option<Served> {
        let path = request.uri().path();
        let here: Vec<(&Row<P>, &str)> = self
            .table
            .iter()
            .filter_map(|row| Some((row, route::matched(row.path, path)?)))
            .collect();
        if here.is_empty() {
            return None;
        }
        let found = here.iter().find(|(row, _)| row.method == request.method());
        let (caller, answer) = match found {
            None => (Caller::default(), not_allowed(&here)),
            Some((row, id)) => self.answer(row, id, request, context, gate).await,
        };
        let (reply, error) = match answer {
            Ok(reply) => (reply, None),
            Err(error) => (refusal(&error), Some(error)),
        };
        let told = error
            .as_ref()
            .map(|error| (error.code().name(), error.message().to_owned()));
        let sent = reply.into_response(context);
        let row = found.map(|(row, _)| row);
        let not_allowed = || (Code::METHOD_NOT_ALLOWED.name(), String::new());
        Some(Served {
            response: sent.response,
            operation: row.map(|row| row.name),
            read_only: row.map(|row| row.read_only),
            reads_body: row.is_some_and(|row| row.reads_body),
            id: found
                .filter(|(_, id)| !id.is_empty())
                .map(|(_, id)| (*id).to_owned()),
            principal: caller.principal,
            claimed: caller.claimed,
            error: told.or_else(|| row.is_none().then(not_allowed)),
            event_data: sent.event_data,
            cause: error.and_then(ApiError::into_cause).or(sent.cause),
        })
    }

    async fn answer(
        &self,
        row: &Row<P>,
        id: &str,
        request: &Request<Bytes>,
        context: Context<'_>,
        gate: &impl Admit,
    ) -> (Caller, Result<Reply, ApiError>) {
        let (permission, answer) = match &row.handler {
            Handler::Public(answer) => return (Caller::default(), Ok(answer())),
            Handler::Signed { permission, answer } => (*permission, answer),
        };
        let principal = match admit(request, context.now, gate).await {
            Ok(principal) => principal,
            Err((claimed, error)) => return (Caller::claiming(claimed), Err(error)),
        };
        let action = format!("activity-log:{}", row.name);
        let allowed = match permission {
            Some(permission) => authorize(&principal, permission, &action, context.now),
            None => Ok(()),
        };
        let allowed = allowed
            .map_err(|denied| denial::refused(&denied))
            .and_then(|()| Parameters::read(request.uri().query().unwrap_or_default(), row.query));
        let answer = match allowed {
            Err(error) => Err(error),
            Ok(query) => {
                let call = Call {
                    ports: &self.ports,
                    principal: &principal,
                    now: context.now,
                    random: context.random,
                    id,
                    query: &query,
                    headers: request.headers(),
                    body: request.body(),
                };
                answer(&call).await
            }
        };
        (Caller::known(principal), answer)
    }
}

/// Who asked.
#[derive(Default)]
struct Caller {
    principal: Option<Principal>,
    claimed: Option<Box<Principal>>,
}

impl Caller {
    fn known(principal: Principal) -> Self {
        Self {
            principal: Some(principal),
            claimed: None,
        }
    }

    fn claiming(claimed: Option<Box<Principal>>) -> Self {
        Self {
            principal: None,
            claimed,
        }
    }
}

/// The principal, or whom the caller claims to be and why it is not taken for that.
async fn admit(
    request: &Request<Bytes>,
    now: Instant,
    gate: &impl Admit,
) -> Result<Principal, (Option<Box<Principal>>, ApiError)> {
    // No operation takes more, and nobody's bytes are hashed before that is known.
    if request.body().len() > MAX_COMPONENT_BODY_BYTES {
        let error = ApiError::new(
            Code::PAYLOAD_TOO_LARGE,
            format!(
                "body: more than {MAX_COMPONENT_BODY_BYTES} bytes. A larger component goes to an upload link: POST \
                 /v1/plugins with the JSON body {{\"sizeBytes\": …}} gives one"
            ),
        );
        return Err((None, error));
    }
    gate.admit(request, now).await.map_err(|mut error| {
        let claimed = match &mut error {
            AuthenticationError::Denied { claimed, .. } => claimed.take(),
            AuthenticationError::Unavailable(_) => None,
        };
        (claimed, denial::unauthenticated(error))
    })
}

fn not_allowed<P>(here: &[(&Row<P>, &str)]) -> Result<Reply, ApiError> {
    let mut methods: Vec<&str> = here.iter().map(|(row, _)| row.method.as_str()).collect();
    methods.sort_unstable();
    let methods = methods.join(", ");
    let error = ApiError::new(
        Code::METHOD_NOT_ALLOWED,
        format!("Only {methods} is served at this path"),
    );
    refusal(&error).header(ALLOW, &methods)
}
