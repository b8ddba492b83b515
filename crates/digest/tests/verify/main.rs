//! A trail's bucket, filled as the archiver fills it, harmed, and verified.

mod world;

use activity_log_core::causes::chain;
use activity_log_core::trail::format::Format;
use activity_log_core::window::Window;
use activity_log_digest::public_key::PublicKeys;
use activity_log_digest::verify::finding::Finding;
use activity_log_digest::verify::severity::Severity;
use activity_log_digest::verify::{MAX_KEYS, Request, VerifyError, verify};
use serde_json::{Value, json};
use world::{REGION, Verified, World, at, block_on, gzip};

/// The texts of all findings this bad, without what all names begin with.
fn texts(report: &Verified, severity: Severity) -> Vec<String> {
    let findings = report.findings.iter();
    findings
        .filter(|finding| finding.severity() == severity)
        .map(|finding| short(&chain(finding)))
        .collect()
}

fn short(text: &str) -> String {
    text.replace(
        "p/AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/11/20/",
        "",
    )
    .replace(
        "p/AWSLogs/111122223333/CloudTrail/us-east-1/2026/11/20/",
        "",
    )
    .replace(
        "111122223333_CloudTrail-Digest_us-east-1_audit_us-east-1_20261120",
        "D",
    )
    .replace("111122223333_CloudTrail_us-east-1_20261120", "A")
    .replace("000000000000.tar.gz", "")
    .replace("2026-11-20", "")
    .replace(".json.gz", "")
}

fn problems(world: &World) -> Vec<String> {
    let report = world.verify(at("15:30"));
    let problems = texts(&report, Severity::Problem);
    assert_eq!(report.is_valid(), problems.is_empty());
    problems
}

#[test]
fn a_clean_chain_is_valid_and_counted() {
    let world = World::clean();
    let report = world.verify(at("15:30"));
    assert!(report.is_valid());
    assert_eq!(
        texts(&report, Severity::Note),
        ["digest s3://logs/DT130000Z: a chain starts, with the events of T12:05:00Z and later"]
    );
    assert_eq!(report.findings.len(), 1);
    let totals = report.totals;
    assert_eq!((totals.digests, totals.valid_digests), (3, 3));
    assert_eq!(totals.windows, 35);
    let archives = world.archives.len() as u64;
    assert_eq!(
        (totals.archives, totals.valid_archives),
        (archives, archives)
    );
    assert_eq!(
        (totals.events, totals.counts.archived),
        (archives, archives)
    );
    assert_eq!(totals.counts.ingested, archives + 2 * 35);
    assert_eq!(
        (totals.from, totals.to),
        (Some(at("12:05")), Some(at("15:00")))
    );
}

