//! Over a store that has so many events, of which it gives so many at most.

use std::sync::Mutex;

use activity_log_core::page::Page;
use activity_log_core::query::Query;
use activity_log_core::reader::ReadError;
use serde_json::Value;

use super::*;

const NOW: Instant = Instant::from_seconds(1_795_176_000);

struct Store {
    events: i64,
    /// of a page, whatever is asked for
    most: usize,
    pages: Mutex<usize>,
}

fn store(events: i64, most: usize) -> Store {
    Store {
        events,
        most,
        pages: Mutex::default(),
    }
}

fn at(age: i64) -> Position {
    Position {
        time: NOW.plus_millis(-age),
        id: format!("e{age}"),
    }
}

impl EventReader for Store {
    async fn find(&self, _: AccountId, _: &Query, page: &PageRequest) -> Result<Page, ReadError> {
        *self.pages.lock().unwrap() += 1;
        let first = page
            .after
            .as_ref()
            .map_or(0, |after| NOW.millis() - after.time.millis() + 1);
        let count = page.max_events.min(self.most);
        let ages: Vec<i64> = (first..self.events).take(count).collect();
        let next = ages
            .last()
            .filter(|last| **last < self.events - 1)
            .map(|last| at(*last));
        let events = ages.into_iter().map(|age| {
            let position = at(age);
            let record = format!(
                r#"{{"eventTime":"{}","eventID":"{}","eventName":"N","n":{age}}}"#,
                position.time, position.id
            );
            FoundEvent {
                position,
                name: "N".to_owned(),
                source: None,
                username: None,
                access_key_id: None,
                project: None,
                origin: "queue".to_owned(),
                read_only: false,
                resources: vec![],
                record,
            }
        });
        Ok(Page {
            events: events.collect(),
            next,
        })
    }
}

/// What is found of a question, after an event of this age.
fn found(store: &Store, condition: &str, limit: usize, after: Option<i64>) -> Found {
    let conditions = if condition.is_empty() {
        vec![]
    } else {
        let clause = condition.parse().unwrap();
        activity_log_core::question::apart([clause]).1
    };
    let question = Question {
        query: Query::default(),
        conditions,
        limit,
        next: None,
    };
    let range = Range {
        account: "111122223333".parse().unwrap(),
        after: after.map(at),
        horizon: NOW.plus_millis(-1_000_000),
        now: NOW,
    };
    let mut future = std::pin::pin!(find(store, &question, range));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    loop {
        if let std::task::Poll::Ready(done) = future.as_mut().poll(&mut context) {
            return done.unwrap();
        }
    }
}

fn numbers(found: &Found) -> Vec<u64> {
    let number = |event: &RawValue| {
        let event: Value = serde_json::from_str(event.get()).unwrap();
        event["record"]["n"].as_u64().unwrap()
    };
    found.events.iter().map(|event| number(event)).collect()
}

#[test]
fn without_conditions_a_page_is_the_stores() {
    let all = store(10, 1_000);
    let page = found(&all, "", 4, None);
    assert_eq!((numbers(&page), page.next), (vec![0, 1, 2, 3], Some(at(3))));
    let rest = found(&all, "", 40, Some(3));
    assert_eq!((rest.events.len(), rest.next), (6, None));
    assert_eq!(*all.pages.lock().unwrap(), 2);
}

#[test]
fn what_records_say_is_tried_until_there_are_enough() {
    let all = store(2_000, 1_000);
    let page = found(&all, "n^=17", 3, None);
    assert_eq!(numbers(&page), [17, 170, 171]);
    assert_eq!(page.next, Some(at(171)));
    let rest = found(&all, "n^=17", 1_000, Some(171));
    assert_eq!((rest.events.len(), rest.next), (108, None));
    // A page that is full, and nothing behind it that matches.
    let last = found(&all, "n=1", 1, None);
    assert_eq!((numbers(&last), last.next), (vec![1], Some(at(499))));
}

#[test]
fn a_page_that_took_as_much_as_it_may_ends_with_what_there_is() {
    let slow = store(2_000, 100);
    let page = found(&slow, "n=1500", 10, None);
    assert_eq!((page.events.len(), page.next), (0, Some(at(99))));
    assert!(page.warnings.is_empty());
    assert_eq!(*slow.pages.lock().unwrap(), 1);
    let many = store(1_000_000, 1_000);
    let page = found(&many, "n=999999", 10, None);
    assert_eq!((page.events.len(), page.next), (0, Some(at(9_999))));
    assert_eq!(*many.pages.lock().unwrap(), MOST_TRIES);
}

#[test]
fn a_field_that_no_event_has_is_told() {
    let page = found(&store(10, 1_000), ".username=alice", 10, None);
    let told =
        "condition on field 'username': no event that was looked at has it; did you mean Username?";
    assert_eq!(page.warnings, [told]);
    assert!(
        found(&store(0, 1), "nothing=x", 10, None)
            .warnings
            .is_empty()
    );
    assert!(
        found(&store(10, 1_000), "nothing!=x", 10, None)
            .warnings
            .is_empty()
    );
}

#[test]
fn a_full_reply_ends_the_page_after_its_last_event() {
    let conditions = Conditions::new(&[]).unwrap();
    let all = store(5, 1_000);
    let page = PageRequest {
        max_events: 5,
        max_bytes: 1,
        after: None,
        horizon: NOW,
        now: NOW,
        deadline: None,
    };
    let events = || {
        let account = "111122223333".parse().unwrap();
        let query = Query::default();
        let mut future = std::pin::pin!(all.find(account, &query, &page));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        match future.as_mut().poll(&mut context) {
            std::task::Poll::Ready(page) => page.unwrap().events,
            std::task::Poll::Pending => panic!("nothing is waited for"),
        }
    };
    let mut whole = Gathered::new(&conditions, 5, usize::MAX);
    assert_eq!(whole.add(events()).unwrap(), None);
    let two: usize = whole.events[..2]
        .iter()
        .map(|one| escaped_len(one.get()) + 1)
        .sum();
    for (most, given) in [(two, 2), (two - 1, 1), (1, 1)] {
        let mut cut = Gathered::new(&conditions, 5, most);
        let next = cut.add(events()).unwrap();
        assert_eq!(cut.events.len(), given);
        assert_eq!(next, Some(at(i64::try_from(given).unwrap() - 1)));
    }
}
