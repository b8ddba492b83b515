//! Links from AWS accounts.

use activity_log_control::{NewAccount, Registry, new_account_id};
use activity_log_core::account::AccountId;

use crate::{Directory, Subject, TrailStore, now};

/// Whose the events of an AWS account are.
async fn receiver<D: Directory, R: Registry, T: TrailStore>(
    subject: &Subject<D, R, T>,
    aws: AccountId,
) -> Option<AccountId> {
    let mut received = subject.directory.receivers(&[aws]).await.unwrap();
    assert_eq!(received.len(), 1);
    received.remove(0).unwrap().map(|account| account.id)
}

pub async fn events_of_an_account_are_its_own<D: Directory, R: Registry, T: TrailStore>(
    subject: &Subject<D, R, T>,
) {
    let account = subject.account().await;
    assert_eq!(receiver(subject, account.id).await, Some(account.id));
    assert_eq!(receiver(subject, new_account_id()).await, None);
}

pub async fn a_linked_account_resolves_to_the_one_it_is_linked_to<
    D: Directory,
    R: Registry,
    T: TrailStore,
>(
    subject: &Subject<D, R, T>,
) {
    let account = subject.account().await;
    for _ in 0..2 {
        let aws = new_account_id();
        subject
            .registry
            .link_source(account.id, aws, now())
            .await
            .unwrap();
        assert_eq!(receiver(subject, aws).await, Some(account.id));
    }
}

pub async fn what_is_linked_or_an_account_cannot_be_linked<
    D: Directory,
    R: Registry,
    T: TrailStore,
>(
    subject: &Subject<D, R, T>,
) {
    let (one, other) = (subject.account().await, subject.account().await);
    let (aws, nowhere) = (new_account_id(), new_account_id());
    subject
        .registry
        .link_source(one.id, aws, now())
        .await
        .unwrap();

    let refused = [
        (
            other.id,
            aws,
            format!("AWS account {aws} is linked to account {} already", one.id),
        ),
        (
            one.id,
            aws,
            format!("AWS account {aws} is linked to account {} already", one.id),
        ),
        (nowhere, new_account_id(), format!("no account {nowhere}")),
        (nowhere, nowhere, format!("no account {nowhere}")),
        (nowhere, aws, format!("no account {nowhere}")),
        (
            one.id,
            other.id,
            format!(
                "{} is an account here: its events are its own and cannot be linked to another",
                other.id
            ),
        ),
        (
            one.id,
            one.id,
            format!(
                "{} is an account here: its events are its own and cannot be linked to another",
                one.id
            ),
        ),
    ];
    for (account, aws, says) in refused {
        let error = subject
            .registry
            .link_source(account, aws, now())
            .await
            .unwrap_err();
        assert_eq!(error.to_string(), says);
    }
    assert_eq!(receiver(subject, aws).await, Some(one.id));

    let new = NewAccount {
        id: aws,
        name: "Linked".parse().unwrap(),
        retention_override_days: None,
    };
    let error = subject
        .registry
        .create_account(new, now())
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "account {aws} cannot be made: AWS account {aws} is linked to account {}",
            one.id
        )
    );
    assert_eq!(receiver(subject, aws).await, Some(one.id));
}

pub async fn many_are_told_at_once_and_in_their_order<D: Directory, R: Registry, T: TrailStore>(
    subject: &Subject<D, R, T>,
) {
    let (one, other) = (subject.account().await, subject.account().await);
    let linked: Vec<AccountId> = (0..60).map(|_| new_account_id()).collect();
    for aws in &linked {
        let link = subject.registry.link_source(one.id, *aws, now());
        link.await.unwrap();
    }
    let strangers: Vec<AccountId> = (0..60).map(|_| new_account_id()).collect();
    let asked = [&linked[..], &strangers, &[other.id, one.id]].concat();
    let received = subject.directory.receivers(&asked).await.unwrap();
    let received: Vec<_> = received.into_iter().map(Result::unwrap).collect();
    let expected = [
        vec![Some(one.clone()); 60],
        vec![None; 60],
        vec![Some(other), Some(one)],
    ];
    assert_eq!(received, expected.concat());
    assert!(subject.directory.receivers(&[]).await.unwrap().is_empty());
}
