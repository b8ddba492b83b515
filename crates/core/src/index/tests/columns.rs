//! Blocks of real columns.

use super::stage::{Built, Store, account};
use crate::columns::Columns;
use crate::event::{Admission, Event};
use crate::index::{Run, RunColumns, build, error_hash, value_hash};
use crate::instant::Instant;
use crate::items::key::ContentHash;
use crate::origin::Origin;
use crate::query::Attribute;
use crate::slot::Slot;

const NOW: i64 = 1_795_000_000;

fn record(number: i64) -> String {
    let time = Instant::from_seconds(NOW - number);
    let error = if number % 3 == 0 {
        r#""errorCode":"AccessDenied","#
    } else {
        ""
    };
    let name = if number % 2 == 0 {
        "GetObject"
    } else {
        "PutObject"
    };
    format!(
        r#"{{"eventID":"id-{number}","eventTime":"{time}","eventName":"{name}",{error}"sourceIPAddress":"192.0.2.{}",
            "resources":[{{"ARN":"arn:aws:s3:::{}"}},{{"ARN":"{}"}},{{"type":"AWS::S3::Bucket"}}]}}"#,
        number % 5,
        number % 4,
        number % 2,
    )
}

#[test]
fn columns_are_indexed_by_every_attribute() {
    let admission = Admission {
        account: account(),
        now: Instant::from_seconds(NOW),
        retention_days: 30,
    };
    let texts: Vec<String> = (0..40).map(record).collect();
    let events: Vec<Event<'_>> = texts
        .iter()
        .map(|text| Event::parse(text, 0, &Origin::Queue, &admission).unwrap())
        .collect();
    let events: Vec<&Event<'_>> = events.iter().collect();
    let slot = Slot::of(admission.now);
    let columns = [Columns::of_run(&events, &[slot; 40])];
    let run = Run {
        id: ContentHash([1; 12]),
        rows: 40,
        slots: (slot, slot),
        expires: admission.now,
        dropped: Vec::new(),
    };
    let runs = [RunColumns {
        run: &run,
        parts: &columns,
    }];
    let (block, items) = build(account(), 0, &runs).unwrap();
    let built = Built {
        block,
        store: Store::of(items),
    };
    let check = |hash: u64, has: &dyn Fn(u32) -> bool| {
        let expected: Vec<u32> = (0..40).filter(|row| has(*row)).collect();
        assert_eq!(built.rows(hash), Some(expected));
    };
    let of = |attribute, value: &str| value_hash(attribute, value);
    check(of(Attribute::EventId, "id-17"), &|row| row == 17);
    check(of(Attribute::EventName, "GetObject"), &|row| row % 2 == 0);
    check(of(Attribute::ReadOnly, "true"), &|row| row % 2 == 0);
    check(of(Attribute::ReadOnly, "false"), &|row| row % 2 == 1);
    check(of(Attribute::ErrorCode, "AccessDenied"), &|row| {
        row % 3 == 0
    });
    check(error_hash(), &|row| row % 3 == 0);
    check(of(Attribute::SourceIp, "192.0.2.4"), &|row| row % 5 == 4);
    let arn = |number: u32| value_hash(Attribute::ResourceName, &format!("arn:aws:s3:::{number}"));
    check(arn(1), &|row| row % 4 == 1);
    // By the end of its ARN, by its own name, and by both.
    check(of(Attribute::ResourceName, "3"), &|row| row % 4 == 3);
    check(of(Attribute::ResourceName, "1"), &|row| row % 2 == 1);
    check(of(Attribute::ResourceType, "AWS::S3::Bucket"), &|_| true);
    check(of(Attribute::Origin, "queue"), &|_| true);
    check(of(Attribute::Username, "1"), &|_| false);
    let other = Run {
        rows: 39,
        ..run.clone()
    };
    let runs = [RunColumns {
        run: &other,
        parts: &columns,
    }];
    assert!(build(account(), 0, &runs).is_err());
    assert!(build(account(), 0, &[]).is_err());
}
