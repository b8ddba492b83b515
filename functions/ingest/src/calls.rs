//! What the log of calls is told of a request that brought events.

use activity_log_calls::{
    AnsweredCall, Asked, CallError, CallLog, CallLogError, Operation, Parameters, Received,
    Recorder, Source,
};
use activity_log_core::instant::Instant;
use activity_log_identity::Principal;
use bytes::Bytes;
use http::header::CONTENT_ENCODING;
use http::{Request, Response};
use serde_json::{Map, Value};

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
pub async fn record<L: CallLog>(
    recorder: &Recorder<L>,
    request: &Request<Bytes>,
    (request_id, now): (&str, Instant),
    answered: &Answered,
    taken: &Taken,
) -> Result<(), CallLogError> {
    let caller = match (&answered.principal, &answered.claimed) {
        (Some(principal), _) => principal,
        (None, Some(claimed)) => claimed,
        (None, None) => return Ok(()),
    };
    let error = answered.error.as_ref();
    let call = AnsweredCall {
        operation: PUT_EVENTS,
        caller,
        project: None,
        asked: &asked(request, answered),
        answer: Parameters::none(),
        error: error.map(|(code, message)| CallError { code, message }),
        additional: counts(taken),
    };
    let received = Received {
        request,
        id: request_id,
        now,
    };
    recorder.record(received, call).await
}

/// How large it was: the events themselves are in the log already. Of who is not known the size is all.
fn asked(request: &Request<Bytes>, answered: &Answered) -> Asked {
    let bytes = request.body().len();
    if answered.principal.is_none() {
        return Asked::unread(bytes);
    }
    let all = Parameters::none().with("bodyBytes", bytes);
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
