//! Reports: made within the limits, changed only as they were read, claimed by one run.

use std::collections::{BTreeMap, BTreeSet};
use std::slice::from_ref;

use activity_log_control::{
    MOST_KEPT, NewReport, ReportClaim, ReportLimits, ReportWork, StoreError, new_account_id,
};
use activity_log_core::account::AccountId;
use activity_log_core::instant::{DAY, Instant, MINUTE};
use activity_log_core::query::{Attribute, Filter, Says, Test};
use activity_log_core::reports::{
    Condition, Failure, Format, LIFETIME_MS, PluginUse, Report, ReportId, ReportRequest, SHOWN_MS,
    STALLED_MS, State,
};
use futures::future::join_all;

use crate::now;

const LIMITS: ReportLimits = ReportLimits {
    stored: 5,
    unfinished: 2,
    own_only: false,
};
/// What nothing but `stored` limits.
const ALL_UNFINISHED: ReportLimits = ReportLimits {
    stored: 5,
    unfinished: usize::MAX,
    own_only: false,
};

/// What a careless table would not give back as it got it.
pub const HOSTILE: &str = "\"quoted\" \\ \0\u{1}\u{7f} \r\n\u{2028} 𝄞é'; #x :y {\"S\":null} =cmd";

/// The `number`th of its account, asked for so many seconds after `now`.
pub fn report(account: AccountId, number: u16) -> Report {
    let created = now().plus_millis(i64::from(number) * 1_000);
    let mut random = [0; 10];
    random[8..].copy_from_slice(&number.to_be_bytes());
    let request = ReportRequest {
        format: Format::Csv,
        start: Instant::from_seconds(0),
        end: created,
        filters: vec![],
        conditions: vec![],
        columns: vec![],
        plugin: None,
    };
    let id = ReportId::new(created, random);
    Report::new(account, id, "alice".to_owned(), request, created)
}

/// One that was cancelled at once.
fn cancelled(account: AccountId, number: u16) -> Report {
    let mut report = report(account, number);
    let finished = report.created;
    report.state = State::Cancelled { finished };
    report
}

/// As it is after a change.
fn changed(report: &Report) -> Report {
    let mut report = report.clone();
    report.revision += 1;
    report
}

pub fn ready(finished: Instant) -> State {
    State::Ready {
        finished,
        expires: finished.plus_millis(LIFETIME_MS),
        size_bytes: 1,
        cut_cells: 0,
    }
}

pub fn created() -> NewReport {
    overwriting([])
}

fn overwriting<const N: usize>(reports: [&Report; N]) -> NewReport {
    let overwritten = reports.map(Clone::clone).to_vec();
    NewReport::Created { overwritten }
}

/// Makes all of them, with places for all.
async fn make<S: ReportWork>(reports: &S, all: &[&Report]) {
    let limits = ReportLimits {
        stored: usize::MAX,
        unfinished: usize::MAX,
        own_only: false,
    };
    for one in all {
        let made = reports.create_report(one, limits).await;
        assert_eq!(made.unwrap(), created());
    }
}

pub async fn a_report_reads_back_whole_and_only_in_its_account<S: ReportWork>(reports: &S) {
    let account = new_account_id();
    let mut one = report(account, 1);
    let texts = BTreeMap::from([(HOSTILE.to_owned(), HOSTILE.to_owned())]);
    HOSTILE.clone_into(&mut one.created_by);
    one.request.filters = vec![Filter::is(Attribute::EventName, HOSTILE)];
    one.request.conditions = vec![Condition {
        field: HOSTILE.to_owned(),
        test: Test::of(Says::Contains(HOSTILE.to_owned())),
    }];
    one.request.columns = vec![String::new(), HOSTILE.to_owned()];
    one.request.plugin = Some(PluginUse {
        id: one.id,
        name: HOSTILE.to_owned(),
        version: "1.0.0".to_owned(),
        sha256: "00".repeat(32),
        parameters: texts,
        fuel: Some(u64::MAX),
    });
    one.checkpoint = Some(HOSTILE.to_owned());
    one.claimed_until = Some(now());
    one.progress.scanned = u64::MAX;
    assert_eq!(reports.report(account, one.id, now()).await.unwrap(), None);
    let made = reports.create_report(&one, LIMITS).await;
    assert_eq!(made.unwrap(), created());
    let stored = reports.report(account, one.id, now()).await.unwrap();
    assert_eq!(stored.as_ref(), Some(&one));
    let twice = reports.create_report(&one, LIMITS).await.unwrap_err();
    assert!(matches!(twice, StoreError::Exists { .. }), "{twice}");

    let two = report(account, 2);
    make(reports, &[&two]).await;
    let listed = reports.reports(account, now()).await.unwrap();
    assert_eq!(listed, [two, one.clone()], "newest first");

    let elsewhere = new_account_id();
    assert_eq!(reports.reports(elsewhere, now()).await.unwrap(), []);
    let theirs = reports.report(elsewhere, one.id, now()).await;
    assert_eq!(theirs.unwrap(), None);
    let mut foreign = one.clone();
    foreign.account = elsewhere;
    assert!(!reports.delete_report(&foreign).await.unwrap());
    assert!(!reports.change_report(&foreign, &foreign).await.unwrap());
    make(reports, &[&foreign]).await;
    assert!(reports.delete_report(&foreign).await.unwrap());
    assert_eq!(reports.reports(account, now()).await.unwrap().len(), 2);
}

