//! Trails: made within the limit, changed only as they were read, archived step by step.

use std::collections::BTreeMap;

use activity_log_control::{
    Claim, DeletedTrail, DigestKey, Limit, NewTrail, Registry, new_account_id,
};
use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;
use activity_log_core::subscription::Subscription;
use activity_log_core::trail::Trail;
use activity_log_core::trail::format::Format;
use activity_log_core::trail::progress::{Period, PreviousDigest};
use activity_log_core::trail::record::{Archive, Counts, WindowRecord};
use activity_log_core::trail::selection::{ReadWrite, Selection};
use activity_log_core::window::{WINDOW_MS, Window};

use crate::{Directory, Subject, TrailStore, now};

fn subscribed() -> Subscription {
    Subscription::since(now())
}

fn trail(account: AccountId, name: &str) -> Trail {
    let id = format!("{:016x}", new_account_id().as_str().parse::<u64>().unwrap());
    let name = name.parse().unwrap();
    let mut trail = Trail::new(account, name, id, ("logs", account), now());
    trail.settings.prefix = Some("p/q".to_owned());
    trail.settings.validation = true;
    trail.settings.is_multi_region = true;
    trail.settings.formats.set_always(Format::JsonGz);
    trail.settings.tags = BTreeMap::from([("a".to_owned(), "é".to_owned())]);
    trail
}

/// As it is after so many changes.
fn changed(trail: &Trail, times: u64) -> Trail {
    let mut trail = trail.clone();
    trail.revision += times;
    trail
}

fn record(window: Window) -> WindowRecord {
    WindowRecord {
        window,
        counts: Counts {
            ingested: 3,
            archived: 1,
            filtered_out: 1,
            duplicates: 1,
            conflicts: 0,
            expired_parts: 0,
        },
        retention_over: false,
        archives: vec![Archive {
            bucket: "logs".to_owned(),
            key: format!("key-{window}"),
            sha256: "00".repeat(32),
            bytes: 1,
            events: 1,
            oldest: now(),
            newest: now(),
        }],
    }
}

pub async fn a_trail_is_made_once_and_reads_back<D: Directory, R: Registry, T: TrailStore>(
    subject: &Subject<D, R, T>,
) {
    let account = subject.account().await.id;
    let mut made = trail(account, "audit");
    made.logging.start(now()).unwrap();
    made.delivery.archives.failed(now(), "AccessDenied");
    let mut writes = Selection::default();
    writes.selectors[0].read_write = ReadWrite::WriteOnly;
    writes.custom = true;
    made.select(writes, now());
    let trails = &subject.trails;
    assert_eq!(trails.trail(account, &made.name).await.unwrap(), None);
    assert_eq!(
        trails.create_trail(&made, 2).await.unwrap(),
        NewTrail::Created
    );
    let other = trail(account, "audit");
    assert_eq!(
        trails.create_trail(&other, 9).await.unwrap(),
        NewTrail::Exists
    );
    let stored = trails.trail(account, &made.name).await.unwrap();
    assert_eq!(stored.as_ref(), Some(&made));
    assert_eq!(trails.trails(account).await.unwrap(), [made.clone()]);
    assert_eq!(trails.trails(new_account_id()).await.unwrap(), []);
    let all = trails.all_trails().await.unwrap();
    assert!(all.contains(&(account, made.name)));
}

pub async fn the_limit_holds_and_can_be_raised<D: Directory, R: Registry, T: TrailStore>(
    subject: &Subject<D, R, T>,
) {
    let account = subject.account().await;
    let (id, trails) = (account.id, &subject.trails);
    assert_eq!(account.limits.value(Limit::Trails), 2);
    let at_once = ["aaa", "bbb", "ccc", "ddd"].map(|name| trail(id, name));
    let [a, b, c, d] = &at_once;
    let made = tokio::join!(
        trails.create_trail(a, 2),
        trails.create_trail(b, 2),
        trails.create_trail(c, 2),
        trails.create_trail(d, 2)
    );
    let made = [made.0, made.1, made.2, made.3].map(Result::unwrap);
    let created = made.iter().filter(|one| **one == NewTrail::Created).count();
    assert_eq!(created, 2, "{made:?}");
    assert_eq!(trails.trails(id).await.unwrap().len(), 2);
    assert_eq!(
        trails.create_trail(&trail(id, "eee"), 0).await.unwrap(),
        NewTrail::LimitReached
    );

    let raised = subject
        .registry
        .set_limit(id, Limit::Trails, Some(3))
        .await
        .unwrap();
    assert_eq!(raised.limits.value(Limit::Trails), 3);
    let read = subject.directory.account(id).await.unwrap().unwrap();
    assert_eq!(read.limits, raised.limits);
    assert_eq!(
        trails.create_trail(&trail(id, "eee"), 3).await.unwrap(),
        NewTrail::Created
    );
    let back = subject
        .registry
        .set_limit(id, Limit::Trails, None)
        .await
        .unwrap();
    assert_eq!(back.limits.set(Limit::Trails), None);
    let nobody = subject
        .registry
        .set_limit(new_account_id(), Limit::Trails, Some(1))
        .await;
    assert!(nobody.unwrap_err().to_string().starts_with("no account"));
}