#[test]
fn a_chain_of_both_formats_is_valid_and_harm_to_either_is_told() {
    let mut world = World::new();
    world.trail.logging.start(at("12:05")).unwrap();
    world.archive_until(at("13:04"));
    world.trail.set_format(Format::JsonGz, at("13:22"));
    world.archive_until(at("15:04"));
    let report = world.verify(at("15:30"));
    assert!(report.is_valid(), "{:?}", report.findings);
    let ends = |format| {
        let of = |key: &&String| Format::of_key(key) == Some(format);
        world
            .archives
            .iter()
            .filter(of)
            .cloned()
            .collect::<Vec<_>>()
    };
    let (tars, files) = (ends(Format::TarGz), ends(Format::JsonGz));
    assert!(tars.last().unwrap().contains("T1325Z") || tars.last().unwrap().contains("T1320Z"));
    assert!(files[0].contains("T1330Z") || files[0].contains("T1335Z"));
    assert_eq!(
        report.totals.valid_archives,
        (tars.len() + files.len()) as u64
    );
    let whole = world.object(&files[0]).clone();
    world.object(&files[0]).body = gzip(br#"{"Records":[]}"#);
    let [changed] = &problems(&world)[..] else {
        panic!("{:?}", problems(&world));
    };
    assert!(changed.contains("its content has the hash"), "{changed}");
    world.restore(&files[0], whole.clone());
    // The same events under the other format's name are in no digest.
    world.restore(&files[0].replace(".json.gz", ".tar.gz"), whole);
    let [unlisted] = &problems(&world)[..] else {
        panic!("{:?}", problems(&world));
    };
    assert!(unlisted.ends_with("no valid digest lists it"), "{unlisted}");
}

#[test]
fn a_changed_archive_is_told_by_what_changed() {
    let mut world = World::clean();
    let key = world.archives[3].clone();
    let body = &mut world.object(&key).body;
    let last = body.len() - 1;
    body[last] ^= 1;
    assert_eq!(
        problems(&world),
        [format!(
            "archive s3://logs/{} is not valid: not a whole gzip file: corrupt gzip stream does not have a matching checksum",
            short(&key)
        )]
    );
    world.object(&key).body = gzip(b"another content");
    let problems = problems(&world);
    assert_eq!(problems.len(), 1);
    assert!(
        problems[0].contains("its content has the hash "),
        "{problems:?}"
    );
}

#[test]
fn an_archive_is_one_gzip_member() {
    let mut world = World::clean();
    let key = world.archives[3].clone();
    world.object(&key).body.extend(gzip(b""));
    let problems = problems(&world);
    assert_eq!(problems.len(), 1);
    assert!(
        problems[0].ends_with("bytes after the end of the gzip member"),
        "{problems:?}"
    );
}

#[test]
fn a_deleted_archive_is_missing() {
    let mut world = World::clean();
    let key = world.archives[5].clone();
    world.delete(&key);
    assert_eq!(
        problems(&world),
        [format!("archive s3://logs/{} is missing", short(&key))]
    );
}

#[test]
fn a_changed_digest_is_not_valid_and_vouches_for_nothing() {
    let mut world = World::clean();
    let key = world.digests[1].clone();
    world.edit(&key, |document| {
        document["logFiles"][0]["hashValue"] = json!("00");
    });
    let problems = problems(&world);
    assert_eq!(
        problems[..2],
        [
            "digest s3://logs/DT140000Z is not valid: the signature does not verify",
            "digest s3://logs/DT140000Z is not the one that DT150000Z follows: hash or signature differ"
        ]
    );
    assert!(
        problems[2..]
            .iter()
            .all(|problem| problem.ends_with(": no valid digest lists it"))
    );
    assert_eq!(problems.len(), 2 + 12);
}

#[test]
fn a_digest_signed_again_is_not_the_one_that_is_followed() {
    let mut world = World::clean();
    let key = world.digests[1].clone();
    world.edit(&key, |document| document["newestEventTime"] = Value::Null);
    world.sign_again(&key);
    assert_eq!(
        problems(&world),
        [
            "digest s3://logs/DT140000Z is not the one that DT150000Z follows: hash or signature differ"
        ]
    );
}

#[test]
fn a_deleted_digest_is_named_by_the_next() {
    for (at, name, next) in [(0, "DT130000Z", "DT140000Z"), (1, "DT140000Z", "DT150000Z")] {
        let mut world = World::clean();
        let key = world.digests[at].clone();
        world.delete(&key);
        let problems = problems(&world);
        assert_eq!(
            problems[0],
            format!("digest s3://logs/{name} is missing; {next} follows it")
        );
        assert!(
            problems[1..]
                .iter()
                .all(|problem| problem.ends_with(": no valid digest lists it"))
        );
        assert!(problems.len() > 10);
    }
}

#[test]
fn a_deleted_last_digest_is_a_problem_when_it_is_late() {
    let mut world = World::clean();
    let key = world.digests[2].clone();
    world.delete(&key);
    let report = world.verify(at("15:30"));
    assert!(report.is_valid());
    assert_eq!(
        texts(&report, Severity::Note)[1],
        "12 archives are in no digest yet, the first is s3://logs/AT1410Z_0001"
    );
    assert_eq!(texts(&report, Severity::Warning), [""; 0]);
    assert!(world.verify(at("16:00")).is_valid(), "two hours later");
    let report = world.verify(at("16:01"));
    assert!(!report.is_valid());
    assert_eq!(
        texts(&report, Severity::Problem),
        [
            "digest s3://logs/DT140000Z is the newest, though its chain does not end with it: later ones were deleted, or are not delivered; if the trail was deleted, moved to another bucket, or its logging stopped unseen after T14:00:00Z, give --end-time"
        ]
    );
}

#[test]
fn nothing_needs_to_follow_a_chain_that_ended() {
    let end = at("23:30");
    for stops in [true, false] {
        let mut world = World::new();
        world.trail.logging.start(at("12:05")).unwrap();
        world.archive_until(at("13:04"));
        if stops {
            world.trail.logging.stop(at("13:31"));
        } else {
            world.trail.settings.validation = false;
        }
        world.archive_until(at("15:04"));
        assert_eq!(world.digests.len(), 2);
        let report = world.verify(end);
        assert!(report.is_valid(), "{:?}", report.findings);
        let last = world.digests[1].clone();
        world.delete(&last);
        assert!(!world.verify(end).is_valid());
    }
}

#[test]
fn signatures_belong_to_their_digests() {
    let mut world = World::clean();
    let (one, two) = (world.digests[0].clone(), world.digests[2].clone());
    let other = world.object(&one).metadata.clone();
    world.object(&two).metadata = other;
    assert_eq!(
        problems(&world)[0],
        "digest s3://logs/DT150000Z is not valid: the signature does not verify"
    );
    world.object(&two).metadata.remove("signature");
    assert_eq!(
        problems(&world)[0],
        "digest s3://logs/DT150000Z is not valid: no SHA256withRSA signature in its metadata"
    );
}

#[test]
fn a_digest_does_not_hold_elsewhere() {
    let mut world = World::clean();
    let (one, two) = (world.digests[0].clone(), world.digests[1].clone());
    let copy = world.object(&one).clone();
    *world.object(&two) = copy;
    assert!(problems(&world)[0].starts_with(
        "digest s3://logs/DT140000Z is not valid: it was written as s3://logs/DT130000Z"
    ));
}

#[test]
fn a_key_that_is_not_published_signs_nothing() {
    let mut world = World::clean();
    let key = world.digests[2].clone();
    world.edit(&key, |document| {
        document["digestPublicKeyFingerprint"] = json!("f00d");
    });
    world.sign_again(&key);
    assert_eq!(
        problems(&world)[0],
        "digest s3://logs/DT150000Z is not valid: signed with a key that is not among the public keys: f00d"
    );
}

#[test]
fn counts_are_not_believed() {
    let mut world = World::clean();
    let key = world.digests[2].clone();
    world.edit(&key, |document| {
        let windows = &mut document["activityLog"]["windows"];
        // A window without archives, and one with one.
        let empty = windows.as_array().unwrap().iter();
        let empty = empty.clone().position(|window| window["archives"] == 0);
        windows[empty.unwrap()]["ingested"] = json!(3);
        let one = windows.as_array().unwrap().iter();
        let one = one.clone().position(|window| window["archives"] == 1);
        windows[one.unwrap()]["archived"] = json!(2);
        windows[one.unwrap()]["ingested"] = json!(4);
        windows[11]["end"] = json!("2026-11-20T14:59:00Z");
    });
    world.sign_again(&key);
    let problems = problems(&world);
    assert_eq!(problems.len(), 3, "{problems:#?}");
    assert!(problems[0].ends_with("3 ingested is not 0 archived + 1 filtered out + 1 duplicates"));
    assert!(problems[1].ends_with("its windows end at T14:59:00Z, its period at T15:00:00Z"));
    assert!(problems[2].ends_with("2 events are said to be archived, but its archives hold 1"));
}

#[test]
fn parts_that_expired_are_a_warning() {
    let mut world = World::clean();
    let key = world.digests[2].clone();
    world.edit(&key, |document| {
        document["activityLog"]["windows"][3]["expiredParts"] = json!(7);
    });
    world.sign_again(&key);
    let report = world.verify(at("15:30"));
    assert!(report.is_valid());
    assert_eq!(
        texts(&report, Severity::Warning),
        [
            "digest s3://logs/DT150000Z: in the window that ends at T14:20:00Z, 7 parts of events expired before they could be delivered"
        ]
    );
}

#[test]
fn an_event_archived_twice_is_told_wherever_its_copies_are() {
    let mut world = World::new();
    world.trail.logging.start(at("12:05")).unwrap();
    world.archive_until(at("13:04"));
    let first = world.archives[0].clone();
    let body = world.object(&first).body.clone();
    world.archive_until(at("15:04"));
    // The service lists the same content again, two hours later.
    let (digest, copy) = (
        world.digests[2].clone(),
        world.archives.last().unwrap().clone(),
    );
    world.object(&copy).body = body;
    let (from, to) = (world.digests[0].clone(), first);
    let mut hash = Value::Null;
    world.edit(&from, |document| {
        assert_eq!(document["logFiles"][0]["s3Object"], to);
        hash = document["logFiles"][0]["hashValue"].clone();
    });
    world.edit(&digest, |document| {
        let files = document["logFiles"].as_array_mut().unwrap();
        files.last_mut().unwrap()["hashValue"] = hash;
    });
    world.sign_again(&digest);
    // `edit` wrote the first digest anew, with other spaces.
    world.sign_again(&from);
    let problems = problems(&world);
    let twice = problems
        .iter()
        .find(|problem| problem.contains("archived twice"));
    let (key, window) = (short(&copy), Window::of(at("12:05")));
    assert!(
        twice.unwrap().starts_with(&format!(
            "archive s3://logs/{key}: 1 of its events are archived twice; the first is {window}-1 of T12:05:00Z"
        )),
        "{problems:#?}"
    );
}

#[test]
fn archives_that_no_digest_lists_are_told_apart() {
    let mut world = World::clean();
    let window = Window::of(at("14:00"));
    world.put_archive(window, 9, &["put here"]);
    world.put_archive(Window::of(at("15:00")), 1, &["not digested"]);
    world.put_archive(Window::of(at("12:00")), 1, &["before"]);
    world.trail.id = "00000000000bb000".to_owned();
    world.put_archive(window, 1, &["of another trail"]);
    world.trail.id = "00000000000000aa".to_owned();
    assert_eq!(
        problems(&world),
        ["archive s3://logs/AT1405Z_0009: no valid digest lists it"]
    );
    let report = world.verify(at("15:30"));
    assert_eq!(
        texts(&report, Severity::Note)[1..],
        [
            "1 archives are in no digest yet, the first is s3://logs/AT1505Z_0001",
            "1 archives are older than the first chain of digests, and are not verified",
            "1 archives of other trails were not looked at: 00000000000b",
        ]
    );
}

/// Logs from 12:05 to 12:31 and from 13:10 on.
fn stopped_and_started() -> World {
    let mut world = World::new();
    world.trail.logging.start(at("12:05")).unwrap();
    world.trail.logging.stop(at("12:31"));
    world.archive_until(at("13:00"));
    world.trail.logging.start(at("13:10")).unwrap();
    world.archive_until(at("15:04"));
    world
}

#[test]
fn a_trail_stopped_and_started_has_two_chains() {
    let world = stopped_and_started();
    let report = world.verify(at("15:30"));
    assert!(report.is_valid(), "{:?}", report.findings);
    assert_eq!(
        texts(&report, Severity::Note),
        [
            "digest s3://logs/DT123500Z: a chain starts, with the events of T12:05:00Z and later",
            "digest s3://logs/DT140000Z: a chain starts, with the events of T13:10:00Z and later",
        ]
    );
}

/// Subscribed from 12:00 to `off` and from `on` to 23:00, which the archiver comes to know as it happens.
fn off_and_on(off: &str, on: &str) -> World {
    let mut world = World::new();
    world.trail.logging.start(at("12:05")).unwrap();
    world.archive_until(at(off));
    world.subscription.deactivate(at(off));
    world.archive_until(at(on));
    world
        .subscription
        .activate(at(on), Some(at("23:00")))
        .unwrap();
    world.archive_until(at("15:04"));
    world
}

#[test]
fn a_subscription_off_and_on_makes_two_chains() {
    for (off, on, first, second) in [
        ("12:32", "13:11", "12:35", "13:10"),
        ("12:32", "14:32", "12:35", "14:30"),
        ("12:59", "14:04", "13:00", "14:00"),
        // on again in the next window
        ("12:32", "12:37", "12:35", "12:35"),
    ] {
        let mut world = off_and_on(off, on);
        let report = world.verify(at("15:30"));
        assert!(report.is_valid(), "{off}: {:?}", report.findings);
        let starts = texts(&report, Severity::Note);
        let starts: Vec<&String> = starts
            .iter()
            .filter(|one| one.contains("chain starts"))
            .collect();
        assert_eq!(starts.len(), 2, "{starts:?}");
        assert!(starts[1].ends_with(&format!("with the events of T{second}:00Z and later")));
        let ended = format!("DT{}00Z", first.replace(':', ""));
        world.edit(&world.digests[0].clone(), |document| {
            assert_eq!(document["activityLog"]["chainEnds"], "subscriptionEnded");
        });
        assert!(short(&world.digests[0]).ends_with(&ended), "{ended}");
    }
}

#[test]
fn an_archive_of_a_time_without_a_subscription_is_not_the_service_s() {
    let mut world = off_and_on("12:32", "13:11");
    let window = Window::of(at("12:50"));
    world.put_archive(window, 1, &["forged"]);
    assert_eq!(
        problems(&world),
        [
            "archive s3://logs/AT1255Z_0001: no valid digest lists it, and its account's subscription was off then"
        ]
    );
}

#[test]
fn nothing_needs_to_follow_a_subscription_that_ended() {
    let mut world = World::new();
    world.trail.logging.start(at("12:05")).unwrap();
    world
        .subscription
        .activate(at("12:05"), Some(at("13:31")))
        .unwrap();
    world.archive_until(at("15:04"));
    assert_eq!(world.digests.len(), 2);
    let report = world.verify(at("23:30"));
    assert!(report.is_valid(), "{:?}", report.findings);
    let last = world.digests[1].clone();
    world.delete(&last);
    assert!(!world.verify(at("23:30")).is_valid());
}

#[test]
fn archives_of_a_time_without_validation_are_told_and_are_no_problem() {
    let mut world = World::new();
    world.trail.logging.start(at("12:05")).unwrap();
    world.archive_until(at("13:04"));
    world.trail.settings.validation = false;
    world.archive_until(at("13:34"));
    world.trail.settings.validation = true;
    world.archive_until(at("15:04"));
    let report = world.verify(at("15:30"));
    assert!(report.is_valid(), "{:?}", report.findings);
    let warnings = texts(&report, Severity::Warning);
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("archives lie between two chains of digests"));
    let first = "the first is s3://logs/AT1310Z_0001";
    assert!(warnings[0].contains(first), "{warnings:?}");
    let ended = world.digests[1].clone();
    world.edit(&ended, |document| {
        assert_eq!(document["activityLog"]["chainEnds"], "validationOff");
    });
}

