//! Counters of usage.

use activity_log_control::{Day, USAGE_DAYS, Usage, UsageCount, UsageReader, new_account_id};
use futures::future::join_all;

use crate::now;

const ONE: UsageCount = UsageCount {
    events: 100,
    bytes: 120_000,
    duplicates: 1,
    rejected: 0,
};

pub async fn each_day_is_summed_by_account<S: Usage + UsageReader>(usage: &S) {
    let (one, other, today) = (new_account_id(), new_account_id(), Day::of(now()));
    let refused = UsageCount {
        rejected: 7,
        ..UsageCount::default()
    };
    let large = UsageCount {
        bytes: 1 << 45,
        ..UsageCount::default()
    };
    for (account, days_ago, count) in [
        (one, 0, ONE),
        (one, 0, refused),
        (one, 2, large),
        (one, 3, ONE),
        (other, 1, ONE),
    ] {
        let day = today.plus(-days_ago);
        usage.add(account, day, count).await.unwrap();
    }
    let mut both = ONE;
    both += refused;
    let nothing = UsageCount::default();
    let days = [
        (today.plus(-2), large),
        (today.plus(-1), nothing),
        (today, both),
    ];
    assert_eq!(usage.usage(one, today, 3).await.unwrap(), days);
    assert_eq!(
        usage.usage(other, today, 1).await.unwrap(),
        [(today, nothing)]
    );
    assert_eq!(usage.usage(one, today, 0).await.unwrap(), []);
    // More than one batch of reads holds.
    let all = usage.usage(one, today, u32::MAX).await.unwrap();
    assert_eq!(all.len(), USAGE_DAYS as usize);
    assert_eq!(all[all.len() - 3..], days);
    assert_eq!(all[all.len() - 4], (today.plus(-3), ONE));
}

pub async fn of_many_at_once_none_is_lost<S: Usage + UsageReader>(usage: &S) {
    let (account, today) = (new_account_id(), Day::of(now()));
    let all = join_all((0..40).map(|_| usage.add(account, today, ONE))).await;
    assert!(all.iter().all(Result::is_ok), "{all:?}");
    let sum = UsageCount {
        events: 4_000,
        bytes: 4_800_000,
        duplicates: 40,
        rejected: 0,
    };
    assert_eq!(
        usage.usage(account, today, 1).await.unwrap(),
        [(today, sum)]
    );
}
