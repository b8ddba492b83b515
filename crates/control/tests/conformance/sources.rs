//! Links from AWS accounts.

use activity_log_control::{NewAccount, Registry, new_account_id};

use crate::{Directory, Subject, TrailStore, now};

pub async fn events_of_an_account_are_its_own<D: Directory, R: Registry, T: TrailStore>(
    subject: &Subject<D, R, T>,
) {
    let account = subject.account().await;
    let resolved = subject.directory.resolve_source(account.id).await.unwrap();
    assert_eq!(resolved, Some(account.id));
    let resolved = subject
        .directory
        .resolve_source(new_account_id())
        .await
        .unwrap();
    assert_eq!(resolved, None);
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
        let resolved = subject.directory.resolve_source(aws).await.unwrap();
        assert_eq!(resolved, Some(account.id));
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
    assert_eq!(
        subject.directory.resolve_source(aws).await.unwrap(),
        Some(one.id)
    );

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
    assert_eq!(
        subject.directory.resolve_source(aws).await.unwrap(),
        Some(one.id)
    );
}