#[test]
fn nothing_can_be_put_where_the_trail_was_stopped() {
    let mut world = stopped_and_started();
    world.put_archive(Window::of(at("12:45")), 1, &["put here"]);
    assert_eq!(
        problems(&world),
        [
            "archive s3://logs/AT1250Z_0001: no valid digest lists it, and its trail's logging was stopped then"
        ]
    );
}

#[test]
fn archives_of_a_run_without_validation_after_a_stop_are_no_problem_and_others_are() {
    let mut world = World::new();
    world.trail.logging.start(at("12:05")).unwrap();
    world.trail.logging.stop(at("12:31"));
    world.archive_until(at("12:40"));
    world.trail.settings.validation = false;
    world.trail.logging.start(at("13:05")).unwrap();
    world.archive_until(at("13:34"));
    world.trail.settings.validation = true;
    world.archive_until(at("15:04"));
    assert_eq!(problems(&world), [""; 0]);
    let report = world.verify(at("15:30"));
    assert_eq!(texts(&report, Severity::Warning).len(), 1);
    // Between the stop and the start there can be none.
    world.put_archive(Window::of(at("12:50")), 1, &["forged"]);
    assert_eq!(problems(&world).len(), 1);
}

#[test]
fn a_window_archived_after_its_retention_is_told() {
    let mut world = World::clean();
    let last = world.digests.last().unwrap().clone();
    world.edit(&last, |document| {
        document["activityLog"]["windows"][0]["retentionOver"] = json!(true);
    });
    world.sign_again(&last);
    let report = world.verify(at("15:30"));
    assert!(report.is_valid(), "{:?}", report.findings);
    assert!(texts(&report, Severity::Warning)[0].contains("was archived after its retention"));
}