pub async fn of_many_at_once_as_many_are_made_as_may_be<S: ReportWork>(reports: &S) {
    let account = new_account_id();
    let all: Vec<Report> = (0..8).map(|number| report(account, number)).collect();
    let made = join_all(all.iter().map(|one| reports.create_report(one, LIMITS))).await;
    let made: Vec<NewReport> = made.into_iter().map(Result::unwrap).collect();
    let stored = reports.reports(account, now()).await.unwrap();
    assert_eq!(stored.len(), 2, "{made:?}");
    for (one, made) in all.iter().zip(made) {
        let expected = if stored.contains(one) {
            created()
        } else {
            NewReport::TooManyUnfinished
        };
        assert_eq!(made, expected);
    }
    // One ends, and one place is free.
    let mut ended = stored[0].clone();
    ended.state = ready(now());
    assert!(reports.change_report(&stored[0], &ended).await.unwrap());
    let more: Vec<Report> = (8..12).map(|number| report(account, number)).collect();
    let made = join_all(more.iter().map(|one| reports.create_report(one, LIMITS))).await;
    let made = made.into_iter().map(Result::unwrap);
    assert_eq!(made.filter(|one| *one == created()).count(), 1);
    assert_eq!(reports.reports(account, now()).await.unwrap().len(), 3);
}

pub async fn of_many_at_once_each_overwrites_another<S: ReportWork>(reports: &S) {
    let account = new_account_id();
    let old: Vec<Report> = (0..5).map(|number| cancelled(account, number)).collect();
    make(reports, &old.iter().collect::<Vec<_>>()).await;
    let new: Vec<Report> = (5..8).map(|number| report(account, number)).collect();
    let made = join_all(
        new.iter()
            .map(|one| reports.create_report(one, ALL_UNFINISHED)),
    );
    let mut gone = BTreeSet::new();
    for made in made.await {
        let NewReport::Created { overwritten } = made.unwrap() else {
            panic!("nothing was unfinished");
        };
        assert_eq!(overwritten.len(), 1);
        gone.extend(overwritten.iter().map(|one| one.id));
    }
    assert_eq!(gone, old[..3].iter().map(|one| one.id).collect());
    let mut kept = [&old[3..], &new].concat();
    kept.reverse();
    assert_eq!(reports.reports(account, now()).await.unwrap(), kept);
}

