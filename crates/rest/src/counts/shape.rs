//! Counts as clients see them.

use activity_log_core::instant::Instant;
use activity_log_core::query::Attribute;
use activity_log_core::read::Counts;
use serde::Serialize;

use super::body::Question;
use crate::time::At;

/// An answer, or a part of one.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CountsShape<'a> {
    start_time: At,
    end_time: At,
    bucket_seconds: i64,
    buckets: Vec<BucketShape>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top: Option<TopShape<'a>>,
    complete: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<At>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct BucketShape {
    start_time: At,
    events: u64,
    errors: u64,
}

#[derive(Debug, Serialize)]
struct TopShape<'a> {
    attribute: &'static str,
    values: Vec<ValueShape<'a>>,
}

#[derive(Debug, Serialize)]
struct ValueShape<'a> {
    value: &'a str,
    events: u64,
}

impl<'a> CountsShape<'a> {
    /// What was counted for a question.
    pub fn of(question: &Question, counts: &'a Counts) -> Self {
        let request = &question.request;
        let mut start = request.start;
        let bucket = |counted: &activity_log_core::read::Bucket| {
            let bucket = BucketShape {
                start_time: At(start),
                events: counted.events,
                errors: counted.failed,
            };
            start = plus(start, request.width_ms);
            bucket
        };
        Self {
            start_time: At(request.start),
            end_time: At(question.end),
            bucket_seconds: request.width_ms / activity_log_core::instant::SECOND,
            buckets: counts.buckets.iter().map(bucket).collect(),
            top: request.top.map(|(attribute, _)| top(attribute, counts)),
            complete: counts.next.is_none(),
            next: counts.next.map(At),
        }
    }
}

fn plus(time: Instant, millis: i64) -> Instant {
    Instant::from_millis(time.millis().saturating_add(millis))
}

fn top(attribute: Attribute, counts: &Counts) -> TopShape<'_> {
    let values = counts.top.iter();
    TopShape {
        attribute: attribute.name(),
        values: values
            .map(|(value, events)| ValueShape {
                value,
                events: *events,
            })
            .collect(),
    }
}