pub async fn a_change_holds_only_for_what_was_read<D: Directory, R: Registry, T: TrailStore>(
    subject: &Subject<D, R, T>,
) {
    let account = subject.account().await.id;
    let (old, trails) = (trail(account, "audit"), &subject.trails);
    trails.create_trail(&old, 2).await.unwrap();
    let mut new = old.clone();
    "elsewhere".clone_into(&mut new.settings.bucket);
    new.logging.start(now()).unwrap();
    assert!(trails.configure_trail(&old, &new).await.unwrap());
    assert!(!trails.configure_trail(&old, &new).await.unwrap());

    // The archiver writes nothing of what the customer sets, nor the API of the archiver's progress.
    let new = changed(&new, 1);
    let next = new.next_window(&subscribed()).unwrap();
    let step = new.archived(next, &subscribed());
    let mut stale = step.clone();
    "not written".clone_into(&mut stale.settings.bucket);
    let kept = record(next);
    assert!(
        trails
            .advance(&new, &stale, Some(&kept), None)
            .await
            .unwrap()
    );
    assert!(!trails.configure_trail(&new, &new).await.unwrap());
    let mut renamed = changed(&new, 1);
    renamed.settings.prefix = None;
    let now_stored = changed(&new, 1);
    assert!(trails.configure_trail(&now_stored, &renamed).await.unwrap());
    let stored = trails.trail(account, &old.name).await.unwrap().unwrap();
    assert_eq!(stored.settings, renamed.settings);
    assert_eq!(stored.progress, step.progress);
    assert_eq!(stored.revision, 3);

    assert!(trails.delete_trail(&stored).await.unwrap());
    assert!(!trails.delete_trail(&stored).await.unwrap());
    let again = trail(account, "audit");
    trails.create_trail(&again, 1).await.unwrap();
    assert!(!trails.configure_trail(&old, &old).await.unwrap());
    assert!(!trails.delete_trail(&stored).await.unwrap(), "another life");
}

pub async fn one_run_works_on_a_trail<D: Directory, R: Registry, T: TrailStore>(
    subject: &Subject<D, R, T>,
) {
    let account = subject.account().await.id;
    let (made, trails) = (trail(account, "audit"), &subject.trails);
    let claim = async |from: i64, until: i64| {
        let at = Instant::from_seconds;
        trails
            .claim(account, &made.name, at(from), at(until))
            .await
            .unwrap()
    };
    assert_eq!(claim(0, 10).await, Claim::Gone);
    trails.create_trail(&made, 2).await.unwrap();
    let ours = || Claim::Ours(Box::new(made.clone()));
    assert_eq!(claim(0, 10).await, ours());
    assert_eq!(claim(5, 15).await, Claim::Taken);
    assert_eq!(claim(10, 20).await, ours(), "the first has run out");
    let renew = async |from: i64, until: i64| {
        let at = Instant::from_seconds;
        trails.renew(&made, at(from), at(until)).await.unwrap()
    };
    assert!(!renew(10, 19).await, "the first is another's");
    assert!(renew(20, 24).await);
    assert!(renew(20, 25).await, "the answer was lost");
    assert_eq!(claim(20, 30).await, Claim::Taken);
    assert!(renew(25, 25).await);
    // Who comes late releases nothing.
    trails
        .release(&made, Instant::from_seconds(10))
        .await
        .unwrap();
    assert_eq!(claim(11, 21).await, Claim::Taken);
    trails
        .release(&made, Instant::from_seconds(25))
        .await
        .unwrap();
    assert!(!renew(25, 26).await, "nobody has it");
    assert_eq!(claim(11, 21).await, ours());
    let mut again = made.clone();
    "another life".clone_into(&mut again.id);
    let (from, until) = (Instant::from_seconds(21), Instant::from_seconds(22));
    assert!(!trails.renew(&again, from, until).await.unwrap());
}