pub async fn the_oldest_finished_make_room_and_no_others<S: ReportWork>(reports: &S) {
    let account = new_account_id();
    let queued = report(account, 0);
    let mut expired = report(account, 1);
    expired.state = ready(now().plus_millis(-LIFETIME_MS));
    let mut stalled = report(account, 2);
    stalled.touched = now().plus_millis(-STALLED_MS);
    let mut failed = report(account, 3);
    failed.state = State::Failed {
        finished: now(),
        error: Failure::new("TooLarge", HOSTILE),
    };
    let cancelled = cancelled(account, 4);
    make(reports, &[&queued, &expired, &stalled, &failed, &cancelled]).await;
    let stalled_again = changed(&stalled);
    let touched = reports.change_report(&stalled, &stalled).await;
    assert!(touched.unwrap());

    let create = async |number, stored, unfinished| {
        let limits = ReportLimits {
            stored,
            unfinished,
            own_only: false,
        };
        let new = report(account, number);
        reports.create_report(&new, limits).await.unwrap()
    };
    let refused = NewReport::TooManyUnfinished;
    assert_eq!(create(10, 5, 1).await, refused, "one is queued");
    assert_eq!(
        create(10, 1, 2).await,
        refused,
        "no place but the queued one's"
    );
    assert_eq!(create(10, 0, 9).await, refused, "no place at all");
    assert_eq!(create(10, 5, 2).await, overwriting([&expired]));
    // A lower limit: as many go as are too many, each in its last revision.
    let gone = overwriting([&stalled_again, &failed]);
    assert_eq!(create(11, 4, 3).await, gone);
    let stored = reports.reports(account, now()).await.unwrap();
    let kept = [report(account, 11), report(account, 10), cancelled, queued];
    assert_eq!(stored, kept);
}

pub async fn another_s_make_no_room_where_only_one_s_own_may<S: ReportWork>(reports: &S) {
    let account = new_account_id();
    let of_bob = |number| Report {
        created_by: "bob".to_owned(),
        ..cancelled(account, number)
    };
    let (bob_s, own, other) = (of_bob(1), cancelled(account, 2), of_bob(3));
    make(reports, &[&bob_s, &own, &other]).await;
    let limits = |own_only| ReportLimits {
        stored: 3,
        unfinished: 9,
        own_only,
    };
    let create = async |number, own_only| {
        let new = report(account, number);
        reports.create_report(&new, limits(own_only)).await.unwrap()
    };
    // The oldest is bob's, and stays.
    assert_eq!(create(4, true).await, overwriting([&own]));
    assert_eq!(create(5, true).await, NewReport::TooManyUnfinished);
    assert_eq!(create(5, false).await, overwriting([&bob_s]));
    let stored = reports.reports(account, now()).await.unwrap();
    assert_eq!(stored, [report(account, 5), report(account, 4), other]);
}

pub async fn a_change_holds_only_for_what_was_read<S: ReportWork>(reports: &S) {
    let old = report(new_account_id(), 1);
    make(reports, &[&old]).await;
    let variants = (0..6).map(|percent| {
        let mut new = old.clone();
        new.progress.percent = percent;
        // Revisions are the table's business.
        new.revision = 77;
        new
    });
    let variants: Vec<Report> = variants.collect();
    let written = join_all(variants.iter().map(|new| reports.change_report(&old, new))).await;
    let winners: Vec<&Report> = written
        .into_iter()
        .zip(&variants)
        .filter_map(|(written, new)| written.unwrap().then_some(new))
        .collect();
    let [winner] = winners[..] else {
        panic!("one writes, not {}", winners.len());
    };
    let mut expected = winner.clone();
    expected.revision = 1;
    let stored = reports.report(old.account, old.id, now()).await.unwrap();
    assert_eq!(stored.as_ref(), Some(&expected));

    assert!(!reports.delete_report(&old).await.unwrap(), "outdated");
    assert!(reports.delete_report(&expected).await.unwrap());
    assert!(!reports.delete_report(&expected).await.unwrap(), "once");
    assert!(!reports.change_report(&expected, &expected).await.unwrap());
    let gone = reports.report(old.account, old.id, now()).await;
    assert_eq!(gone.unwrap(), None, "a change makes nothing");
}

