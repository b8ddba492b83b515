//! What the log of calls is told of a request that brought events.

use activity_log_calls::{
    AnsweredCall, Asked, CallError, CallLog, CallLogError, Operation, Parameters, Received,
    RefusedCall, Source,
};
use activity_log_control::UnprovenCalls;
use activity_log_core::instant::Instant;
use activity_log_identity::Principal;
use bytes::Bytes;
use http::header::CONTENT_ENCODING;
use http::{Request, Response};
use serde_json::{Map, Value};

use crate::api::Api;
use crate::metrics::Taken;

/// Longest name of an encoding that is told; those we read are shorter.
const MAX_ENCODING_BYTES: usize = 64;

const PUT_EVENTS: Operation = Operation {
    name: "PutEvents",
    source: Source::ActivityLog,
    read_only: false,
};

/// An answered request.
#[derive(Debug)]
pub struct Answered {
    /// for the client
    pub response: Response<Bytes>,
    /// who asked, if that was shown
    pub principal: Option<Principal>,
    /// whom the caller claims to be, if that was not shown
    pub claimed: Option<Box<Principal>>,
    /// the error's code and message
    pub error: Option<(&'static str, String)>,
}

/// Records the request; `taken` is what it brought.
pub async fn record<G, L: CallLog, U: UnprovenCalls>(
    api: &Api<G, L, U>,
    request: &Request<Bytes>,
    (id, now): (&str, Instant),
    answered: &Answered,
    taken: &Taken,
) -> Result<(), CallLogError> {
    let received = Received { request, id, now };
    let error = answered.error.as_ref();
    let error = error.map(|(code, message)| CallError { code, message });
    if let Some(caller) = &answered.principal {
        let call = AnsweredCall {
            operation: PUT_EVENTS,
            caller,
            project: None,
            asked: &asked(request),
            answer: Parameters::none(),
            error,
            additional: counts(taken),
        };
        return api.recorder.record(received, call).await;
    }
    let Some(claimed) = &answered.claimed else {
        return Ok(());
    };
    let refused = RefusedCall {
        operation: PUT_EVENTS,
        claimed,
        error,
    };
    api.recorder.refuse(&api.unproven, received, refused).await
}

/// How large it was: the events themselves are in the log already.
fn asked(request: &Request<Bytes>) -> Asked {
    let all = Parameters::none().with("bodyBytes", request.body().len());
    let encoding = request.headers().get(CONTENT_ENCODING);
    let encoding = encoding.and_then(|encoding| encoding.to_str().ok());
    Asked {
        parameters: match encoding.filter(|encoding| encoding.len() <= MAX_ENCODING_BYTES) {
            Some(encoding) => all.with("contentEncoding", encoding),
            None => all,
        },
        ..Asked::default()
    }
}

fn counts(taken: &Taken) -> Map<String, Value> {
    let counts = [
        ("Accepted", taken.events.events_accepted),
        ("Duplicate", taken.events.events_duplicate),
        ("Rejected", taken.events.events_rejected),
        ("Failed", taken.events.events_failed),
    ];
    counts
        .into_iter()
        .map(|(name, count)| (name.to_owned(), count.into()))
        .collect()
}
