//! `LookupEvents`: the account's events, newest first, by time and any number of attributes.
//!
//! AWS honours one attribute; we AND up to [`MAX_FILTERS`]. Its eight keys are served, and the rest of
//! [`Attribute::ALL`] besides. `MaxResults` goes to 1,000, as NGN's does, with AWS's default of 50.

use activity_log_control::{CursorKeys, Permission};
use activity_log_core::cursor::InvalidCursor;
use activity_log_core::instant::{DAY, Instant};
use activity_log_core::page::PageRequest;
use activity_log_core::query::{Attribute, Filter, MAX_FILTERS, Query, looked_up};
use activity_log_core::reader::{EventReader, ReadError};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::error::{ApiError, Code, quoted};
use crate::events_page::{self, RECORD_BYTES};
use crate::input::Object;
use crate::operation::{Call, Operation};
use crate::ports::Ports;
use crate::timestamp::{self, EpochSeconds};
use crate::tokens::{self, Tokens};

const DEFAULT_MAX_RESULTS: usize = 50;
const MAX_MAX_RESULTS: i64 = 1_000;

/// `LookupEvents`.
#[derive(Debug)]
pub struct LookupEvents;

/// The request.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(rename_all(deserialize = "PascalCase", serialize = "camelCase"))]
pub struct Input {
    lookup_attributes: Option<Vec<Object<LookupAttribute>>>,
    start_time: Option<EpochSeconds>,
    end_time: Option<EpochSeconds>,
    event_category: Option<String>,
    max_results: Option<i64>,
    next_token: Option<String>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all(deserialize = "PascalCase", serialize = "camelCase"))]
struct LookupAttribute {
    attribute_key: Option<String>,
    attribute_value: Option<String>,
}

/// The reply.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    events: Vec<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

impl<P: Ports> Operation<P> for LookupEvents {
    const NAME: &'static str = "LookupEvents";
    const PERMISSION: Permission = Permission::Auditor;
    const READ_ONLY: bool = true;
    type Input = Input;
    type Output = Output;

    async fn run(call: &Call<'_, P>, input: Input) -> Result<Output, ApiError> {
        let account = &call.principal.account;
        let kept_days = i64::from(call.ports.retention_days(account));
        let tokens = Tokens {
            keys: call.ports.directory(),
            account,
            scope: "LookupEvents",
            now: call.now,
        };
        let horizon = call.now.plus_millis(-kept_days * DAY);
        lookup(call.ports.events(), &tokens, horizon, input).await
    }
}

async fn lookup(
    events: &impl EventReader,
    tokens: &Tokens<'_, impl CursorKeys>,
    horizon: Instant,
    input: Input,
) -> Result<Output, ApiError> {
    let insight = is_insight(input.event_category.as_deref())?;
    let query = query(&input)?;
    let max_events = max_results(input.max_results)?;
    let after = match input.next_token.as_deref() {
        // No page of insight events was ever followed by another, so no token is of one.
        Some(_) if insight => return Err(tokens::refusal(InvalidCursor::Forged)),
        Some(token) => Some(tokens.open(&query, token).await?),
        None => None,
    };
    if insight {
        return Ok(Output::default());
    }
    let request = PageRequest {
        max_events,
        max_bytes: RECORD_BYTES,
        after,
        horizon,
        now: tokens.now,
        deadline: None,
    };
    let page = events
        .find(tokens.account.id, &query, &request)
        .await
        .map_err(unread)?;
    let page = events_page::write(page)?;
    let next_token = match &page.next {
        Some(next) => Some(tokens.seal(&query, next).await?),
        None => None,
    };
    Ok(Output {
        events: page.events,
        next_token,
    })
}

/// Whether insight events are asked for. We make none, so the answer to that is empty.
fn is_insight(category: Option<&str>) -> Result<bool, ApiError> {
    match category {
        None => Ok(false),
        Some("insight") => Ok(true),
        Some(other) => Err(ApiError::new(
            Code::INVALID_EVENT_CATEGORY,
            format!(
                "EventCategory {} is not valid; the only value is 'insight'",
                quoted(other)
            ),
        )),
    }
}