pub async fn the_archiver_s_steps_are_taken_once<D: Directory, R: Registry, T: TrailStore>(
    subject: &Subject<D, R, T>,
) {
    let account = subject.account().await.id;
    let (mut old, trails) = (trail(account, "audit"), &subject.trails);
    old.logging.start(now()).unwrap();
    old.logging.stop(now().plus_millis(WINDOW_MS));
    trails.create_trail(&old, 2).await.unwrap();
    let first = old.next_window(&subscribed()).unwrap();
    let one = old.archived(first, &subscribed());
    let kept = record(first);
    assert!(trails.advance(&old, &one, Some(&kept), None).await.unwrap());
    assert!(!trails.advance(&old, &one, Some(&kept), None).await.unwrap());
    let one = changed(&one, 1);
    let two = one.archived(first.next(), &subscribed());
    let kept = record(first.next());
    assert!(trails.advance(&one, &two, Some(&kept), None).await.unwrap());
    let two = changed(&two, 1);
    let period = two.due_digest().unwrap();
    assert_eq!((period.from, period.to), (first, first.next()));
    let records = [record(first), record(first.next())];
    assert_eq!(trails.records(&two, period).await.unwrap(), records);

    let digest = PreviousDigest {
        bucket: "logs".to_owned(),
        key: "digest".to_owned(),
        sha256: "00".to_owned(),
        signature: "11".to_owned(),
    };
    let three = two.digested(period, digest);
    let done = trails.advance(&two, &three, None, Some(period)).await;
    assert!(done.unwrap());
    assert_eq!(trails.records(&two, period).await.unwrap(), []);
    let three = changed(&three, 1);
    let stored = trails.trail(account, &old.name).await.unwrap().unwrap();
    assert_eq!(stored, three);

    let mut noted = three.clone();
    noted.delivery.archives.succeeded(now());
    trails.note_delivery(&noted).await.unwrap();
    let stored = trails.trail(account, &old.name).await.unwrap().unwrap();
    assert_eq!(stored, noted);
    let kept = record(first);
    trails
        .advance(&three, &three, Some(&kept), None)
        .await
        .unwrap();
    trails.delete_trail(&noted).await.unwrap();
    trails.note_delivery(&noted).await.unwrap();
    assert_eq!(trails.trail(account, &old.name).await.unwrap(), None);
}

pub async fn a_deleted_trail_s_records_go_by_and_by<D: Directory, R: Registry, T: TrailStore>(
    subject: &Subject<D, R, T>,
) {
    let account = subject.account().await.id;
    let (mut old, trails) = (trail(account, "audit"), &subject.trails);
    old.logging.start(now()).unwrap();
    trails.create_trail(&old, 1).await.unwrap();
    let (mut step, mut window) = (old.clone(), old.next_window(&subscribed()).unwrap());
    let first = window;
    for times in 1..=60 {
        let next = step.archived(window, &subscribed());
        let kept = record(window);
        assert!(
            trails
                .advance(&step, &next, Some(&kept), None)
                .await
                .unwrap()
        );
        (step, window) = (changed(&next, 1), window.next());
        assert_eq!(step.revision, times);
    }
    let all = Period {
        from: first,
        to: window,
        ends_chain: None,
    };
    assert_eq!(trails.records(&old, all).await.unwrap().len(), 60);
    assert!(trails.delete_trail(&step).await.unwrap());
    assert!(!trails.delete_trail(&step).await.unwrap());

    // Its name and its place are free at once; another of the name has none of its records, and loses none.
    let again = trail(account, "audit");
    assert_eq!(
        trails.create_trail(&again, 1).await.unwrap(),
        NewTrail::Created
    );
    assert_eq!(trails.records(&again, all).await.unwrap(), []);
    let next = again.archived(first, &subscribed());
    let kept = record(first);
    assert!(
        trails
            .advance(&again, &next, Some(&kept), None)
            .await
            .unwrap()
    );

    let deleted = DeletedTrail(old.id.clone());
    let due = trails.deleted_trails(None, 10).await.unwrap();
    assert_eq!((due.entries, due.next), (vec![deleted.clone()], None));
    assert!(!trails.clean_up(&deleted, 40).await.unwrap());
    assert_eq!(trails.records(&old, all).await.unwrap().len(), 20);
    assert_eq!(
        trails.deleted_trails(None, 10).await.unwrap().entries.len(),
        1
    );
    for _ in 0..2 {
        assert!(trails.clean_up(&deleted, 40).await.unwrap());
        assert_eq!(trails.records(&old, all).await.unwrap(), []);
        assert_eq!(trails.deleted_trails(None, 10).await.unwrap().entries, []);
    }
    assert_eq!(trails.records(&again, all).await.unwrap(), [record(first)]);
}

pub async fn keys_of_digests_are_kept_for_ever<D: Directory, R: Registry, T: TrailStore>(
    subject: &Subject<D, R, T>,
) {
    let key = |fingerprint: &str, seconds| DigestKey {
        fingerprint: fingerprint.to_owned(),
        der: vec![1, 2, 3],
        since: Instant::from_seconds(seconds),
    };
    let trails = &subject.trails;
    trails.keep_digest_key(&key("bb", 20)).await.unwrap();
    trails.keep_digest_key(&key("aa", 30)).await.unwrap();
    trails.keep_digest_key(&key("bb", 40)).await.unwrap();
    assert_eq!(
        trails.digest_keys().await.unwrap(),
        [key("bb", 20), key("aa", 30)]
    );
}
