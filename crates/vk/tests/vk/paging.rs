//! Pages: full, in order, each record once.

use activity_log_core::instant::{Instant, SECOND};
use activity_log_core::read::ReadLimits;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::world::{DEFAULT, World};

const NOW: &str = "2026-11-20T12:00:00Z";
const PROJECTS: [Option<&str>; 4] = [None, Some(DEFAULT), Some("p1"), Some("p2")];
const SOURCES: [&str; 3] = ["nova", "glance", "ec2.amazonaws.com"];

/// An event of some dialect.
#[derive(Clone, Debug)]
struct Sample {
    seconds_ago: i64,
    number: usize,
    project: Option<&'static str>,
    source: Option<&'static str>,
    bytes: usize,
}

impl Sample {
    fn new(seconds_ago: i64, number: usize) -> Self {
        Self {
            seconds_ago,
            number,
            project: PROJECTS[number % 4],
            source: SOURCES.get(number / 4 % 4).copied(),
            bytes: 0,
        }
    }

    fn id(&self) -> String {
        format!("00000000-0000-4000-8000-{:012x}", self.number)
    }

    fn time(&self) -> Instant {
        let now = Instant::parse(NOW).unwrap();
        now.plus_millis(-self.seconds_ago * SECOND)
    }

    fn record(&self) -> Value {
        let (id, time) = (self.id(), self.time().to_string());
        let body = "\"".repeat(self.bytes);
        match self.number % 3 {
            0 => json!({
                "event_id": id, "timestamp": time, "action": "create-vm", "method": "POST", "source": self.source,
                "project_id": self.project, "request_body": body,
            }),
            1 => json!({
                "eventID": id, "eventTime": time, "eventName": "RunInstances", "eventSource": self.source,
                "userName": "anna", "project": self.project, "requestParameters": body,
            }),
            _ => json!({
                "eventID": id, "eventTime": time, "eventName": "GetUser", "eventSource": self.source,
                "userIdentity": {"type": "Root"}, "project": self.project, "requestParameters": {"body": body},
            }),
        }
    }
}

fn records(samples: &[Sample]) -> Vec<Value> {
    samples.iter().map(Sample::record).collect()
}

/// What a project shows, found without the service: newest first, then the greater id.
fn expected(samples: &[Sample], project: &str, source: Option<&str>) -> Vec<String> {
    let mut shown: Vec<&Sample> = samples
        .iter()
        .filter(|one| one.project.unwrap_or(DEFAULT) == project)
        .filter(|one| source.is_none() || one.source == source)
        .collect();
    shown.sort_by_key(|one| (one.seconds_ago, std::cmp::Reverse(one.number)));
    shown.into_iter().map(Sample::id).collect()
}

fn query(source: Option<&str>, limit: usize) -> String {
    format!("limit={limit}&source={}", source.unwrap_or_default())
}

fn spread(count: usize) -> Vec<Sample> {
    // Some in one second, some in one minute, some days apart.
    let ago = |number: usize| {
        let number = i64::try_from(number).unwrap();
        [30, number, number * 7_001][usize::try_from(number % 3).unwrap()]
    };
    (0..count)
        .map(|number| Sample::new(ago(number), number))
        .collect()
}

/// A world of which half is rolled up.
async fn world(samples: &[Sample], batch: usize) -> World {
    let world = World::at(NOW);
    let (first, rest) = samples.split_at(samples.len() / 2);
    for batch in first.chunks(batch) {
        world.send(&records(batch)).await;
    }
    world.roll_up().await;
    for batch in rest.chunks(batch) {
        world.send(&records(batch)).await;
    }
    world
}

/// A world that is rolled up batch after batch.
async fn rolled_up(samples: &[Sample], batch: usize) -> World {
    let world = World::at(NOW);
    for batch in samples.chunks(batch) {
        world.send(&records(batch)).await;
        world.roll_up().await;
    }
    world
}

/// Walks the answer and checks that every page but the last is full, and that the last has no marker.
async fn walked(world: &World, project: &str, source: Option<&str>, limit: usize) -> Vec<String> {
    let mut look = |logs: &[Value], marker: Option<&str>| {
        assert!(logs.len() == limit || marker.is_none(), "a short page");
        assert!(logs.len() <= limit, "too long a page");
        assert!(!logs.is_empty() || marker.is_none(), "an empty page");
    };
    world.walk(project, &query(source, limit), &mut look).await
}

#[tokio::test]
async fn pages_of_every_size_hold_each_record_once() {
    let samples = spread(300);
    let world = world(&samples, 17).await;
    for project in [DEFAULT, "p1", "p2", "p3"] {
        for source in [None, Some("nova"), Some("ec2.amazonaws.com"), Some("none")] {
            let expected = expected(&samples, project, source);
            assert_eq!(
                expected.is_empty(),
                project == "p3" || source == Some("none")
            );
            for limit in [1, 2, 7, 50, expected.len().max(1), 1_000] {
                let ids = walked(&world, project, source, limit).await;
                assert_eq!(ids, expected, "{project} {source:?} by {limit}");
            }
        }
    }
}

