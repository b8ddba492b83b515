//! One request, answered: found, authenticated, authorized (denied by default), run.

use activity_log_core::instant::Instant;
use activity_log_identity::{Principal, authenticate, authorize};
use bytes::Bytes;
use http::header::ALLOW;
use http::{Request, Response};

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
    /// who asked, if the signature was right
    pub principal: Option<Principal>,
    /// the error's code
    pub error_code: Option<&'static str>,
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

    /// Answers a request whose path is one of ours; failures are answers too. `None`: the path is not.
    pub async fn serve(&self, request: &Request<Bytes>, context: Context<'_>) -> Option<Served> {
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
        let (principal, answer) = match found {
            None => (None, not_allowed(&here)),
            Some((row, id)) => self.answer(row, id, request, context).await,
        };
        let (reply, error) = match answer {
            Ok(reply) => (reply, None),
            Err(error) => (refusal(&error), Some(error)),
        };
        let error_code = error.as_ref().map(|error| error.code().name());
        let (response, told) = reply.into_response(context);
        let row = found.map(|(row, _)| row);
        Some(Served {
            response,
            operation: row.map(|row| row.name),
            read_only: row.map(|row| row.read_only),
            principal,
            error_code: error_code
                .or_else(|| row.is_none().then(|| Code::METHOD_NOT_ALLOWED.name())),
            cause: error.and_then(ApiError::into_cause).or(told),
        })
    }

    async fn answer(
        &self,
        row: &Row<P>,
        id: &str,
        request: &Request<Bytes>,
        context: Context<'_>,
    ) -> (Option<Principal>, Result<Reply, ApiError>) {
        let (permission, answer) = match &row.handler {
            Handler::Public(answer) => return (None, Ok(answer())),
            Handler::Signed { permission, answer } => (*permission, answer),
        };
        let principal = match self.admit(request, context.now).await {
            Ok(principal) => principal,
            Err(error) => return (None, Err(error)),
        };
        let action = format!("activity-log:{}", row.name);
        let allowed = authorize(&principal, permission, &action)
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
        (Some(principal), answer)
    }

    async fn admit(&self, request: &Request<Bytes>, now: Instant) -> Result<Principal, ApiError> {
        // No operation takes more, and nobody's bytes are hashed before that is known.
        if request.body().len() > MAX_COMPONENT_BODY_BYTES {
            return Err(ApiError::new(
                Code::PAYLOAD_TOO_LARGE,
                format!(
                    "body: more than {MAX_COMPONENT_BODY_BYTES} bytes. A larger component goes to an upload link: \
                     POST /v1/plugins with the JSON body {{\"sizeBytes\": …}} gives one"
                ),
            ));
        }
        authenticate(request, now, self.ports.directory())
            .await
            .map_err(denial::unauthenticated)
    }
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
