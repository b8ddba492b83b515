//! The body of `POST /v1/events/counts`.

use activity_log_core::event::MAX_FUTURE_MS;
use activity_log_core::instant::{Instant, MINUTE, SECOND};
use activity_log_core::query::{Attribute, Query};
use activity_log_core::read::{CountRequest, MAX_BUCKETS, MAX_TOP};
use serde::{Deserialize, Serialize};

use super::width;
use crate::attributes;
use crate::error::{ApiError, quoted};
use crate::filters::{self, FilterBody, WhereText};
use crate::input::Object;
use crate::time::Time;

/// Top values that are told, if it is not said how many.
const DEFAULT_TOP: u64 = 10;
const HOUR: i64 = 60 * MINUTE;

/// What is asked for, as JSON has it.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CountBody {
    filters: Option<Vec<Object<FilterBody>>>,
    #[serde(rename = "where")]
    texts: Option<Vec<WhereText>>,
    start_time: Option<Time>,
    end_time: Option<Time>,
    bucket_seconds: Option<u64>,
    top: Option<Object<TopBody>>,
    next: Option<Time>,
}

/// Of which attribute the values are told that most events have.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct TopBody {
    attribute: Option<String>,
    count: Option<u64>,
}

/// What is to be counted.
#[derive(Debug)]
pub struct Question {
    /// which events
    pub query: Query,
    /// how they are counted
    pub request: CountRequest,
    /// the last millisecond of the range
    pub end: Instant,
}

impl CountBody {
    /// The question that is asked, where nothing older than `horizon` is kept.
    pub fn question(self, horizon: Instant, now: Instant) -> Result<Question, ApiError> {
        self.check_next()?;
        // What a lookup without times finds, from where an hour begins: whole hours are counted without looking at them.
        let kept = horizon.plus_millis(-horizon.millis().rem_euclid(HOUR));
        let start = self.start_time.map_or(kept, Time::start);
        let latest = now.plus_millis(MAX_FUTURE_MS).max(start);
        let end = self.end_time.map_or(latest, Time::end);
        if start > end {
            let rule = format!("{start} is after endTime, {end}");
            return Err(ApiError::field("startTime", rule));
        }
        let (seconds, buckets) = cut(start, end, self.bucket_seconds)?;
        let request = CountRequest {
            start,
            width_ms: i64::try_from(seconds)
                .unwrap_or(i64::MAX)
                .saturating_mul(SECOND),
            buckets,
            top: self.top.map(|Object(top)| top.read()).transpose()?,
            before: self.next.map(|next| before(next, start, end)).transpose()?,
            horizon,
            now,
            deadline: None,
        };
        let query = Query {
            start: Some(start),
            end: Some(end),
            filters: filters::on_attributes(self.filters, self.texts)?,
        };
        Ok(Question {
            query,
            request,
            end,
        })
    }

    /// Parts of an answer add up only if they are of the same buckets: defaults change from one call to the next.
    fn check_next(&self) -> Result<(), ApiError> {
        let is_whole =
            self.start_time.is_some() && self.end_time.is_some() && self.bucket_seconds.is_some();
        if self.next.is_some() && !is_whole {
            let rule = "needs startTime, endTime and bucketSeconds, as the answer before has them";
            return Err(ApiError::field("next", rule));
        }
        Ok(())
    }
}

/// Length of a bucket in seconds, and how many there are.
fn cut(start: Instant, end: Instant, asked: Option<u64>) -> Result<(u64, usize), ApiError> {
    if asked == Some(0) {
        return Err(ApiError::field("bucketSeconds", "0; at least 1"));
    }
    let length_ms = start.millis().abs_diff(end.millis()).saturating_add(1);
    let seconds = asked.unwrap_or_else(|| width::shortest(length_ms));
    let buckets = width::buckets(length_ms, seconds);
    match usize::try_from(buckets) {
        Ok(buckets) if buckets <= MAX_BUCKETS => Ok((seconds, buckets)),
        _ => {
            let rule = format!(
                "{seconds} make {buckets} buckets of {start} to {end}; at most {MAX_BUCKETS}"
            );
            Err(ApiError::field("bucketSeconds", rule))
        }
    }
}

fn before(next: Time, start: Instant, end: Instant) -> Result<Instant, ApiError> {
    let next = next.end();
    if next <= start || next > end {
        let rule = format!("{next} is not of an answer for {start} to {end}");
        return Err(ApiError::field("next", rule));
    }
    Ok(next)
}

impl TopBody {
    fn read(self) -> Result<(Attribute, usize), ApiError> {
        let Some(attribute) = self.attribute else {
            return Err(ApiError::field("top.attribute", "is required"));
        };
        let attribute = attributes::attribute("top.attribute", &attribute)?;
        if matches!(attribute, Attribute::EventId | Attribute::RequestId) {
            let rule = format!(
                "{} has another value in each event, or nearly so",
                quoted(attribute.name())
            );
            return Err(ApiError::field("top.attribute", rule));
        }
        let asked = self.count.unwrap_or(DEFAULT_TOP);
        let count = usize::try_from(asked).unwrap_or(usize::MAX);
        if !(1..=MAX_TOP).contains(&count) {
            return Err(ApiError::field(
                "top.count",
                format!("{asked}; 1 to {MAX_TOP}"),
            ));
        }
        Ok((attribute, count))
    }
}

