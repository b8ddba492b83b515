//! How events came: told of each, looked up by, and what somebody else sends under an id of ours.

use std::slice::from_ref;

use activity_log_core::ingest::Outcome;
use activity_log_core::origin::Origin;
use activity_log_core::page::FoundEvent;
use activity_log_core::query::{Attribute, Query};
use activity_log_core::window::WINDOW_MS;

use super::items::Items;
use super::rolled::Rolled;
use super::sample::{NOW, Sample, account, ids, query, read, send_from};

fn producer() -> Origin {
    Origin::Producer("eve".to_owned())
}

fn origins(events: &[FoundEvent]) -> Vec<&str> {
    events.iter().map(|event| event.origin.as_str()).collect()
}

/// Events of one batch from everywhere: each keeps its origin, and is found by it.
pub async fn every_event_tells_how_it_came<I: Items>(store: &Rolled<I>) {
    let account = account();
    let all = [
        Origin::Service,
        Origin::Operator,
        producer(),
        Origin::Queue,
        Origin::Import,
        Origin::EventBridge,
    ];
    let samples: Vec<Sample> = (0..6).map(|number| Sample::new(0, number)).collect();
    let sent: Vec<_> = samples.iter().zip(all.iter().cloned()).collect();
    send_from(store, account, &sent, NOW).await;
    for (sample, origin) in &sent {
        let by_id = read(
            store,
            account,
            &query(&[(Attribute::EventId, &sample.id())]),
            9,
        )
        .await;
        assert_eq!(origins(&by_id), [origin.text()]);
        let by_origin = query(&[(Attribute::Origin, &origin.text())]);
        let by_origin = read(store, account, &by_origin, 9).await;
        assert_eq!(ids(&by_origin), [sample.id()], "{origin}");
    }
    // The whole value counts, as of every attribute.
    for value in ["producer", "producer:", "eve", "Service"] {
        let found = read(store, account, &query(&[(Attribute::Origin, value)]), 9).await;
        assert_eq!(ids(&found), [""; 0], "{value}");
    }
}

/// What a producer sends under the time and id of an event of ours, before it, with it or after it, to the byte or
/// with another name, neither keeps ours out nor is read in its place.
pub async fn nobody_takes_an_id_of_ours<I: Items>(store: &Rolled<I>) {
    let ours = |number| Sample {
        read_only: false,
        name: "DeleteTrail",
        ..Sample::new(7, number)
    };
    for (case, same) in [(0, true), (1, false)] {
        let forged = |number| Sample {
            name: if same { "DeleteTrail" } else { "GetTrail" },
            read_only: !same,
            ..ours(number)
        };
        let account = account();
        let (before, with, after) = (ours(1), ours(2), ours(3));
        let (early, late) = (forged(1), forged(3));
        send_from(store, account, &[(&early, producer())], NOW).await;
        let meet = forged(2);
        let sent = [
            (&meet, producer()),
            (&before, Origin::Service),
            (&with, Origin::Operator),
            (&after, Origin::Service),
        ];
        let outcomes = send_from(store, account, &sent, NOW).await;
        let stored = [
            Outcome::Duplicate,
            Outcome::Accepted,
            Outcome::Accepted,
            Outcome::Accepted,
        ];
        assert_eq!(outcomes, stored, "case {case}");
        let later = NOW.plus_millis(WINDOW_MS);
        let outcomes = send_from(store, account, &[(&late, producer())], later).await;
        assert_eq!(outcomes, [Outcome::Accepted], "case {case}");
        // Told again by us it is the same event.
        let again = [(&before, Origin::Service), (&with, Origin::Service)];
        let outcomes = send_from(store, account, &again, later).await;
        assert_eq!(outcomes, [Outcome::Accepted, Outcome::Accepted]);
        for size in [1, 2, 10] {
            let found = read(store, account, &Query::default(), size).await;
            assert_eq!(
                origins(&found),
                ["service", "operator", "service"],
                "case {case}, pages of {size}"
            );
            assert!(found.iter().all(|event| event.name == "DeleteTrail"));
        }
        for sample in [&before, &with, &after] {
            let by_id = query(&[(Attribute::EventId, &sample.id())]);
            let found = read(store, account, &by_id, 10).await;
            assert_eq!(found.len(), 1);
            assert_eq!(found[0].name, "DeleteTrail");
            assert_ne!(found[0].origin, "producer:eve");
        }
    }
}

/// The origins by how far they are believed: whichever of two copies comes first, and when they come together, the one
/// that is believed more is stored, and read.
pub async fn the_copy_that_is_believed_more_stays<I: Items>(store: &Rolled<I>) {
    let ladder = [producer(), Origin::Import, Origin::Operator];
    let low = |number| Sample::new(7, number);
    let high = |number| Sample {
        read_only: !low(number).read_only,
        name: "DeleteTrail",
        ..low(number)
    };
    let stored = Outcome::Accepted;
    for (place, higher) in ladder.iter().enumerate() {
        for lower in &ladder[..place] {
            let case = format!("{lower} below {higher}");
            let account = account();
            let send =
                async |sent: &[(&Sample, Origin)]| send_from(store, account, sent, NOW).await;
            let (low, high) = ([0, 1, 2].map(low), [0, 1, 2].map(high));
            let first = send(&[(&low[0], lower.clone())]).await;
            assert_eq!(first, from_ref(&stored), "{case}");
            let all: Vec<_> = high.iter().map(|one| (one, higher.clone())).collect();
            let mut mixed = vec![(&low[1], lower.clone())];
            mixed.extend(all.clone());
            let outcomes = send(&mixed).await;
            let all_stored = [
                Outcome::Duplicate,
                stored.clone(),
                stored.clone(),
                stored.clone(),
            ];
            assert_eq!(outcomes, all_stored, "{case}");
            for low in &low {
                let again = send(&[(low, lower.clone())]).await;
                assert_eq!(again, from_ref(&stored), "{case}");
            }
            assert_eq!(
                send(&all).await,
                [stored.clone(), stored.clone(), stored.clone()]
            );
            let found = read(store, account, &Query::default(), 2).await;
            let text = higher.text();
            assert_eq!(origins(&found), [&*text; 3], "{case}");
            assert!(found.iter().all(|event| event.name == "DeleteTrail"));
        }
    }
    // Many take the same event in by two of these ways: the first is believed.
    let account = account();
    for origin in [Origin::Queue, Origin::EventBridge, Origin::Import] {
        let outcomes = send_from(store, account, &[(&low(0), origin)], NOW).await;
        assert_eq!(outcomes, from_ref(&stored));
    }
    let found = read(store, account, &Query::default(), 2).await;
    assert_eq!(origins(&found), ["queue"]);
}