#[tokio::test]
async fn an_answer_that_fits_exactly_has_no_marker() {
    // The default project's are the oldest: what comes after the last is passed over.
    let mut samples = spread(40);
    for sample in &mut samples {
        let is_ours = sample.number < 20;
        sample.project = (!is_ours).then_some("p1");
        sample.seconds_ago = if is_ours { 10 } else { 1_000 };
    }
    let world = world(&samples, 40).await;
    for (limit, is_last) in [(19, false), (20, true), (21, true)] {
        let page = world.get(DEFAULT, &query(None, limit)).await;
        assert_eq!(page["logs"].as_array().unwrap().len(), limit.min(20));
        assert_eq!(page.get("marker").is_none(), is_last, "limit {limit}");
    }
}

#[tokio::test]
async fn what_arrives_meanwhile_shifts_nothing() {
    let samples = spread(120);
    let world = world(&samples, 11).await;
    let before = expected(&samples, DEFAULT, None);
    let first = world.get(DEFAULT, &query(None, 10)).await;
    let newer = Sample::new(0, 1_000);
    let older = Sample::new(9 * 86_400 + 1, 1_004);
    assert_eq!((newer.project, older.project), (None, None));
    world.send(&records(&[newer, older.clone()])).await;
    let marker = first["marker"].as_str().unwrap();
    let mut ids = crate::world::ids(first["logs"].as_array().unwrap());
    let next = format!("{}&marker={marker}", query(None, 1_000));
    let rest = world.get(DEFAULT, &next).await;
    ids.extend(crate::world::ids(rest["logs"].as_array().unwrap()));
    let with_older = expected(&[samples, vec![older.clone()]].concat(), DEFAULT, None);
    assert!(with_older.len() == before.len() + 1 && with_older.contains(&older.id()));
    assert_eq!(ids, with_older);
}

#[tokio::test]
async fn a_page_that_may_read_little_ends_early_and_says_where_to_go_on() {
    let samples = spread(90);
    let mut world = rolled_up(&samples, 9).await;
    let all = usize::MAX;
    for (requests, half_units, rounds) in [(1, 1, 1), (3, all, all), (all, 9, all), (all, all, 2)] {
        world.limit(ReadLimits {
            requests,
            half_units,
            rounds,
        });
        for project in [DEFAULT, "p1", "p3"] {
            for source in [None, Some("nova")] {
                let mut short = 0;
                let ids = world
                    .walk(project, &query(source, 10), |logs, marker| {
                        short += usize::from(logs.len() < 10 && marker.is_some());
                    })
                    .await;
                assert_eq!(
                    ids,
                    expected(&samples, project, source),
                    "{project} {source:?}"
                );
                assert!(
                    half_units > 1 || project == "p3" || short > 0,
                    "nothing was cut"
                );
            }
        }
    }
}

#[tokio::test]
async fn a_page_that_takes_long_ends_early_and_says_where_to_go_on() {
    // One in fifty is the default project's, so that a page takes several readings.
    let mut samples = spread(2_000);
    for (sample, ago) in samples.iter_mut().zip(0..) {
        sample.project = (sample.number % 50 != 0).then_some("p1");
        sample.seconds_ago = ago;
    }
    let mut world = world(&samples, 500).await;
    let whole = expected(&samples, DEFAULT, None);
    assert_eq!(walked(&world, DEFAULT, None, 20).await, whole);
    world.backend.tick_ms = 10_000;
    let mut pages = 0;
    let ids = world
        .walk(DEFAULT, &query(None, 20), |_, _| pages += 1)
        .await;
    assert_eq!(ids, whole);
    assert!(pages > 50, "one reading a page: {pages} pages");
}

#[tokio::test]
async fn a_reply_stays_below_what_lambda_can_carry() {
    let mut samples = spread(80);
    for sample in &mut samples {
        sample.project = None;
        // Of a quote in a body, the envelope makes four bytes; of one in an object, eight.
        sample.bytes = 50_000;
    }
    let world = world(&samples, 10).await;
    let mut sizes = vec![];
    let ids = world
        .walk(DEFAULT, &query(None, 1_000), |logs, _| {
            let body = json!({"logs": logs}).to_string();
            sizes.push(serde_json::to_string(&body).unwrap().len());
        })
        .await;
    assert_eq!(ids, expected(&samples, DEFAULT, None));
    let full = sizes.split_last().unwrap().1;
    assert!(full.len() >= 2, "{sizes:?}");
    // No record has more than 401 KB there: one more would not have fitted.
    let range = 5_599_000..6_000_100;
    assert!(full.iter().all(|size| range.contains(size)), "{sizes:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_events_in_any_batches_and_pages(
        events in prop::collection::vec((0_i64..200_000, 0_usize..4, 0_usize..4, any::<bool>()), 1..120),
        batch in 1_usize..40,
        limit in 1_usize..60,
        project in prop::sample::select(vec![DEFAULT, "p1", "p2"]),
        source in prop::option::of(prop::sample::select(SOURCES.to_vec())),
    ) {
        let samples: Vec<Sample> = events
            .into_iter()
            .enumerate()
            .map(|(number, (ago, project, source, same_second))| Sample {
                seconds_ago: if same_second { 60 } else { ago },
                project: PROJECTS[project],
                source: SOURCES.get(source).copied(),
                ..Sample::new(0, number)
            })
            .collect();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let ids = runtime.block_on(async {
            let world = world(&samples, batch).await;
            walked(&world, project, source, limit).await
        });
        prop_assert_eq!(ids, expected(&samples, project, source));
    }
}