#[cfg(test)]
mod tests {
    use activity_log_core::instant::DAY;
    use serde_json::{Value, json};

    use super::*;
    use crate::input;

    /// 2026-11-20T12:00:00Z
    const NOW: Instant = Instant::from_seconds(1_795_176_000);
    const HORIZON: Instant = NOW.plus_millis(-30 * DAY + 1);

    fn asked(body: &Value) -> Result<Question, ApiError> {
        let body: CountBody = input::read(body.to_string().as_bytes())?;
        body.question(HORIZON, NOW)
    }

    fn refused(body: &Value) -> String {
        asked(body).unwrap_err().message().to_owned()
    }

    #[test]
    fn all_may_be_left_out() {
        let Question {
            query,
            request,
            end,
        } = asked(&json!({})).unwrap();
        // A lookup finds all that is kept, and what is a little ahead of its time.
        assert_eq!(request.start, NOW.plus_millis(-30 * DAY));
        assert_eq!(end, NOW.plus_millis(5 * MINUTE));
        assert_eq!((query.start, query.end), (Some(request.start), Some(end)));
        assert_eq!((request.width_ms, request.buckets), (12 * HOUR, 61));
        assert_eq!((request.horizon, request.now), (HORIZON, NOW));
        assert!(query.filters.is_empty() && request.top.is_none() && request.before.is_none());
    }

    #[test]
    fn buckets_begin_at_the_start_and_hold_the_end() {
        let body = |end: &str, seconds: u64| json!({"startTime": "2026-11-20T00:00:00Z", "endTime": end, "bucketSeconds": seconds});
        let count = |body: Value| asked(&body).unwrap().request.buckets;
        assert_eq!(count(body("2026-11-20T11:59:59.999Z", 3_600)), 12);
        assert_eq!(count(body("2026-11-20T12:00:00Z", 3_600)), 13);
        assert_eq!(count(body("2026-11-20T00:00:00Z", 3_600)), 1);
        assert_eq!(count(body("2026-11-20T12:00:00Z", u64::MAX)), 1);
    }

    #[test]
    fn each_rule_names_its_field() {
        let range = json!({"startTime": 0, "endTime": 120, "bucketSeconds": 1});
        for (body, told) in [
            (
                range,
                "bucketSeconds: 1 make 121 buckets of 1970-01-01T00:00:00Z to 1970-01-01T00:02:00Z; at most 120",
            ),
            (json!({"bucketSeconds": 0}), "bucketSeconds: 0; at least 1"),
            (
                json!({"bucketSeconds": -1}),
                "bucketSeconds: invalid value: integer `-1`, expected u64",
            ),
            (
                json!({"startTime": 2, "endTime": 1}),
                "startTime: 1970-01-01T00:00:02Z is after endTime, 1970-01-01T00:00:01Z",
            ),
            (
                json!({"filters": [{"attribute": "EventName"}]}),
                "filters[0]: has one of equals, notEquals, prefix, notPrefix, contains, notContains and exists",
            ),
            (
                json!({"filters": [{"attribute": "ReadOnly", "value": "no"}]}),
                "filters[0].value: 'no'; ReadOnly is 'true' or 'false'",
            ),
            (
                json!({"filters": [{"field": "a", "equals": "x"}]}),
                "filters: 'a' is no attribute, and events are counted by attributes alone: look them up, or make a report",
            ),
            (
                json!({"filters": vec![json!({"attribute": "EventName", "value": "x"}); 11]}),
                "filters: 11 on attributes; at most 10",
            ),
            (json!({"top": {}}), "top.attribute: is required"),
            (
                json!({"top": {"attribute": "EventId"}}),
                "top.attribute: 'EventId' has another value in each event, or nearly so",
            ),
            (
                json!({"top": {"attribute": "EventName", "count": 101}}),
                "top.count: 101; 1 to 100",
            ),
            (
                json!({"top": {"attribute": "EventName", "count": 0}}),
                "top.count: 0; 1 to 100",
            ),
            (
                json!({"next": 1, "startTime": 0, "endTime": 2}),
                "next: needs startTime, endTime and bucketSeconds, as the answer before has them",
            ),
            (
                json!({"next": 0, "startTime": 0, "endTime": 2, "bucketSeconds": 1}),
                "next: 1970-01-01T00:00:00Z is not of an answer for 1970-01-01T00:00:00Z to 1970-01-01T00:00:02Z",
            ),
        ] {
            assert_eq!(refused(&body), told, "{body}");
        }
        let unknown = refused(&json!({"maxResults": 1}));
        assert!(
            unknown.starts_with("maxResults: unknown field"),
            "{unknown}"
        );
        let unknown = refused(&json!({"top": {"attribute": "Eventname"}}));
        assert!(
            unknown.starts_with("top.attribute: 'Eventname' must be one of"),
            "{unknown}"
        );
    }

    #[test]
    fn top_values_and_where_to_go_on_are_read() {
        let body = json!({"startTime": 0, "endTime": 10, "bucketSeconds": 2, "next": "1970-01-01T00:00:04.005Z", "top": {"attribute": "EventName"}});
        let request = asked(&body).unwrap().request;
        assert_eq!(request.before, Some(Instant::from_millis(4_005)));
        assert_eq!(request.top, Some((Attribute::EventName, 10)));
        assert_eq!((request.width_ms, request.buckets), (2_000, 6));
    }
}