#[test]
fn a_chain_that_lost_its_end_is_seen() {
    let mut world = World::new();
    world.trail.logging.start(at("12:05")).unwrap();
    world.trail.logging.stop(at("13:31"));
    world.archive_until(at("14:00"));
    world.trail.logging.start(at("14:10")).unwrap();
    world.archive_until(at("15:04"));
    assert_eq!(problems(&world), [""; 0]);
    let (first, second) = (world.digests[0].clone(), world.digests[1].clone());
    assert_eq!(short(&second), "DT133500Z");
    let object = world.object(&second).clone();
    world.delete(&second);
    let missing = "digest s3://logs/DT133500Z is missing; DT150000Z follows it";
    assert_eq!(problems(&world)[0], missing);
    // The whole chain, and its archives.
    world.delete(&first);
    for archive in world.archives.clone() {
        if *short(&archive) < *"AT1400" {
            world.delete(&archive);
        }
    }
    assert_eq!(problems(&world), [missing]);
    let report = world.verify_between(Some(at("14:00")), at("15:30"));
    assert!(report.is_valid(), "{:?}", report.findings);
    assert_eq!(
        texts(&report, Severity::Note)[1],
        "digest s3://logs/DT133500Z is followed by DT150000Z, and is not verified here: it is older than the start time"
    );
    // One that the service signed as well is not it.
    world.restore(&second, object);
    world.edit(&second, |document| {
        document["newestEventTime"] = Value::Null;
    });
    world.sign_again(&second);
    let replaced = "digest s3://logs/DT133500Z is not the one that DT150000Z follows: hash or signature differ";
    assert!(problems(&world).contains(&replaced.to_owned()));
}

