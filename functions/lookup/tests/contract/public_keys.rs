//! `ListPublicKeys`, which `aws cloudtrail validate-logs` asks.

use activity_log_control::{DigestKey, TrailArchive as _};
use activity_log_core::instant::{DAY, Instant};
use aws_sdk_cloudtrail::Client;
use aws_sdk_cloudtrail::primitives::DateTime;
use serde_json::json;

use crate::stage::{NOW, Stage, refused, with_events};

async fn with_keys() -> (Stage, Client) {
    let (stage, _, client) = with_events(0).await;
    for (fingerprint, since) in [("new", NOW), ("old", NOW.plus_millis(-4_000 * DAY))] {
        let key = DigestKey {
            fingerprint: fingerprint.to_owned(),
            der: vec![0x30, 0x82],
            since,
        };
        stage.directory.keep_digest_key(&key).await.unwrap();
    }
    (stage, client)
}

#[tokio::test]
async fn a_key_is_answered_as_aws_does() {
    let (stage, client) = with_keys().await;
    let asked = json!({"StartTime": NOW.seconds()});
    let answer = stage.call(&client, "ListPublicKeys", &asked).await;
    assert_eq!(
        answer,
        json!({"PublicKeyList": [{
            "Value": "MII=",
            "ValidityStartTime": NOW.seconds(),
            "ValidityEndTime": NOW.plus_millis(3_650 * DAY).seconds(),
            "Fingerprint": "new",
        }]})
    );
}

#[tokio::test]
async fn keys_are_those_of_the_time_asked_for() {
    let (_, client) = with_keys().await;
    let at = |time: Option<Instant>| time.map(|time| DateTime::from_millis(time.millis()));
    let before = NOW.plus_millis(-1);
    let between = NOW.plus_millis(-100 * DAY);
    for (start, end, expected) in [
        (None, None, &["old", "new"][..]),
        (None, Some(before), &["old"]),
        (None, Some(NOW), &["old", "new"]),
        (Some(between), None, &["new"]),
        (Some(between), Some(before), &[]),
    ] {
        let list = client.list_public_keys();
        let list = list.set_start_time(at(start)).set_end_time(at(end));
        let list = list.send().await.unwrap();
        let found = list.public_key_list().iter();
        let found: Vec<_> = found.filter_map(|key| key.fingerprint()).collect();
        assert_eq!(found, expected, "{start:?} {end:?}");
    }
    let list = client.list_public_keys();
    let list = list.set_start_time(at(Some(NOW)));
    let list = list.set_end_time(at(Some(before)));
    assert_eq!(refused(list.send().await).0, "InvalidTimeRangeException");
    let list = client.list_public_keys().next_token("x");
    assert_eq!(refused(list.send().await).0, "InvalidTokenException");
}
