//! The body of `POST /v1/events/lookup`.

use activity_log_calls::parameters::HIDDEN;
use activity_log_core::query::Query;
use activity_log_core::reports::Condition;
use serde::{Deserialize, Serialize, Serializer};

use crate::error::{ApiError, quoted};
use crate::filters::{self, FilterBody, WhereText};
use crate::input::Object;
use crate::time::Time;

/// Events of a page, if it is not said how many.
const DEFAULT_LIMIT: usize = 50;
/// Most events of a page.
const MAX_LIMIT: u64 = 1_000;
/// The only order there is.
const NEWEST: &str = "newest";

/// What is asked for, as JSON has it.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LookupBody {
    filters: Option<Vec<Object<FilterBody>>>,
    #[serde(rename = "where")]
    texts: Option<Vec<WhereText>>,
    start_time: Option<Time>,
    end_time: Option<Time>,
    order: Option<String>,
    limit: Option<u64>,
    #[serde(serialize_with = "hidden")]
    next: Option<String>,
}

/// A token is good for whoever has it, for an hour.
#[expect(clippy::ref_option, reason = "serde gives a reference to the field")]
fn hidden<S: Serializer>(next: &Option<String>, serializer: S) -> Result<S::Ok, S::Error> {
    next.as_ref().map(|_| HIDDEN).serialize(serializer)
}

/// What is to be found.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// which events, as far as attributes tell
    pub query: Query,
    /// and what their records must say
    pub conditions: Vec<Condition>,
    /// at most so many
    pub limit: usize,
    /// the token of the page before
    pub next: Option<String>,
}

impl LookupBody {
    /// The question that is asked.
    pub fn question(self) -> Result<Question, ApiError> {
        let (start, end) = (
            self.start_time.map(Time::start),
            self.end_time.map(Time::end),
        );
        if let (Some(start), Some(end)) = (start, end)
            && start > end
        {
            let rule = format!("{start} is after endTime, {end}");
            return Err(ApiError::field("startTime", rule));
        }
        if let Some(order) = self.order.filter(|order| order != NEWEST) {
            let rule = format!(
                "{}; only newest is served: the newest event first",
                quoted(&order)
            );
            return Err(ApiError::field("order", rule));
        }
        let (filters, conditions) = filters::read(self.filters, self.texts)?;
        Ok(Question {
            query: Query {
                start,
                end,
                filters,
            },
            conditions,
            limit: limit(self.limit)?,
            next: self.next,
        })
    }
}

fn limit(asked: Option<u64>) -> Result<usize, ApiError> {
    let Some(asked) = asked else {
        return Ok(DEFAULT_LIMIT);
    };
    let limit = usize::try_from(asked).ok();
    let limit = limit.filter(|_| (1..=MAX_LIMIT).contains(&asked));
    limit.ok_or_else(|| ApiError::field("limit", format!("{asked}; 1 to {MAX_LIMIT}")))
}

#[cfg(test)]
mod tests {
    use activity_log_core::instant::Instant;
    use serde_json::{Value, json};

    use super::*;
    use crate::input;

    fn asked(body: &Value) -> Result<Question, ApiError> {
        let body: LookupBody = input::read(body.to_string().as_bytes())?;
        body.question()
    }

    #[test]
    fn all_may_be_left_out() {
        let question = asked(&json!({})).unwrap();
        assert_eq!((question.query, question.limit), (Query::default(), 50));
        assert!(question.conditions.is_empty() && question.next.is_none());
    }

    #[test]
    fn what_is_asked_is_read() {
        let body = json!({
            "filters": [{"attribute": "EventName", "value": "A"}], "where": ["who!=eve", "a.b=c"],
            "startTime": 1, "endTime": "1970-01-01T00:00:02Z", "order": "newest", "limit": 1_000, "next": "t",
        });
        let question = asked(&body).unwrap();
        assert_eq!(question.query.filters.len(), 2);
        assert_eq!(question.conditions[0].field, "a.b");
        assert_eq!(question.query.start, Some(Instant::from_seconds(1)));
        assert_eq!(question.query.end, Some(Instant::from_seconds(2)));
        assert_eq!(
            (question.limit, question.next),
            (1_000, Some("t".to_owned()))
        );
    }

    #[test]
    fn each_rule_names_its_field() {
        for (body, told) in [
            (json!({"limit": 0}), "limit: 0; 1 to 1000"),
            (json!({"limit": 1_001}), "limit: 1001; 1 to 1000"),
            (
                json!({"order": "oldest"}),
                "order: 'oldest'; only newest is served: the newest event first",
            ),
            (
                json!({"startTime": 2, "endTime": 1}),
                "startTime: 1970-01-01T00:00:02Z is after endTime, 1970-01-01T00:00:01Z",
            ),
            (
                json!({"where": ["who"]}),
                "where[0]: 'who', column 4: an operator: =, !=, ^= (begins with), *= (contains), !^=, !*=, each with ~ \
                 before the = where capital letters do not count, in (A, B) or not in (A, B)",
            ),
        ] {
            assert_eq!(asked(&body).unwrap_err().message(), told);
        }
        let error = asked(&json!({"maxResults": 1})).unwrap_err();
        assert!(error.message().starts_with("maxResults: unknown field"));
    }

    #[test]
    fn the_log_of_calls_has_no_token() {
        let body: LookupBody = input::read(br#"{"next":"secret","limit":7}"#).unwrap();
        let told = serde_json::to_value(body).unwrap();
        assert_eq!((&told["next"], &told["limit"]), (&json!(HIDDEN), &json!(7)));
    }
}