#[test]
fn a_chain_starts_in_another_bucket_than_the_one_before_it() {
    let mut world = World::new();
    world.trail.settings.bucket = "old".to_owned();
    world.trail.logging.start(at("12:05")).unwrap();
    world.trail.logging.stop(at("12:31"));
    world.archive_until(at("13:00"));
    world.trail.settings.bucket = "logs".to_owned();
    world.trail.logging.start(at("13:10")).unwrap();
    world.archive_until(at("15:04"));
    let report = world.verify(at("15:30"));
    assert!(report.is_valid(), "{:?}", report.findings);
    assert_eq!(
        texts(&report, Severity::Note)[1],
        "digest s3://old/DT123500Z is followed by DT140000Z, and is not verified here: it lies elsewhere (its hash and signature are right)"
    );
    world.buckets.clear("old");
    assert_eq!(
        problems(&world),
        ["digest s3://old/DT123500Z is missing; DT140000Z follows it"]
    );
}

#[test]
fn archives_of_a_trail_deleted_and_made_again_are_told_apart() {
    let mut world = World::new();
    world.trail.logging.start(at("12:05")).unwrap();
    world.archive_until(at("13:34"));
    let old = world.trail.clone();
    world.make_again("00000000000bb000", at("13:40"));
    world.archive_until(at("15:04"));
    let report = world.verify(at("15:30"));
    assert!(report.is_valid(), "{:?}", report.findings);
    assert_eq!(
        texts(&report, Severity::Note)[2],
        "6 archives are in no digest (their trail, 000000000000, was deleted; 00000000000b has its name now), the first is s3://logs/AT1310Z_0001"
    );
    let warnings = texts(&report, Severity::Warning);
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("its trail was deleted while it logged"));
    // Where the old one has digests, they list all its archives; so do the new one's.
    world.put_archive(Window::of(at("14:00")), 9, &["put here"]);
    world.trail = old;
    world.put_archive(Window::of(at("12:30")), 9, &["put here"]);
    let unlisted: Vec<String> = problems(&world);
    assert_eq!(
        unlisted,
        [
            "archive s3://logs/AT1235Z_0009: no valid digest lists it",
            "archive s3://logs/AT1405Z_000900000000000b.tar.gz: no valid digest lists it",
        ]
    );
}

