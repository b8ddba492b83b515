mod real;

use super::matching;
use super::ranks::RowRanks;
use super::{Column, Columns, decompressed};
use crate::event::{Event, Fields, ResourceField, other_names};
use crate::instant::{DAY, Instant};
use crate::origin::Origin;
use crate::query::{Attribute, Filter, Query, Says, Test};
use crate::slot::Slot;

const NOW: Instant = Instant::from_seconds(1_795_000_000);

/// An event of each kind of values, the `nth` of a list in read order.
fn event(nth: usize, time: Instant) -> Event<'static> {
    let some = |text: &str| Some(text.to_owned().into());
    let origin = if nth.is_multiple_of(5) {
        Origin::Service
    } else {
        Origin::Queue
    };
    let resources = (0..nth % 3).map(|one| ResourceField {
        name: some(&format!("arn:aws:s3:::{}", one * (nth % 2))),
        kind: (nth % 4 != 2).then(|| "Bucket".into()),
        ..ResourceField::default()
    });
    Event {
        time,
        id: match nth % 4 {
            0 => format!("id-{nth}").into(),
            _ => uuid::Uuid::from_u128(nth as u128 * 7).to_string().into(),
        },
        read_only: nth.is_multiple_of(3),
        origin: origin.text().into_owned().into(),
        rank: origin.rank(),
        fields: Fields {
            name: format!("Name{}", nth % 7).into(),
            source: some("s3"),
            username: nth.is_multiple_of(2).then(|| format!("user-{nth}").into()),
            region: some(if nth.is_multiple_of(6) { "eu" } else { "us" }),
            error_code: nth.is_multiple_of(9).then(|| "AccessDenied".into()),
            request_id: (!nth.is_multiple_of(5)).then(|| format!("R{}", nth / 2).into()),
            resources: resources.collect(),
            ..Fields::default()
        },
        text: "x".repeat(nth * 3).into(),
    }
}

/// Events of which each is `step` milliseconds older than the one before.
fn events(count: usize, step: i64) -> Vec<Event<'static>> {
    let times = (0..).map(|nth: i64| NOW.plus_millis(-nth * step));
    let events = times.enumerate().map(|(nth, time)| event(nth, time));
    events.take(count).collect()
}

fn stored(columns: &Columns<'_>) -> Vec<u8> {
    columns.encode().unwrap()
}

fn texts(event: &Event<'_>) -> [(Column, Option<String>); 5] {
    let fields = &event.fields;
    let owned = |text: &Option<std::borrow::Cow<'_, str>>| text.as_deref().map(str::to_owned);
    [
        (Column::Name, Some(fields.name.to_string())),
        (Column::Username, owned(&fields.username)),
        (Column::Region, owned(&fields.region)),
        (Column::ErrorCode, owned(&fields.error_code)),
        (Column::Origin, Some(event.origin.to_string())),
    ]
}

