//! Counters of rates.

use activity_log_control::{Admitted, Rate, Rates, Throttle, new_account_id};
use futures::future::join_all;

use crate::now;

pub async fn each_second_is_summed_by_account_and_rate<S: Rates>(rates: &S) {
    let (one, other) = (new_account_id(), new_account_id());
    let second = now().seconds();
    for (account, rate, second, permits, sum) in [
        (one, Rate::Lookup, second, 1, 1),
        (one, Rate::Lookup, second, 2, 3),
        (one, Rate::Ingest, second, 5, 5),
        (other, Rate::Lookup, second, 7, 7),
        (one, Rate::Lookup, second + 1, 1, 1),
        (one, Rate::Lookup, second, 10_000, 10_003),
        (one, Rate::Lookup, second - 1, 0, 0),
    ] {
        let spent = rates.spend(account, rate, second, permits).await.unwrap();
        assert_eq!(spent, sum, "{account} {rate} {second}");
    }
}

pub async fn of_many_at_once_none_is_lost_and_each_sum_is_given_once<S: Rates>(rates: &S) {
    let (account, second) = (new_account_id(), now().seconds());
    let all = (0..40).map(|_| rates.spend(account, Rate::Ingest, second, 3));
    let mut sums: Vec<u64> = join_all(all)
        .await
        .into_iter()
        .map(Result::unwrap)
        .collect();
    sums.sort_unstable();
    let expected: Vec<u64> = (1..=40).map(|number| number * 3).collect();
    assert_eq!(sums, expected);
}

pub async fn instances_share_a_limit<S: Rates + Clone>(rates: &S) {
    let account = crate::Memory::default().subject().account().await;
    let instances: Vec<_> = (0..4).map(|_| Throttle::new(rates.clone())).collect();
    // 100 a second, of which each may hold back a lease of 10.
    let asked = (0..240).map(|number| instances[number % 4].admit(&account, Rate::Lookup, now()));
    let admitted = join_all(asked).await;
    let is_unknown = |one: &_| matches!(one, Admitted::Unknown(_));
    assert!(!admitted.iter().any(is_unknown), "{admitted:?}");
    let let_in = admitted.iter().filter(|one| one.is_in()).count();
    assert!((60..=100).contains(&let_in), "{let_in}");
}
