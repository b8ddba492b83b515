//! What a producer hears: one status an event, and the counts.

use activity_log_core::ingest::{Outcome, Receipt};
use bytes::Bytes;
use http::{Response, StatusCode, header};
use serde::Serialize;

/// How many events met which end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// stored by this request
    pub accepted: usize,
    /// stored before
    pub duplicate: usize,
    /// broke a rule
    pub rejected: usize,
    /// could not be stored now
    pub failed: usize,
}

impl Counts {
    /// Counts receipts.
    pub fn of(receipts: &[Receipt]) -> Self {
        receipts
            .iter()
            .fold(Self::default(), |mut counts, receipt| {
                match receipt.outcome {
                    Outcome::Accepted => counts.accepted += 1,
                    Outcome::Duplicate => counts.duplicate += 1,
                    Outcome::Rejected(_) => counts.rejected += 1,
                    Outcome::Failed => counts.failed += 1,
                }
                counts
            })
    }

    /// 200 all stored; 207 some rejected; 400 all rejected; 503 some could not be stored now, and
    /// the same request is to be sent again.
    pub fn status(&self) -> StatusCode {
        match self {
            Self { failed: 1.., .. } => StatusCode::SERVICE_UNAVAILABLE,
            Self { rejected: 0, .. } => StatusCode::OK,
            Self {
                accepted: 0,
                duplicate: 0,
                ..
            } => StatusCode::BAD_REQUEST,
            _ => StatusCode::MULTI_STATUS,
        }
    }
}

#[derive(Serialize)]
struct Reply<'a> {
    #[serde(flatten)]
    counts: Counts,
    events: Vec<Line<'a>>,
}

#[derive(Serialize)]
struct Line<'a> {
    index: usize,
    #[serde(rename = "eventID", skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<&'a str>,
}

/// The reply to a batch.
pub fn batch(receipts: &[Receipt]) -> Response<Bytes> {
    let counts = Counts::of(receipts);
    let events = receipts
        .iter()
        .enumerate()
        .map(|(index, receipt)| line(index, receipt));
    json(
        counts.status(),
        &Reply {
            counts,
            events: events.collect(),
        },
    )
}

fn line(index: usize, receipt: &Receipt) -> Line<'_> {
    let (status, rejection) = match &receipt.outcome {
        Outcome::Accepted => ("accepted", None),
        Outcome::Duplicate => ("duplicate", None),
        Outcome::Rejected(rejection) => ("rejected", Some(rejection)),
        Outcome::Failed => ("failed", None),
    };
    Line {
        index,
        id: receipt.id.as_deref(),
        status,
        field: rejection.map(|rejection| rejection.field.as_str()),
        rule: rejection.map(|rejection| rejection.rule.as_str()),
    }
}

/// A refusal of the whole request: `{"error":{"code","message"}}`.
pub fn refusal(status: StatusCode, code: &str, message: &str) -> Response<Bytes> {
    #[derive(Serialize)]
    struct Refusal<'a> {
        error: Reason<'a>,
    }
    #[derive(Serialize)]
    struct Reason<'a> {
        code: &'a str,
        message: &'a str,
    }
    json(
        status,
        &Refusal {
            error: Reason { code, message },
        },
    )
}

fn json(status: StatusCode, body: &impl Serialize) -> Response<Bytes> {
    // Our own structs of text and numbers always serialise.
    let body = serde_json::to_vec(body).unwrap_or_default();
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = status;
    let content_type = header::HeaderValue::from_static("application/json");
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, content_type);
    response
}

#[cfg(test)]
mod tests {
    use activity_log_core::event::Rejection;

    use super::*;

    fn receipt(outcome: Outcome) -> Receipt {
        Receipt {
            id: Some("e".to_owned()),
            outcome,
        }
    }

    fn rejected() -> Receipt {
        let rejection = Rejection {
            field: "eventTime".to_owned(),
            rule: "is required".to_owned(),
        };
        Receipt {
            id: None,
            outcome: Outcome::Rejected(rejection),
        }
    }

    #[test]
    fn the_status_says_what_to_do() {
        let status = |receipts: &[Receipt]| batch(receipts).status().as_u16();
        assert_eq!(
            status(&[receipt(Outcome::Accepted), receipt(Outcome::Duplicate)]),
            200
        );
        assert_eq!(status(&[receipt(Outcome::Duplicate), rejected()]), 207);
        assert_eq!(status(&[rejected(), rejected()]), 400);
        assert_eq!(
            status(&[
                receipt(Outcome::Accepted),
                rejected(),
                receipt(Outcome::Failed)
            ]),
            503
        );
    }

    #[test]
    fn each_event_is_answered_in_its_place() {
        let reply = batch(&[receipt(Outcome::Accepted), rejected()]);
        assert_eq!(
            std::str::from_utf8(reply.body()).unwrap(),
            r#"{"accepted":1,"duplicate":0,"rejected":1,"failed":0,"events":[{"index":0,"eventID":"e","status":"accepted"},{"index":1,"status":"rejected","field":"eventTime","rule":"is required"}]}"#
        );
    }
}