#[test]
fn rows_come_back_whatever_time_they_span() {
    for (count, step) in [
        (0, 1),
        (1, 1),
        (100, 0),
        (300, 1),
        (300, 1_000),
        (50, DAY),
        (9, 1 << 40),
    ] {
        let events = events(count, step);
        let bytes = stored(&Columns::of(&events.iter().collect::<Vec<_>>()));
        let columns = Columns::decode(&bytes).unwrap();
        assert_eq!(columns.rows(), count);
        let ranks = RowRanks::of(&columns);
        for (row, event) in events.iter().enumerate() {
            assert_eq!(columns.time(row), event.time);
            assert_eq!(columns.id(row), event.id);
            assert_eq!(columns.request_id(row), event.fields.request_id);
            assert_eq!(columns.read_only(row), event.read_only);
            assert_eq!(columns.slot(row), None);
            assert_eq!(columns.record_bytes(row), event.text.len());
            assert_eq!(ranks.get(row), event.rank);
            for (column, text) in texts(event) {
                assert_eq!(columns.text(column).of_row(row), text.as_deref());
            }
            let resources = columns.resources().of_row(row);
            let expected = event.fields.resources.iter();
            let expected = expected.map(|one| (one.name.as_deref(), one.kind.as_deref()));
            assert_eq!(resources.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
        }
    }
}

#[test]
fn columns_of_a_run_know_the_slots() {
    let events = events(40, 1_000);
    let rows: Vec<&Event<'_>> = events.iter().collect();
    let bare = stored(&Columns::of(&rows)).len();
    for (step, bytes) in [(0, 40), (1, 40), (1_000, 80), (10_000_000, 160)] {
        let slots: Vec<Slot> = (0..40)
            .map(|nth| Slot::from_number(179_500_000 - nth % 7 * step))
            .collect();
        let encoded = stored(&Columns::of_run(&rows, &slots));
        let columns = Columns::decode(&encoded).unwrap();
        let found: Vec<Slot> = (0..40).filter_map(|row| columns.slot(row)).collect();
        assert_eq!(found, slots);
        // How much later than its event each is, the width of that, and a number they share.
        assert!(
            encoded.len() <= bare + 9 + bytes,
            "{}",
            encoded.len() - bare
        );
    }
}

#[test]
fn a_class_of_rows_costs_no_bits() {
    let rows = |read_only: fn(usize) -> bool| -> usize {
        let mut events = events(80, 1);
        for (nth, event) in events.iter_mut().enumerate() {
            event.read_only = read_only(nth);
        }
        let bytes = stored(&Columns::of(&events.iter().collect::<Vec<_>>()));
        let columns = Columns::decode(&bytes).unwrap();
        assert!((0..80).all(|row| columns.read_only(row) == read_only(row)));
        bytes.len()
    };
    let same = rows(|_| true);
    assert_eq!(rows(|_| false), same);
    assert_eq!(rows(|row| row == 79), same + 10);
}

/// Rows for which the filters hold, found one by one.
fn expected(events: &[Event<'_>], query: &Query, oldest: Instant, newest: Instant) -> Vec<u32> {
    let holds = |event: &Event<'_>, filter: &Filter| {
        let fields = &event.fields;
        let holds = |values: &[Option<&str>]| {
            let test = filter.test.ready();
            test.holds(values.iter().copied().flatten())
        };
        let is = |text: &Option<std::borrow::Cow<'_, str>>| holds(&[text.as_deref()]);
        let of_resources = |pick: fn(&ResourceField<'_>) -> Option<String>| {
            let values: Vec<String> = fields.resources.iter().filter_map(pick).collect();
            filter.test.ready().holds(values.iter().map(String::as_str))
        };
        match filter.attribute {
            Attribute::EventId => holds(&[Some(&event.id)]),
            Attribute::EventName => holds(&[Some(&fields.name)]),
            Attribute::ReadOnly => holds(&[Some(&event.read_only.to_string())]),
            Attribute::Username => is(&fields.username),
            Attribute::ResourceName => {
                let names = fields
                    .resources
                    .iter()
                    .filter_map(|one| one.name.as_deref());
                let all = names.flat_map(|name| std::iter::once(name).chain(other_names(name)));
                let all: Vec<Option<&str>> = all.map(Some).collect();
                holds(&all)
            }
            Attribute::ResourceType => of_resources(|one| one.kind.as_deref().map(str::to_owned)),
            Attribute::ErrorCode => is(&fields.error_code),
            Attribute::RequestId => is(&fields.request_id),
            Attribute::Region => is(&fields.region),
            other => panic!("{other} is not asked for here"),
        }
    };
    let rows = (0..).zip(events).filter(|(_, event)| {
        let all = query.filters.iter().all(|filter| holds(event, filter));
        all && (oldest..=newest).contains(&event.time)
    });
    rows.map(|(row, _)| row).collect()
}

#[test]
fn rows_match_as_if_looked_at_one_by_one() {
    let events = events(100, 500);
    let bytes = stored(&Columns::of(&events.iter().collect::<Vec<_>>()));
    let columns = Columns::decode(&bytes).unwrap();
    let values = [
        (Attribute::EventId, "id-8"),
        (
            Attribute::EventId,
            &*uuid::Uuid::from_u128(7 * 9).to_string(),
        ),
        (Attribute::EventName, "Name3"),
        (Attribute::ReadOnly, "true"),
        (Attribute::ReadOnly, "false"),
        (Attribute::ReadOnly, "maybe"),
        (Attribute::Username, "user-8"),
        (Attribute::ResourceName, "arn:aws:s3:::1"),
        (Attribute::ResourceName, "arn:aws:s3:::0"),
        (Attribute::ResourceName, "1"),
        (Attribute::ResourceType, "Bucket"),
        (Attribute::ErrorCode, "AccessDenied"),
        (Attribute::ErrorCode, "absent"),
        (Attribute::RequestId, "R4"),
        (Attribute::Region, "eu"),
    ];
    let filter = |(attribute, value): (Attribute, &str)| Filter::is(attribute, value);
    let times = [
        (0, 100_000),
        (0, 0),
        (10_000, 20_250),
        (20_250, 10_000),
        (200_000, 300_000),
        (-50_000, -1),
        (-50_000, 10_000),
    ];
    let mut found = 0;
    for one in 0..values.len() {
        for other in 0..=one {
            let filters = vec![filter(values[one]), filter(values[other])];
            let query = Query {
                filters,
                ..Query::default()
            };
            for (newest, oldest) in times {
                let (oldest, newest) = (NOW.plus_millis(-oldest), NOW.plus_millis(-newest));
                let rows = matching::rows(&columns, &query, oldest, newest);
                assert_eq!(rows, expected(&events, &query, oldest, newest), "{query:?}");
                found += rows.len();
            }
        }
    }
    assert!(found > 500);
    for (newest, oldest) in times {
        let (oldest, newest) = (NOW.plus_millis(-oldest), NOW.plus_millis(-newest));
        let rows = matching::rows(&columns, &Query::default(), oldest, newest);
        assert_eq!(rows, expected(&events, &Query::default(), oldest, newest));
    }
}

/// A test of every kind, each with and without letters' case, and the other way round.
fn tests_of(value: &str) -> Vec<Test> {
    let start: String = value.chars().take(3).collect();
    let says = [
        Says::Is(vec![value.to_owned()]),
        Says::Is(vec![
            "absent".to_owned(),
            value.to_uppercase(),
            "us".to_owned(),
        ]),
        Says::Prefix(start.clone()),
        Says::Contains(start.to_uppercase()),
        Says::Something,
    ];
    let mut tests = Vec::new();
    for test in says.map(Test::of) {
        let any_case = Test {
            ignore_case: true,
            ..test.clone()
        };
        tests.extend([
            test.clone().inverted(),
            any_case.clone().inverted(),
            test,
            any_case,
        ]);
    }
    tests
}

#[test]
fn every_test_says_of_columns_what_it_says_of_events() {
    let events = events(60, 500);
    let bytes = stored(&Columns::of(&events.iter().collect::<Vec<_>>()));
    let columns = Columns::decode(&bytes).unwrap();
    let always = (
        Instant::from_millis(i64::MIN),
        Instant::from_millis(i64::MAX),
    );
    let mut found = 0;
    for (attribute, value) in [
        (Attribute::EventId, "id-8"),
        (Attribute::EventName, "Name3"),
        (Attribute::ReadOnly, "true"),
        (Attribute::Username, "user-8"),
        (Attribute::ResourceName, "arn:1"),
        (Attribute::ResourceType, "Bucket"),
        (Attribute::ErrorCode, "AccessDenied"),
        (Attribute::RequestId, "R4"),
        (Attribute::Region, "eu"),
    ] {
        for test in tests_of(value) {
            // Alone, and of the rows that another one leaves.
            for first in [None, Some(Filter::is(Attribute::Region, "us"))] {
                let filter = Filter {
                    attribute,
                    test: test.clone(),
                };
                let query = Query {
                    filters: first.into_iter().chain([filter]).collect(),
                    ..Query::default()
                };
                let rows = matching::rows(&columns, &query, always.0, always.1);
                assert_eq!(
                    rows,
                    expected(&events, &query, always.0, always.1),
                    "{query:?}"
                );
                found += rows.len();
            }
        }
    }
    assert!(found > 2_000, "{found}");
}

#[test]
fn every_value_of_every_attribute_is_told_with_its_rows() {
    let events = events(50, 500);
    let columns = Columns::of(&events.iter().collect::<Vec<_>>());
    for attribute in Attribute::ALL {
        let told = columns.values_of(attribute);
        let mut values = vec![None; told.codes() as usize];
        told.visit_values(|code, value| values[code as usize] = Some(value.to_owned()));
        let mut rows = vec![Vec::new(); values.len()];
        told.visit_rows(|row, code| rows[code as usize].push(row));
        let query = |value: &str| Query {
            filters: vec![Filter::is(attribute, value)],
            ..Query::default()
        };
        let all = columns.rows_between(Instant::from_millis(0), NOW).len();
        for (value, mut rows) in values.into_iter().zip(rows) {
            rows.dedup();
            let Some(value) = value else {
                assert!(rows.is_empty(), "{attribute}");
                continue;
            };
            let matching = matching::rows(&columns, &query(&value), Instant::from_millis(0), NOW);
            assert!(matching.len() <= all && !matching.is_empty());
            if attribute == Attribute::EventId {
                assert_eq!(rows, matching);
            } else {
                assert!(rows.iter().all(|row| matching.contains(row)), "{attribute}");
            }
        }
    }
}

#[test]
fn compressed_columns_come_back_and_damage_is_told() {
    let events = events(200, 500);
    let columns = Columns::of(&events.iter().collect::<Vec<_>>());
    let value = columns.compressed().unwrap();
    assert_eq!(columns.clone().compressed().unwrap(), value);
    let plain = decompressed(&value).unwrap();
    assert_eq!(Columns::decode(&plain).unwrap(), columns);
    let changes: [fn(&mut Vec<u8>); 5] = [
        |value| value[0] = 9,
        |value| value[1] ^= 1,
        |value| value[4] = 255,
        |value| value.truncate(4),
        |value| value.truncate(value.len() - 1),
    ];
    for change in changes {
        let mut damaged = value.clone();
        change(&mut damaged);
        assert!(decompressed(&damaged).is_err());
    }
    for cut in 0..plain.len() {
        assert!(Columns::decode(&plain[..cut]).is_err(), "{cut}");
    }
    assert!(Columns::decode(&[&[2], &plain[1..]].concat()).is_err());
}

proptest::proptest! {
    #[test]
    fn damaged_columns_never_panic(at in 0_usize..4_000, byte: u8) {
        let events = events(60, 500);
        let mut bytes = stored(&Columns::of(&events.iter().collect::<Vec<_>>()));
        let at = at % bytes.len();
        bytes[at] = byte;
        if let Ok(columns) = Columns::decode(&bytes) {
            for attribute in Attribute::ALL {
                let told = columns.values_of(attribute);
                told.visit_values(|_, _| ());
                told.visit_rows(|_, _| ());
                for test in [Test::is("true"), Test::is("true").inverted()] {
                    let filters = vec![Filter { attribute, test }];
                    let query = Query { filters, ..Query::default() };
                    matching::rows(&columns, &query, Instant::from_millis(0), NOW);
                }
            }
            for row in 0..columns.rows().min(100) {
                let _ = (columns.time(row), columns.id(row), columns.request_id(row));
                columns.resources().of_row(row).count();
            }
        }
    }
}
