//! What the service answers to a batch, and what it means.

use serde::Deserialize;

/// What became of one record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// Stored now.
    Accepted,
    /// Stored before.
    Duplicate,
    /// Broke a rule; sending it again changes nothing.
    Rejected {
        /// The field, or `request`.
        field: String,
        /// The rule.
        rule: String,
    },
    /// Not stored, for all we know.
    Failed(String),
}

/// What an answer means.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Each record's status is known.
    Done(Vec<Status>),
    /// The same request is to be sent again. What is known so far, and why it is not enough.
    Again(Option<Vec<Status>>, String),
    /// No request will be answered better: the key, the permission or the address is wrong.
    Stop(String),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Reply {
    Events { events: Vec<Event> },
    Error { error: Error },
}

#[derive(Deserialize)]
struct Event {
    index: usize,
    status: String,
    field: Option<String>,
    rule: Option<String>,
}

#[derive(Deserialize)]
struct Error {
    code: String,
    message: String,
}

/// Reads the answer to a request of `sent` records.
pub fn judge(status: u16, body: &[u8], sent: usize) -> Verdict {
    let reply = serde_json::from_slice(body).ok();
    let why = match reply {
        Some(Reply::Events { events }) => {
            let statuses = statuses(events, sent);
            let is_failed = |status: &Status| matches!(status, Status::Failed(_));
            return if statuses.iter().any(is_failed) {
                Verdict::Again(Some(statuses), format!("HTTP {status}"))
            } else {
                Verdict::Done(statuses)
            };
        }
        Some(Reply::Error { error }) => format!("{}: {}", error.code, error.message),
        None => format!("HTTP {status}"),
    };
    match status {
        429 | 500.. => Verdict::Again(None, why),
        400 | 413 | 415 => {
            let rejected = Status::Rejected {
                field: "request".to_owned(),
                rule: why,
            };
            Verdict::Done(vec![rejected; sent])
        }
        _ => Verdict::Stop(why),
    }
}

/// One status a record. A record the answer does not mention counts as failed.
fn statuses(events: Vec<Event>, sent: usize) -> Vec<Status> {
    let mut statuses = vec![Status::Failed("not in the answer".to_owned()); sent];
    for event in events {
        let Some(status) = statuses.get_mut(event.index) else {
            continue;
        };
        *status = match event.status.as_str() {
            "accepted" => Status::Accepted,
            "duplicate" => Status::Duplicate,
            "rejected" => Status::Rejected {
                field: event.field.unwrap_or_default(),
                rule: event.rule.unwrap_or_default(),
            },
            _ => Status::Failed("could not be stored".to_owned()),
        };
    }
    statuses
}

/// What is known of a batch after another answer. A record that was accepted once is a duplicate
/// of itself the next time, and still accepted by this run.
pub fn merge(before: Option<Vec<Status>>, after: Vec<Status>) -> Vec<Status> {
    let Some(before) = before else {
        return after;
    };
    let merged = before.into_iter().zip(after);
    merged
        .map(|(before, after)| match before {
            Status::Accepted | Status::Duplicate => before,
            Status::Rejected { .. } | Status::Failed(_) => after,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_gets_its_status() {
        let body = br#"{"accepted":1,"duplicate":1,"rejected":1,"failed":0,"events":[
            {"index":0,"eventID":"a","status":"accepted"},
            {"index":2,"status":"rejected","field":"eventTime","rule":"is too old"},
            {"index":1,"eventID":"b","status":"duplicate"}]}"#;
        assert_eq!(
            judge(207, body, 3),
            Verdict::Done(vec![
                Status::Accepted,
                Status::Duplicate,
                Status::Rejected {
                    field: "eventTime".to_owned(),
                    rule: "is too old".to_owned()
                }
            ])
        );
    }

    #[test]
    fn events_that_failed_or_are_missing_are_sent_again() {
        let body = br#"{"events":[{"index":0,"status":"accepted"},{"index":1,"status":"failed"},{"index":9,"status":"accepted"}]}"#;
        assert_eq!(
            judge(503, body, 3),
            Verdict::Again(
                Some(vec![
                    Status::Accepted,
                    Status::Failed("could not be stored".to_owned()),
                    Status::Failed("not in the answer".to_owned()),
                ]),
                "HTTP 503".to_owned()
            )
        );
    }

    #[test]
    fn errors_of_the_whole_request_are_told_apart() {
        let error = br#"{"error":{"code":"AccessDeniedException","message":"not authorized"}}"#;
        let says = "AccessDeniedException: not authorized".to_owned();
        for status in [401, 403, 404] {
            assert_eq!(judge(status, error, 2), Verdict::Stop(says.clone()));
        }
        for status in [429, 500, 502, 503, 504] {
            assert_eq!(judge(status, error, 2), Verdict::Again(None, says.clone()));
            let html = Verdict::Again(None, format!("HTTP {status}"));
            assert_eq!(judge(status, b"<html>", 2), html);
        }
        for status in [400, 413, 415] {
            let rejected = Status::Rejected {
                field: "request".to_owned(),
                rule: says.clone(),
            };
            assert_eq!(judge(status, error, 2), Verdict::Done(vec![rejected; 2]));
        }
        // Not ours, whatever it is: nothing was stored that we know of.
        assert_eq!(
            judge(200, b"welcome", 2),
            Verdict::Stop("HTTP 200".to_owned())
        );
    }

    #[test]
    fn what_was_accepted_once_stays_accepted() {
        let failed = || Status::Failed("x".to_owned());
        let before = vec![Status::Accepted, Status::Duplicate, failed(), failed()];
        let after = vec![
            Status::Duplicate,
            failed(),
            Status::Accepted,
            Status::Duplicate,
        ];
        assert_eq!(
            merge(Some(before), after),
            [
                Status::Accepted,
                Status::Duplicate,
                Status::Accepted,
                Status::Duplicate
            ]
        );
    }
}
