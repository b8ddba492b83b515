//! Calls of callers who did not show who they are.

use std::collections::BTreeMap;

use activity_log_control::{
    Claimed, Counted, Minute, NamedCredential, Place, UnprovenCall, UnprovenCalls, Untold,
    new_access_key_id, new_account_id,
};
use activity_log_core::account::AccountId;
use activity_log_core::instant::{Instant, MINUTE};
use futures::future::join_all;

use crate::{now, user_name};

fn minute(later: i64) -> Minute {
    Minute::of(now().plus_millis(later * MINUTE))
}

fn claimed(account: AccountId, credential: NamedCredential) -> Claimed {
    Claimed {
        account,
        user: user_name("alice"),
        credential,
    }
}

fn by_key() -> Claimed {
    claimed(
        new_account_id(),
        NamedCredential::AccessKey(new_access_key_id()),
    )
}

fn attempt(claimed: &Claimed, place: Place, operation: &'static str) -> UnprovenCall<'static> {
    UnprovenCall {
        claimed: Box::leak(Box::new(claimed.clone())),
        place,
        operation,
    }
}

fn address(last: u8) -> Place {
    Place::Address([192, 0, 2, last].into())
}

async fn untold<A: UnprovenCalls>(attempts: &A, over: Instant) -> Vec<Untold> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        // Two at a time, so that there are pages.
        let due = attempts.untold(over, after.as_ref(), 2).await.unwrap();
        assert!(due.unreadable.is_empty(), "{:?}", due.unreadable);
        found.extend(due.entries);
        after = due.next;
        if after.is_none() {
            return found;
        }
    }
}

pub async fn each_minute_is_summed_by_account_and_what_is_counted<A: UnprovenCalls>(attempts: &A) {
    let (one, other) = (new_account_id(), new_account_id());
    let (first, second) = (minute(0), minute(1));
    for (account, minute, counted, sum) in [
        (one, first, Counted::From(address(1)), 1),
        (one, first, Counted::From(address(1)), 2),
        (one, first, Counted::From(address(2)), 1),
        (one, first, Counted::From(Place::Unknown), 1),
        (one, first, Counted::With("AKIA"), 1),
        (one, first, Counted::PlacesOf("AKIA"), 1),
        (one, first, Counted::With("AKIA"), 2),
        (one, second, Counted::With("AKIA"), 1),
        (other, first, Counted::With("AKIA"), 1),
    ] {
        let counted = attempts.count(account, minute, counted).await.unwrap();
        assert_eq!(counted, sum);
    }
    let all = (0..20).map(|_| attempts.count(one, first, Counted::From(address(9))));
    let mut sums: Vec<_> = join_all(all)
        .await
        .into_iter()
        .map(Result::unwrap)
        .collect();
    sums.sort_unstable();
    assert_eq!(sums, (1..=20).collect::<Vec<_>>());
}

pub async fn what_is_told_together_is_summed_by_minute_key_place_and_operation<A: UnprovenCalls>(
    attempts: &A,
) {
    let key = by_key();
    let token = "0123456789abcdef0123".parse().unwrap();
    let token = claimed(key.account, NamedCredential::Token(token));
    let ipv6 = Place::Address("2001:db8::1".parse().unwrap());
    let add = async |minute, attempt, anew| {
        let added = attempts.add_untold(minute, attempt, anew).await;
        added.unwrap()
    };
    let lookup = attempt(&key, address(1), "LookupEvents");
    assert!(!add(minute(0), lookup, false).await, "there are none yet");
    assert_eq!(untold(attempts, minute(9).start()).await, []);
    assert!(add(minute(0), lookup, true).await);
    assert!(add(minute(0), lookup, false).await);
    assert!(add(minute(0), attempt(&key, address(1), "PutEvents"), false).await);
    assert!(add(minute(0), attempt(&key, ipv6, "LookupEvents"), true).await);
    assert!(add(minute(0), attempt(&key, Place::Others, "ListLogs"), true).await);
    assert!(add(minute(0), attempt(&token, Place::Unknown, "ListLogs"), true).await);
    assert!(add(minute(1), lookup, true).await);

    let of = |later, claimed: &Claimed, place, calls: &[(&str, u64)]| Untold {
        minute: minute(later),
        claimed: claimed.clone(),
        place,
        calls: calls
            .iter()
            .map(|(name, count)| ((*name).to_owned(), *count))
            .collect::<BTreeMap<_, _>>(),
    };
    let mut first = vec![
        of(
            0,
            &key,
            address(1),
            &[("LookupEvents", 2), ("PutEvents", 1)],
        ),
        of(0, &key, ipv6, &[("LookupEvents", 1)]),
        of(0, &key, Place::Others, &[("ListLogs", 1)]),
        of(0, &token, Place::Unknown, &[("ListLogs", 1)]),
    ];
    let second = of(1, &key, address(1), &[("LookupEvents", 1)]);
    let sorted = |mut all: Vec<Untold>| {
        all.sort_by_key(|one| (one.minute, one.claimed.clone(), one.place));
        all
    };
    // A minute is over when it has ended, and not before.
    assert_eq!(untold(attempts, minute(0).end()).await, []);
    let over = minute(0).end().plus_millis(1);
    assert_eq!(sorted(untold(attempts, over).await), sorted(first.clone()));
    let all = untold(attempts, minute(2).start().plus_millis(1)).await;
    assert_eq!(all.last(), Some(&second), "the oldest come first");
    assert_eq!(all.len(), 5);

    let gone = first.remove(1);
    attempts.forget_untold(&gone).await.unwrap();
    attempts.forget_untold(&gone).await.unwrap();
    assert_eq!(sorted(untold(attempts, over).await), sorted(first));
}

pub async fn of_many_at_once_none_is_lost<A: UnprovenCalls>(attempts: &A) {
    let key = by_key();
    let lookup = attempt(&key, address(1), "LookupEvents");
    let all = (0..40).map(|_| attempts.add_untold(minute(0), lookup, true));
    for added in join_all(all).await {
        assert!(added.unwrap());
    }
    let found = untold(attempts, minute(2).start()).await;
    assert_eq!(found[0].calls["LookupEvents"], 40);
}