#[test]
fn a_digest_that_is_not_valid_counts_to_the_trail_before_it() {
    let mut world = World::new();
    world.trail.logging.start(at("12:05")).unwrap();
    world.archive_until(at("14:04"));
    world.make_again("00000000000bb000", at("14:10"));
    world.archive_until(at("16:04"));
    let second = world.digests[1].clone();
    world.edit(&second, |document| {
        document["newestEventTime"] = Value::Null;
    });
    let problems = problems(&world);
    assert!(problems[0].starts_with("digest s3://logs/DT140000Z is not valid"));
    assert_eq!(problems.len(), 1 + 12, "{problems:#?}");
}

#[test]
fn only_the_time_asked_for_is_verified() {
    let mut world = World::clean();
    let (first, second) = (world.digests[0].clone(), world.digests[1].clone());
    world.delete(&first);
    let old = world.archives[0].clone();
    world.delete(&old);
    let report = world.verify_between(Some(at("13:00")), at("15:30"));
    assert!(report.is_valid(), "{:?}", report.findings);
    assert_eq!(report.totals.digests, 2);
    assert_eq!(
        texts(&report, Severity::Note),
        [
            "digest s3://logs/DT130000Z is followed by DT140000Z, and is not verified here: it is older than the start time"
        ]
    );
    let report = world.verify_between(Some(at("13:00")), at("13:30"));
    assert!(report.is_valid(), "{:?}", report.findings);
    assert_eq!(
        (report.totals.digests, report.totals.to),
        (1, Some(at("14:00")))
    );
    world.delete(&second);
    let report = world.verify_between(Some(at("13:00")), at("15:30"));
    assert!(!report.is_valid());
}