/// Everything of the request that a token is bound to: all but `MaxResults` and the token itself.
fn query(input: &Input) -> Result<Query, ApiError> {
    let (start, end) = timestamp::range(input.start_time, input.end_time)?;
    Ok(Query {
        start,
        end,
        filters: filters(input.lookup_attributes.as_deref().unwrap_or_default())?,
    })
}

fn filters(attributes: &[Object<LookupAttribute>]) -> Result<Vec<Filter>, ApiError> {
    if attributes.len() > MAX_FILTERS {
        return Err(invalid_attributes(format!(
            "LookupAttributes has {} attributes; at most {MAX_FILTERS} are allowed",
            attributes.len()
        )));
    }
    attributes
        .iter()
        .enumerate()
        .map(|(at, Object(attribute))| filter(at, attribute))
        .collect()
}

fn filter(at: usize, attribute: &LookupAttribute) -> Result<Filter, ApiError> {
    let missing = |field| invalid_attributes(format!("LookupAttributes[{at}].{field} is missing"));
    let key = attribute
        .attribute_key
        .as_deref()
        .ok_or_else(|| missing("AttributeKey"))?;
    let value = attribute
        .attribute_value
        .as_deref()
        .ok_or_else(|| missing("AttributeValue"))?;
    let attribute: Attribute = key.parse().map_err(|_| {
        let names = Attribute::ALL.map(Attribute::name).join(", ");
        invalid_attributes(format!(
            "LookupAttributes[{at}].AttributeKey {} is not valid; it must be one of {names}",
            quoted(key)
        ))
    })?;
    if value.is_empty() {
        return Err(invalid_attributes(format!(
            "LookupAttributes[{at}].AttributeValue is empty; it must have at least 1 character"
        )));
    }
    if let Err(rule) = attribute.takes(value) {
        return Err(invalid_attributes(format!(
            "LookupAttributes[{at}].AttributeValue {} is not valid; {rule}",
            quoted(value)
        )));
    }
    // AWS refuses what is longer than its 2,000 characters. Events with longer names are stored here, so one can ask.
    Ok(Filter::is(attribute, looked_up(value.into())))
}

fn invalid_attributes(message: String) -> ApiError {
    ApiError::new(Code::INVALID_LOOKUP_ATTRIBUTES, message)
}

fn max_results(asked: Option<i64>) -> Result<usize, ApiError> {
    let Some(asked) = asked else {
        return Ok(DEFAULT_MAX_RESULTS);
    };
    usize::try_from(asked)
        .ok()
        .filter(|_| (1..=MAX_MAX_RESULTS).contains(&asked))
        .ok_or_else(|| {
            ApiError::new(
                Code::INVALID_MAX_RESULTS,
                format!(
                    "MaxResults {asked} is not valid; it must be between 1 and {MAX_MAX_RESULTS}"
                ),
            )
        })
}