pub async fn one_run_claims_a_report<S: ReportWork>(reports: &S) {
    let one = report(new_account_id(), 1);
    make(reports, &[&one]).await;
    let at = |minutes| now().plus_millis(minutes * MINUTE);
    let claim = |from, until| reports.claim_report(one.account, one.id, at(from), until);
    let ours = |attempts, from, until| {
        let mut ours = one.clone();
        ours.state = State::Generating;
        (ours.revision, ours.attempts) = (u64::from(attempts), attempts);
        (ours.touched, ours.claimed_until) = (at(from), Some(until));
        ReportClaim::Ours(Box::new(ours))
    };
    for (attempts, from) in [(1, 1), (2, 16)] {
        // Runs are told apart by when they end.
        let ends = (0..8).map(|number| at(from + 15).plus_millis(-number));
        let ends: Vec<Instant> = ends.collect();
        let claims = join_all(ends.iter().map(|end| claim(from, *end))).await;
        let mut claims: Vec<(Instant, ReportClaim)> = ends
            .into_iter()
            .zip(claims.into_iter().map(Result::unwrap))
            .collect();
        claims.retain(|(_, claim)| *claim != ReportClaim::Taken);
        let [(end, claim)] = &claims[..] else {
            panic!("one run has it: {claims:?}");
        };
        assert_eq!(*claim, ours(attempts, from, *end));
        let stored = reports.report(one.account, one.id, at(from)).await;
        let stored = stored.unwrap().unwrap();
        assert_eq!(*claim, ReportClaim::Ours(Box::new(stored)));
    }
    assert_eq!(claim(30, at(45)).await.unwrap(), ReportClaim::Taken);
    assert_eq!(claim(31, at(46)).await.unwrap(), ours(3, 31, at(46)));
    // Its run lets go of it, so that the next need not wait.
    let stored = reports.report(one.account, one.id, at(32)).await.unwrap();
    let stored = stored.unwrap();
    let mut released = stored.clone();
    (released.claimed_until, released.attempts) = (None, 0);
    assert!(reports.change_report(&stored, &released).await.unwrap());
    let ReportClaim::Ours(again) = claim(32, at(47)).await.unwrap() else {
        panic!("nobody has it");
    };
    assert_eq!((again.attempts, again.revision), (1, 5));
}

pub async fn a_run_keeps_its_claim<S: ReportWork>(reports: &S) {
    let one = report(new_account_id(), 1);
    make(reports, &[&one]).await;
    let at = |minutes| now().plus_millis(minutes * MINUTE);
    let read = async || {
        let stored = reports.report(one.account, one.id, now()).await;
        stored.unwrap().unwrap()
    };
    let renew = async |from, until| {
        let renewed = reports.renew_report(one.account, one.id, at(from), at(until));
        renewed.await.unwrap()
    };
    assert!(renew(0, 1).await, "nobody has it");
    assert_eq!(read().await, one);
    let claim = |from, until| reports.claim_report(one.account, one.id, at(from), at(until));
    let ReportClaim::Ours(mut ours) = claim(1, 2).await.unwrap() else {
        panic!("nobody has it");
    };
    for until in [3, 4, 4] {
        // Also where the answer to the one before was lost.
        assert!(renew(2, until).await);
        ours.revision += 1;
        ours.claimed_until = Some(at(until));
        assert_eq!(read().await, *ours);
    }
    assert_eq!(claim(3, 9).await.unwrap(), ReportClaim::Taken);
    // It has run out, and another run begins.
    let claimed = claim(4, 9).await.unwrap();
    assert!(matches!(claimed, ReportClaim::Ours(_)));
    assert!(!renew(4, 5).await);
    let stored = read().await;
    assert_eq!((stored.claimed_until, stored.attempts), (Some(at(9)), 2));
    // Cancelled: its run is to hear of it where it saves, and not to go without a word.
    let mut cancelled = stored.clone();
    cancelled.state = State::Cancelled { finished: now() };
    assert!(reports.change_report(&stored, &cancelled).await.unwrap());
    cancelled.revision = stored.revision + 1;
    assert!(renew(9, 10).await);
    assert_eq!(read().await, cancelled);
    assert!(reports.delete_report(&cancelled).await.unwrap());
    assert!(renew(9, 10).await);
}

pub async fn what_is_finished_is_not_claimed<S: ReportWork>(reports: &S) {
    let account = new_account_id();
    let mut stalled = report(account, 1);
    stalled.touched = now().plus_millis(-STALLED_MS);
    let (cancelled, absent) = (cancelled(account, 2), report(account, 3));
    let mut ready_one = report(account, 4);
    ready_one.state = ready(now());
    let queued = report(account, 5);
    make(reports, &[&stalled, &cancelled, &ready_one, &queued]).await;
    let until = now().plus_millis(MINUTE);
    for (account, id, stored) in [
        (account, stalled.id, Some(&stalled)),
        (account, cancelled.id, Some(&cancelled)),
        (account, absent.id, None),
        (account, ready_one.id, Some(&ready_one)),
        (new_account_id(), queued.id, None),
    ] {
        let claim = reports.claim_report(account, id, now(), until).await;
        let stored = stored.cloned().map(Box::new);
        assert_eq!(claim.unwrap(), ReportClaim::Done { stored });
    }
    let listed = reports.reports(account, now()).await.unwrap();
    assert_eq!(listed, [queued, ready_one, cancelled, stalled], "untouched");
}

