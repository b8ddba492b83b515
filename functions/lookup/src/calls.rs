//! What the log of calls is told of an answered request.

use activity_log_calls::{
    AnsweredCall, CallError, CallLog, CallLogError, Operation, Parameters, Recorder, Source,
};
use activity_log_identity::Principal;
use bytes::Bytes;
use http::{HeaderMap, Request};

use crate::answered::Answered;
use crate::app::Context;

/// VK's parameters, which may come as headers.
const VK_HEADERS: [&str; 5] = ["from", "to", "source", "marker", "limit"];

/// Records the request, if it is a call that somebody can be told of.
pub async fn record<L: CallLog>(
    recorder: &Recorder<L>,
    request: &Request<Bytes>,
    context: Context<'_>,
    answered: &Answered,
) -> Result<(), CallLogError> {
    let Some(operation) = answered.operation.filter(|_| !is_throttled(answered)) else {
        return Ok(());
    };
    let caller = match (&answered.principal, &answered.claimed) {
        (Some(principal), _) => principal,
        (None, Some(claimed)) => claimed,
        (None, None) => return Ok(()),
    };
    let error = answered.error.as_ref();
    let call = AnsweredCall {
        operation,
        caller,
        project: answered.project.as_deref(),
        parameters: parameters(request, operation, answered),
        error: error.map(|(code, message)| CallError { code, message }),
        additional: answered.event_data.clone(),
    };
    let (id, now) = (context.request_id, context.now);
    recorder.record(request, id, now, call).await
}

/// Over the account's limit, or ours to a table: see [`crate::metrics`].
fn is_throttled(answered: &Answered) -> bool {
    answered.principal.is_none()
        && answered
            .error_code()
            .is_some_and(|code| code.starts_with("Throttl"))
}

fn parameters(request: &Request<Bytes>, operation: Operation, answered: &Answered) -> Parameters {
    let body = if answered.reads_body {
        Parameters::from_json_body(request.body())
    } else {
        Parameters::none()
    };
    if operation.source == Source::CloudTrail {
        return body;
    }
    let mut all = body.with_query(request.uri().query().unwrap_or_default());
    if let Some(id) = &answered.id {
        all = all.with("id", id.as_str());
    }
    if answered.project.is_some() {
        all = with_headers(all, request.headers());
    }
    all
}

fn with_headers(mut all: Parameters, headers: &HeaderMap) -> Parameters {
    for name in VK_HEADERS {
        if let Some(value) = headers.get(name).and_then(|value| value.to_str().ok()) {
            all = all.with(name, value);
        }
    }
    all
}

/// How the request said who calls, for the function's log: the token's id, or the access key's.
pub fn credential_of(principal: &Principal) -> &str {
    match (principal.token(), principal.access_key_id()) {
        (Some(token), _) => token.id.as_str(),
        (None, Some(key)) => key.as_str(),
        (None, None) => "",
    }
}