fn unread(error: ReadError) -> ApiError {
    match &error {
        ReadError::Throttled(_) => ApiError::new(Code::THROTTLING, "Rate exceeded"),
        ReadError::Store(_) | ReadError::Damaged { .. } => ApiError::new(
            Code::INTERNAL_FAILURE,
            "The events could not be read. Try again",
        ),
    }
    .caused_by(error)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use activity_log_control::Account;
    use activity_log_control::memory::InMemory;
    use activity_log_control::vault::Sealed;
    use activity_log_core::account::AccountId;
    use activity_log_core::cursor;
    use activity_log_core::page::{Page, Position};
    use serde_json::json;

    use super::*;
    use crate::input;

    const NOW: Instant = Instant::from_seconds(1_795_176_000);
    const HORIZON: Instant = Instant::from_seconds(1);

    /// Remembers what it was asked, and always has one more page.
    #[derive(Default)]
    struct Asked(Mutex<Vec<(Query, PageRequest)>>);

    impl EventReader for Asked {
        async fn find(
            &self,
            _: AccountId,
            query: &Query,
            page: &PageRequest,
        ) -> Result<Page, ReadError> {
            self.0.lock().unwrap().push((query.clone(), page.clone()));
            Ok(Page {
                events: vec![],
                next: Some(after()),
            })
        }
    }

    fn after() -> Position {
        Position {
            time: Instant::from_seconds(5),
            id: "e5".to_owned(),
        }
    }

    fn ask(events: &Asked, input: &serde_json::Value, now: Instant) -> Result<Output, ApiError> {
        let account = Account {
            id: "111122223333".parse().unwrap(),
            name: "demo".parse().unwrap(),
            created: NOW,
            retention_override_days: None,
            limits: activity_log_control::Limits::default(),
            subscription: activity_log_core::subscription::Subscription::since(NOW),
            cursor_key: Sealed::new(vec![1; 32]),
        };
        let tokens = Tokens {
            keys: &InMemory::new(),
            account: &account,
            scope: "LookupEvents",
            now,
        };
        let (input, _) = input::read(input.to_string().as_bytes())?;
        block_on(lookup(events, &tokens, HORIZON, input))
    }

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        let mut future = std::pin::pin!(future);
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        loop {
            if let std::task::Poll::Ready(done) = future.as_mut().poll(&mut context) {
                return done;
            }
        }
    }

    fn refused(input: &serde_json::Value) -> String {
        ask(&Asked::default(), input, NOW).unwrap_err().to_string()
    }

    fn asked(input: &serde_json::Value) -> (Query, PageRequest) {
        let events = Asked::default();
        ask(&events, input, NOW).unwrap();
        events.0.into_inner().unwrap().remove(0)
    }

    fn attribute(key: &str, value: &str) -> serde_json::Value {
        json!({"LookupAttributes": [{"AttributeKey": key, "AttributeValue": value}]})
    }

    #[test]
    fn defaults_are_aws_s() {
        let (query, page) = asked(&json!({}));
        assert_eq!(query, Query::default());
        assert_eq!((page.max_events, page.after), (50, None));
        assert_eq!((page.horizon, page.now), (HORIZON, NOW));
    }

    #[test]
    fn every_attribute_is_taken_and_all_are_asked_for() {
        let taken = &Attribute::ALL[Attribute::ALL.len() - MAX_FILTERS..];
        let value = |attribute| match attribute {
            Attribute::Origin => "service",
            _ => "true",
        };
        let attributes: Vec<_> = taken
            .iter()
            .map(|one| json!({"AttributeKey": one.name(), "AttributeValue": value(*one)}))
            .collect();
        let (query, _) = asked(&json!({"LookupAttributes": attributes}));
        assert_eq!(query.filters.len(), MAX_FILTERS);
        for (filter, attribute) in query.filters.iter().zip(taken) {
            let expected = (*attribute, value(*attribute));
            assert_eq!((filter.attribute, &*filter.test.texts()[0]), expected);
        }
        let longest = "é".repeat(2_000);
        // As the events' own values are.
        let cut = "é".repeat(1_999) + "…";
        let longer = format!("{longest}x");
        for (value, taken) in [(&longest, &longest), (&longer, &cut)] {
            for name in ["EventId", "EventName"] {
                let (query, _) = asked(&attribute(name, value));
                assert_eq!(query.filters[0].attribute.name(), name);
                assert_eq!(query.filters[0].test.texts(), [taken.as_str()]);
            }
        }
    }

    #[test]
    fn bad_attributes_are_refused_by_name() {
        let refusal = |key: &str, value: &str| refused(&attribute(key, value));
        assert_eq!(
            refusal("eventName", "x"),
            "InvalidLookupAttributesException: LookupAttributes[0].AttributeKey 'eventName' is not valid; it must be one of \
             EventId, EventName, ReadOnly, Username, ResourceType, ResourceName, EventSource, AccessKeyId, ErrorCode, SourceIp, Project, Origin, \
             RequestId, UserAgent, Region, PrincipalArn, EventType"
        );
        assert_eq!(
            refusal("EventName", ""),
            "InvalidLookupAttributesException: LookupAttributes[0].AttributeValue is empty; it must have at least 1 character"
        );
        assert_eq!(
            refusal("ReadOnly", "True"),
            "InvalidLookupAttributesException: LookupAttributes[0].AttributeValue 'True' is not valid; ReadOnly is 'true' or 'false'"
        );
        assert_eq!(
            refusal("Origin", "producer"),
            "InvalidLookupAttributesException: LookupAttributes[0].AttributeValue 'producer' is not valid; \
             Origin is service, operator, producer:USER, queue, import or eventbridge"
        );
        assert_eq!(
            refused(&json!({"LookupAttributes": [{"AttributeKey": "EventName"}]})),
            "InvalidLookupAttributesException: LookupAttributes[0].AttributeValue is missing"
        );
        let many = vec![json!({"AttributeKey": "EventName", "AttributeValue": "x"}); 11];
        assert_eq!(
            refused(&json!({"LookupAttributes": many})),
            "InvalidLookupAttributesException: LookupAttributes has 11 attributes; at most 10 are allowed"
        );
    }

    #[test]
    fn times_are_inclusive_to_the_millisecond() {
        let (query, _) =
            asked(&json!({"StartTime": 1_688_990_400.123, "EndTime": 1_688_990_400.123_4}));
        let at = Some(Instant::from_millis(1_688_990_400_123));
        assert_eq!((query.start, query.end), (at, at));
        let (query, _) = asked(&json!({"StartTime": 0.000_1, "EndTime": 7}));
        assert_eq!(query.start, Some(Instant::from_millis(1)));
        assert_eq!(query.end, Some(Instant::from_seconds(7)));
    }

    #[test]
    fn times_that_make_no_range_are_refused() {
        assert_eq!(
            refused(&json!({"StartTime": 2, "EndTime": 1})),
            "InvalidTimeRangeException: StartTime 1970-01-01T00:00:02Z is after EndTime 1970-01-01T00:00:01Z"
        );
        for bad in [json!({"StartTime": 1e300}), json!({"EndTime": -1e12})] {
            assert!(
                refused(&bad).starts_with("InvalidTimeRangeException: "),
                "{bad}"
            );
        }
    }

    #[test]
    fn max_results_is_1_to_1000() {
        for max in [1, 1_000] {
            assert_eq!(asked(&json!({"MaxResults": max})).1.max_events, max);
        }
        for bad in [0, -1, 1_001, i64::MAX] {
            assert_eq!(
                refused(&json!({"MaxResults": bad})),
                format!(
                    "InvalidMaxResultsException: MaxResults {bad} is not valid; it must be between 1 and 1000"
                )
            );
        }
        for not_a_number in [json!("50"), json!(1.5), json!(1e20)] {
            assert!(
                refused(&json!({"MaxResults": not_a_number}))
                    .starts_with("SerializationException: MaxResults: ")
            );
        }
    }

    #[test]
    fn insight_events_are_none_and_other_categories_unknown() {
        let output = ask(&Asked::default(), &json!({"EventCategory": "insight"}), NOW).unwrap();
        assert_eq!(serde_json::to_value(output).unwrap(), json!({"Events": []}));
        assert_eq!(
            refused(&json!({"EventCategory": "Data"})),
            "InvalidEventCategoryException: EventCategory 'Data' is not valid; the only value is 'insight'"
        );
    }

    #[test]
    fn a_token_goes_on_with_the_same_parameters_only() {
        let events = Asked::default();
        let first = json!({"StartTime": 3, "MaxResults": 5});
        let token = ask(&events, &first, NOW).unwrap().next_token.unwrap();

        let again = json!({"StartTime": 3, "MaxResults": 7, "NextToken": token});
        let (_, page) = asked(&again);
        assert_eq!((page.after, page.max_events), (Some(after()), 7));

        let forged = "InvalidNextTokenException: NextToken is not valid: it must be sent as it was given, with the same parameters as before";
        for other in [
            json!({"NextToken": token}),
            json!({"StartTime": 4, "NextToken": token}),
            json!({"StartTime": 3, "EndTime": 9, "NextToken": token}),
            json!({"StartTime": 3, "NextToken": format!("{token}A")}),
            json!({"StartTime": 3, "NextToken": ""}),
            json!({"StartTime": 3, "EventCategory": "insight", "NextToken": token}),
        ] {
            assert_eq!(refused(&other), forged, "{other}");
        }
        let late = NOW.plus_millis(cursor::LIFETIME_MS + 1);
        assert_eq!(
            ask(&events, &again, late).unwrap_err().to_string(),
            "InvalidNextTokenException: NextToken has expired: a token lives for 1 hour; start again without it"
        );
    }

    #[test]
    fn a_store_that_throttles_or_fails_is_one_the_client_asks_again() {
        let code = |error: ReadError| unread(error).code();
        assert_eq!(code(ReadError::Throttled("t".into())), Code::THROTTLING);
        assert_eq!(code(ReadError::Store("t".into())), Code::INTERNAL_FAILURE);
    }
}