#[test]
fn a_chain_goes_on_in_another_bucket() {
    let mut world = World::new();
    world.trail.settings.bucket = "old".to_owned();
    world.trail.logging.start(at("12:05")).unwrap();
    world.archive_until(at("13:04"));
    // The window that ends at 13:05 is archived into the old bucket, and listed in the new one.
    world.archive_until(at("13:07"));
    world.trail.settings.bucket = "logs".to_owned();
    world.archive_until(at("15:04"));
    let report = world.verify(at("15:30"));
    assert!(report.is_valid(), "{:?}", report.findings);
    assert_eq!(
        texts(&report, Severity::Note),
        [
            "digest s3://old/DT130000Z is followed by DT140000Z, and is not verified here: it lies elsewhere (its hash and signature are right)"
        ]
    );
    assert_eq!(report.totals.windows, 24);
}

#[test]
fn nothing_is_not_valid_and_no_key_is_no_answer() {
    let world = World::new();
    assert_eq!(
        problems(&world),
        ["no digest of the trail in s3://logs/p/AWSLogs/111122223333/CloudTrail-Digest/us-east-1/"]
    );
    let request = Request {
        bucket: "logs",
        location: activity_log_core::trail::keys::Location::of(&world.trail, REGION),
        trail: &world.trail.name,
        start: None,
        end: at("15:00"),
        max_keys: MAX_KEYS,
    };
    let keys = PublicKeys::default();
    let error = block_on(verify(&world.buckets, &request, &keys, |_: Finding| {}));
    assert!(matches!(error, Err(VerifyError::NoKeys)));
}