pub async fn forgotten_ones_are_not_there<S: ReportWork>(reports: &S) {
    let account = new_account_id();
    let mut old = report(account, 1);
    old.state = ready(now());
    let end = old.forgotten();
    assert_eq!(end, now().plus_millis(LIFETIME_MS + SHOWN_MS));
    let queued = report(account, 2);
    make(reports, &[&old, &queued]).await;
    let (before, after) = (end.plus_millis(-1), end.plus_millis(4 * DAY));
    let read = reports.report(account, old.id, before).await.unwrap();
    assert_eq!(read.as_ref(), Some(&old));
    assert_eq!(reports.report(account, old.id, end).await.unwrap(), None);
    let listed = reports.reports(account, end).await.unwrap();
    assert_eq!(listed, from_ref(&queued));
    assert_eq!(reports.reports(account, after).await.unwrap(), []);
    let claim = reports.claim_report(account, queued.id, after, after.plus_millis(1));
    assert_eq!(claim.await.unwrap(), ReportClaim::Done { stored: None });

    // They take no place, and are not told of: their files are gone.
    let only = ReportLimits {
        stored: 1,
        unfinished: 1,
        own_only: false,
    };
    let mut new = report(account, 3);
    (new.created, new.touched) = (after, after);
    let made = reports.create_report(&new, only).await.unwrap();
    assert_eq!(made, created());
    assert_eq!(reports.reports(account, after).await.unwrap(), [new]);
    let mut alive = queued.clone();
    alive.touched = after;
    let revived = reports.change_report(&queued, &alive).await.unwrap();
    let listed = reports.reports(account, after).await.unwrap();
    assert!(!revived && listed.len() == 1, "none comes to life again");
}

pub async fn large_ones_are_read_to_the_end_and_larger_ones_refused<S: ReportWork>(reports: &S) {
    // More than one page of a query: 1 MB.
    let account = new_account_id();
    let filled = |number, kilobytes: usize| {
        let mut report = cancelled(account, number);
        report.checkpoint = Some("x".repeat(kilobytes * 1024));
        report
    };
    let large: Vec<Report> = (0..5).map(|number| filled(number, 298)).collect();
    make(reports, &large.iter().collect::<Vec<_>>()).await;
    let mut listed = reports.reports(account, now()).await.unwrap();
    listed.reverse();
    assert!(listed == large, "{} reports", listed.len());
    let made = reports.create_report(&report(account, 6), LIMITS).await;
    let oldest = overwriting([&large[0]]);
    assert!(made.unwrap() == oldest, "all were counted");

    let larger = filled(7, 300);
    let refused = reports.create_report(&larger, LIMITS).await.unwrap_err();
    let says = refused.to_string();
    let item = format!("control item reports#{account}/report#{}", larger.id);
    assert!(says.starts_with(&item), "{says}");
    assert!(says.ends_with("at most 307200 are stored"), "{says}");
    let refused = reports.change_report(&large[4], &larger).await.unwrap_err();
    assert!(matches!(refused, StoreError::TooLarge { .. }), "{refused}");
    assert_eq!(reports.reports(account, now()).await.unwrap().len(), 5);
}

pub async fn ninety_are_kept_and_can_make_room_at_once<S: ReportWork>(reports: &S) {
    let account = new_account_id();
    let most = u16::try_from(MOST_KEPT).unwrap();
    let all: Vec<Report> = (0..most).map(|number| cancelled(account, number)).collect();
    make(reports, &all.iter().collect::<Vec<_>>()).await;
    let unlimited = ReportLimits {
        stored: usize::MAX,
        unfinished: usize::MAX,
        own_only: false,
    };
    let made = reports
        .create_report(&report(account, most), unlimited)
        .await;
    assert_eq!(made.unwrap(), overwriting([&all[0]]));
    let few = ReportLimits {
        stored: 2,
        unfinished: 2,
        own_only: false,
    };
    let made = reports.create_report(&report(account, most + 1), few).await;
    let gone = NewReport::Created {
        overwritten: all[1..].to_vec(),
    };
    assert_eq!(made.unwrap(), gone);
    assert_eq!(reports.reports(account, now()).await.unwrap().len(), 2);
}
