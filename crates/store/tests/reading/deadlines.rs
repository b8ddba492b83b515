//! A store that takes its time: a page ends at its deadline, gets on, and gives each event once. A request takes a
//! millisecond of tokio's time, which is paused: those made at once take no longer than one.

use std::sync::Arc;
use std::time::Duration;

use activity_log_core::page::{Deadline, PageRequest, Position};
use activity_log_core::query::{Attribute, Query};
use activity_log_core::read::Events;
use activity_log_core::reader::EventReader as _;
use tokio::time::Instant as Tick;

use crate::costs::{Counted, with};
use crate::large::ten_days;
use crate::world::{World, account};

/// How long reading for a page may go on, in milliseconds.
const DEADLINE_MS: i64 = 4;
/// What had begun when that was over: the frames of what was found.
const GRACE: Duration = Duration::from_millis(8);

/// The whole answer, in how many pages. Each page ended in time, and none stood still.
async fn read(world: &World, query: &Query) -> (Vec<Position>, usize) {
    // Nothing is kept: each page reads anew.
    let events = Events::new(Counted::new(world.items.clone()), 0);
    let (mut found, mut after, mut pages) = (Vec::new(), None, 0);
    loop {
        let (begun, now) = (Tick::now(), world.now);
        let passed = move || i64::try_from(begun.elapsed().as_millis()).unwrap();
        let clock = Arc::new(move || now.plus_millis(passed()));
        let page = PageRequest {
            after: after.clone(),
            deadline: Some(Deadline::new(now.plus_millis(DEADLINE_MS), clock)),
            ..world.page(1_000)
        };
        let answer = events.find(account(), query, &page).await.unwrap();
        let most = Duration::from_millis(DEADLINE_MS.unsigned_abs()) + GRACE;
        assert!(begun.elapsed() <= most, "{:?}", begun.elapsed());
        pages += 1;
        found.extend(answer.events.into_iter().map(|event| event.position));
        let Some(next) = answer.next else {
            return (found, pages);
        };
        assert!(after.is_none_or(|after| after < next), "{next:?}");
        after = Some(next);
    }
}

#[tokio::test(start_paused = true)]
async fn every_page_ends_at_its_deadline_and_all_pages_give_each_event_once() {
    let world = ten_days(1).await;
    let some = world.model.rows[world.model.rows.len() / 3]
        .position
        .id
        .clone();
    let cases = [
        (with(&[]), true),
        (with(&[(Attribute::EventName, "GetObject")]), true),
        (
            with(&[
                (Attribute::EventName, "AssumeRole"),
                (Attribute::ErrorCode, "NoSuchKey"),
            ]),
            false,
        ),
        (with(&[(Attribute::EventId, &some)]), false),
        (with(&[(Attribute::EventId, "nobody")]), false),
    ];
    for (query, is_cut) in cases {
        let expected = world.model.answer(&query, world.horizon());
        let expected: Vec<Position> = expected.iter().map(|row| row.position.clone()).collect();
        let (found, pages) = read(&world, &query).await;
        assert_eq!(found, expected, "{query:?}");
        let full = expected.len().div_ceil(1_000);
        println!("{pages} pages, {full} of them if there were time: {query:?}");
        assert!(!is_cut || pages > full, "the deadline was never reached");
    }
}
