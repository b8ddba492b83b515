//! Accounts.

use activity_log_control::{Limit, Limits, NewAccount, Registry, new_account_id};
use activity_log_core::account::AccountId;
use activity_log_core::cursor;
use activity_log_core::page::Position;
use activity_log_core::query::Query;

use crate::{Directory, Subject, TrailStore, now};

pub async fn an_account_is_made_once_and_reads_back<D: Directory, R: Registry, T: TrailStore>(
    subject: &Subject<D, R, T>,
) {
    assert_eq!(
        subject.directory.account(new_account_id()).await.unwrap(),
        None
    );
    let account = subject.account().await;
    let read = subject.directory.account(account.id).await.unwrap();
    assert_eq!(read.as_ref(), Some(&account));

    let again = NewAccount {
        id: account.id,
        name: "Another".parse().unwrap(),
        retention_override_days: Some(1),
    };
    let error = subject
        .registry
        .create_account(again, now())
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("account {} exists already", account.id)
    );
    assert_eq!(subject.directory.account(account.id).await.unwrap(), read);
}

pub async fn retention_is_the_default_or_the_override<D: Directory, R: Registry, T: TrailStore>(
    subject: &Subject<D, R, T>,
) {
    assert_eq!(subject.account().await.retention_days(30), 30);
    let new = NewAccount {
        id: new_account_id(),
        name: "Keeps for a year: ü".parse().unwrap(),
        retention_override_days: Some(365),
    };
    let account = subject.registry.create_account(new, now()).await.unwrap();
    let read = subject
        .directory
        .account(account.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(read.retention_days(30), 365);
    assert_eq!(read.name.as_str(), "Keeps for a year: ü");
}

pub async fn limits_are_set_and_taken_back<D: Directory, R: Registry, T: TrailStore>(
    subject: &Subject<D, R, T>,
) {
    let id = subject.account().await.id;
    // Each has a place of its own.
    for (value, limit) in (7..).zip(Limit::ALL) {
        let changed = subject.registry.set_limit(id, limit, Some(value)).await;
        assert_eq!(changed.unwrap().limits.set(limit), Some(value), "{limit}");
    }
    let read = subject.directory.account(id).await.unwrap().unwrap();
    for (value, limit) in (7..).zip(Limit::ALL) {
        assert_eq!(read.limits.value(limit), value, "{limit}");
        let changed = subject.registry.set_limit(id, limit, None).await;
        assert_eq!(changed.unwrap().limits.set(limit), None, "{limit}");
    }
    let read = subject.directory.account(id).await.unwrap().unwrap();
    assert_eq!(read.limits, Limits::default());
}

pub async fn name_and_retention_change_and_nothing_else_does<
    D: Directory,
    R: Registry,
    T: TrailStore,
>(
    subject: &Subject<D, R, T>,
) {
    let (registry, mut account) = (&subject.registry, subject.account().await);
    let id = account.id;
    registry
        .set_limit(id, Limit::Trails, Some(5))
        .await
        .unwrap();
    account.limits.trails = Some(5);
    account.name = "Renamed: ü".parse().unwrap();
    let renamed = registry.rename_account(id, &account.name).await;
    assert_eq!(renamed.unwrap(), account);
    for days in [Some(365), Some(1), None, None] {
        account.retention_override_days = days;
        let changed = registry.set_retention(id, days).await;
        assert_eq!(changed.unwrap(), account);
        let read = subject.directory.account(id).await.unwrap();
        assert_eq!(read.as_ref(), Some(&account));
    }
    let nowhere = new_account_id();
    let says = format!("no account {nowhere}");
    let error = registry.rename_account(nowhere, &account.name).await;
    assert_eq!(error.unwrap_err().to_string(), says);
    let error = registry.set_retention(nowhere, Some(1)).await;
    assert_eq!(error.unwrap_err().to_string(), says);
    assert_eq!(subject.directory.account(nowhere).await.unwrap(), None);
}

pub async fn cursor_keys_are_stable_and_the_accounts_own<
    D: Directory,
    R: Registry,
    T: TrailStore,
>(
    subject: &Subject<D, R, T>,
) {
    let one = subject.account().await;
    let other = subject.account().await;
    let mut tokens = Vec::new();
    for account in [&one, &one, &other] {
        let key = subject.directory.cursor_key(account).await.unwrap();
        let position = Position {
            time: now(),
            id: "event".to_owned(),
        };
        // Keys do not show their bytes; what they make does.
        let token = cursor::seal(&key, "test", one.id, &Query::default(), &position, now());
        tokens.push(token);
    }
    assert_eq!(tokens[0], tokens[1]);
    assert_ne!(tokens[0], tokens[2]);
}

pub async fn all_accounts_are_listed_by_id<D: Directory, R: Registry, T: TrailStore>(
    subject: &Subject<D, R, T>,
) {
    assert_eq!(subject.registry.accounts().await.unwrap(), []);
    let mut made = Vec::new();
    // One batch of reads holds 100.
    for _ in 0..101 {
        made.push(subject.account().await);
    }
    made.sort_by_key(|account| account.id);
    assert_eq!(subject.registry.accounts().await.unwrap(), made);
    let ids: Vec<AccountId> = made.iter().map(|account| account.id).collect();
    assert_eq!(subject.directory.account_ids().await.unwrap(), ids);
}

pub async fn of_two_at_once_one_makes_the_account<D: Directory, R: Registry, T: TrailStore>(
    subject: &Subject<D, R, T>,
) {
    let id = new_account_id();
    let create = |name: &str| {
        let new = NewAccount {
            id,
            name: name.parse().unwrap(),
            retention_override_days: None,
        };
        subject.registry.create_account(new, now())
    };
    let (one, other) = tokio::join!(create("One"), create("Other"));
    let made = match (one, other) {
        (Ok(made), Err(error)) | (Err(error), Ok(made)) => {
            assert_eq!(error.to_string(), format!("account {id} exists already"));
            made
        }
        both => panic!("not exactly one: {both:?}"),
    };
    assert_eq!(subject.directory.account(id).await.unwrap(), Some(made));
}
