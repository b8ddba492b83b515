//! Users and permissions.

use activity_log_control::{Grants, Permission, Registry, new_account_id};

use crate::{Directory, Subject, TrailStore, now, user_name};

pub async fn a_user_is_made_once_in_an_account_that_exists<
    D: Directory,
    R: Registry,
    T: TrailStore,
>(
    subject: &Subject<D, R, T>,
) {
    let nowhere = new_account_id();
    let alice = user_name("alice");
    let error = subject
        .registry
        .create_user(nowhere, &alice, now())
        .await
        .unwrap_err();
    assert_eq!(error.to_string(), format!("no account {nowhere}"));

    let (account, alice) = subject.user("alice").await;
    let administrator = Permission::Administrator.into();
    let granted = subject.registry.grant(account.id, &alice, &administrator);
    granted.await.unwrap();
    let error = subject
        .registry
        .create_user(account.id, &alice, now())
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("user \"alice\" exists already in account {}", account.id)
    );
    // Names are told apart by case, and the one there was keeps what it had.
    subject
        .registry
        .create_user(account.id, &user_name("Alice"), now())
        .await
        .unwrap();
    let user = subject
        .registry
        .grant(account.id, &alice, &Permission::Producer.into())
        .await
        .unwrap();
    assert_eq!(user.grants, grants(&["administrator", "producer"]));
}

pub async fn permissions_come_and_go<D: Directory, R: Registry, T: TrailStore>(
    subject: &Subject<D, R, T>,
) {
    let (account, alice) = subject.user("alice").await;
    let registry = &subject.registry;
    for _ in 0..2 {
        let user = registry
            .grant(account.id, &alice, &Permission::Producer.into())
            .await
            .unwrap();
        assert_eq!(user.grants, grants(&["producer"]));
    }
    for _ in 0..2 {
        let user = registry
            .revoke(account.id, &alice, &Permission::Producer.into())
            .await
            .unwrap();
        assert_eq!(user.grants, Grants::new());
    }

    let nobody = user_name("nobody");
    let says = format!("no user \"nobody\" in account {}", account.id);
    let error = registry
        .grant(account.id, &nobody, &Permission::Producer.into())
        .await
        .unwrap_err();
    assert_eq!(error.to_string(), says);
    let error = registry
        .revoke(account.id, &nobody, &Permission::Producer.into())
        .await
        .unwrap_err();
    assert_eq!(error.to_string(), says);
}

/// Grants by their words.
pub fn grants(words: &[&str]) -> Grants {
    words.iter().map(|word| word.parse().unwrap()).collect()
}