#[test]
fn an_object_that_cannot_be_read_is_told_and_the_others_are_verified() {
    let mut world = World::clean();
    let archives = world.archives.len() as u64;
    let (archive, digest) = (world.archives[3].clone(), world.digests[0].clone());
    world.buckets.frozen.insert(archive.clone());
    let report = world.verify(at("15:30"));
    let unreadable = |key: &str| {
        let key = short(key);
        format!("s3://logs/{key} cannot be read: InvalidObjectState")
    };
    assert_eq!(
        texts(&report, Severity::Problem),
        [unreadable(&archive)],
        "and no wrong count"
    );
    let totals = report.totals;
    assert_eq!(
        (totals.archives, totals.valid_archives),
        (archives, archives - 1)
    );
    world.buckets.frozen = [digest.clone()].into();
    assert_eq!(problems(&world)[0], unreadable(&digest));
    assert!(world.verify(at("15:30")).totals.valid_digests == 2);
    world.buckets.frozen = world.archives.iter().cloned().collect();
    assert_eq!(problems(&world).len() as u64, archives);
    // Nothing at all: that says nothing of the trail.
    world.buckets.frozen.extend(world.digests.clone());
    let error = world.try_verify(None, at("15:30"), MAX_KEYS).err();
    assert_eq!(
        short(&error.unwrap().to_string()),
        "none of 3 objects can be read, the first is s3://logs/DT130000Z"
    );
}

#[test]
fn a_bucket_full_of_other_objects_is_counted_up_to_a_cap() {
    let mut world = World::clean();
    for number in 0..50 {
        world.put_foreign(&format!("0/{number:02}\nproblem: forged"));
    }
    let id = world.trail.id.clone();
    for trail in 1..=50 {
        world.trail.id = format!("{trail:012}aaaa");
        world.put_archive(Window::of(at("14:00")), 1, &["of another trail"]);
    }
    world.trail.id = id;
    let report = world.verify(at("15:30"));
    let notes = texts(&report, Severity::Note);
    assert_eq!(
        notes[1],
        "50 objects are none of the service's archives, the first is s3://logs/p/AWSLogs/111122223333/CloudTrail/us-east-1/0/00\nproblem: forged"
    );
    assert!(
        notes[2].ends_with("000000000009, 000000000010, …"),
        "{}",
        notes[2]
    );
    assert_eq!(notes.len(), 3);

    let keys = 3 + world.archives.len() as u64 + 50;
    assert!(world.try_verify(None, at("15:30"), keys).is_ok());
    for too_few in [keys - 1, 2] {
        let error = world.try_verify(None, at("15:30"), too_few).err().unwrap();
        assert!(matches!(error, VerifyError::TooManyKeys { .. }));
        let text = error.to_string();
        assert!(
            text.ends_with(&format!(
                "has too many objects: more than {too_few} keys of digests and archives; verify a shorter time"
            )),
            "{text}"
        );
    }
}
