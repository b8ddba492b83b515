//! Access keys.

use activity_log_control::{
    AccessKeyId, Grant, Grants, KeyStatus, Permission, Registry, RegistryError, new_access_key_id,
    new_secret_key,
};
use activity_log_core::account::AccountId;

use crate::{Directory, Subject, TrailStore, now, user_name};

impl<D: Directory, R: Registry, T: TrailStore> Subject<D, R, T> {
    async fn key(&self, account: AccountId, user: &str) -> Result<AccessKeyId, RegistryError> {
        let (id, secret) = (new_access_key_id(), new_secret_key());
        let user = user_name(user);
        self.registry
            .create_access_key(account, &user, &id, &secret, now())
            .await
            .map(|key| key.id)
    }

    async fn switch(
        &self,
        account: AccountId,
        user: &str,
        id: &AccessKeyId,
        status: KeyStatus,
    ) -> Result<(), RegistryError> {
        let user = user_name(user);
        self.registry
            .set_access_key_status(account, &user, id, status)
            .await
    }

    async fn status(&self, id: &AccessKeyId) -> KeyStatus {
        let found = self.directory.access_key(id).await.unwrap();
        found.unwrap().key.status
    }
}

pub async fn a_key_opens_to_its_secret_user_and_account<
    D: Directory,
    R: Registry,
    T: TrailStore,
>(
    subject: &Subject<D, R, T>,
) {
    let (account, alice) = subject.user("alice").await;
    let (id, secret) = (new_access_key_id(), new_secret_key());
    assert!(subject.directory.access_key(&id).await.unwrap().is_none());
    let key = subject
        .registry
        .create_access_key(account.id, &alice, &id, &secret, now())
        .await
        .unwrap();
    assert_eq!(key.status, KeyStatus::Active);
    assert_eq!(
        subject
            .registry
            .access_keys(account.id, &alice)
            .await
            .unwrap(),
        std::slice::from_ref(&key)
    );

    let (administrator, producer) = (Permission::Administrator, Permission::Producer);
    let expected = [
        (None, vec![]),
        (Some(administrator), vec![administrator]),
        (Some(producer), vec![administrator, producer]),
    ];
    for (granted, permissions) in expected {
        if let Some(permission) = granted {
            subject
                .registry
                .grant(account.id, &alice, &permission.into())
                .await
                .unwrap();
        }
        let found = subject.directory.access_key(&id).await.unwrap().unwrap();
        assert_eq!(found.key, key);
        assert_eq!(found.secret, secret);
        assert_eq!(found.account, account);
        assert_eq!(found.user.name, alice);
        let grants: Grants = permissions.into_iter().map(Grant::from).collect();
        assert_eq!(found.user.grants, grants);
    }
}

pub async fn a_key_id_is_taken_once<D: Directory, R: Registry, T: TrailStore>(
    subject: &Subject<D, R, T>,
) {
    let (account, _) = subject.user("alice").await;
    let id = subject.key(account.id, "alice").await.unwrap();
    let (other_account, bob) = subject.user("bob").await;
    let error = subject
        .registry
        .create_access_key(other_account.id, &bob, &id, &new_secret_key(), now())
        .await
        .unwrap_err();
    assert_eq!(error.to_string(), format!("access key {id} exists already"));
    assert_eq!(
        subject
            .registry
            .access_keys(other_account.id, &bob)
            .await
            .unwrap(),
        []
    );
    let found = subject.directory.access_key(&id).await.unwrap().unwrap();
    assert_eq!(found.account, account);

    let error = subject.key(account.id, "nobody").await.unwrap_err();
    let says = format!("no user \"nobody\" in account {}", account.id);
    assert_eq!(error.to_string(), says);
    let nobody = user_name("nobody");
    let listed = subject.registry.access_keys(account.id, &nobody).await;
    assert_eq!(listed.unwrap_err().to_string(), says);
}

pub async fn two_keys_may_be_active_and_no_more<D: Directory, R: Registry, T: TrailStore>(
    subject: &Subject<D, R, T>,
) {
    let (account, alice) = subject.user("alice").await;
    let id = account.id;
    let first = subject.key(id, "alice").await.unwrap();
    let second = subject.key(id, "alice").await.unwrap();
    let says =
        format!("user \"alice\" of account {id} has 2 active access keys: disable one first");
    let error = subject.key(id, "alice").await.unwrap_err();
    assert_eq!(error.to_string(), says);
    // What is active stays so.
    subject
        .switch(id, "alice", &first, KeyStatus::Active)
        .await
        .unwrap();

    subject
        .switch(id, "alice", &first, KeyStatus::Inactive)
        .await
        .unwrap();
    let third = subject.key(id, "alice").await.unwrap();
    let error = subject
        .switch(id, "alice", &first, KeyStatus::Active)
        .await
        .unwrap_err();
    assert_eq!(error.to_string(), says);
    assert_eq!(subject.status(&first).await, KeyStatus::Inactive);
    subject
        .switch(id, "alice", &second, KeyStatus::Inactive)
        .await
        .unwrap();
    subject
        .switch(id, "alice", &first, KeyStatus::Active)
        .await
        .unwrap();

    let mut expected = vec![
        (first, KeyStatus::Active),
        (second, KeyStatus::Inactive),
        (third, KeyStatus::Active),
    ];
    expected.sort_by(|(one, _), (other, _)| one.cmp(other));
    let keys = subject.registry.access_keys(id, &alice).await.unwrap();
    let keys: Vec<_> = keys.into_iter().map(|key| (key.id, key.status)).collect();
    assert_eq!(keys, expected);
}

pub async fn of_many_at_once_two_keys_are_made<D: Directory, R: Registry, T: TrailStore>(
    subject: &Subject<D, R, T>,
) {
    let (account, alice) = subject.user("alice").await;
    let key = || subject.key(account.id, "alice");
    let made = tokio::join!(key(), key(), key(), key());
    let made = [made.0, made.1, made.2, made.3];
    // DynamoDB may cancel one of two transactions that meet; never may a third key come of it.
    let made = made.iter().filter(|made| made.is_ok()).count();
    assert!((1..=2).contains(&made), "{made}");
    let keys = subject
        .registry
        .access_keys(account.id, &alice)
        .await
        .unwrap();
    assert_eq!(keys.len(), made);
}

pub async fn an_inactive_key_says_so_at_once<D: Directory, R: Registry, T: TrailStore>(
    subject: &Subject<D, R, T>,
) {
    let (account, _) = subject.user("alice").await;
    let id = subject.key(account.id, "alice").await.unwrap();
    for status in [KeyStatus::Inactive, KeyStatus::Inactive, KeyStatus::Active] {
        subject
            .switch(account.id, "alice", &id, status)
            .await
            .unwrap();
        assert_eq!(subject.status(&id).await, status);
    }
}

pub async fn a_key_answers_to_its_user_only<D: Directory, R: Registry, T: TrailStore>(
    subject: &Subject<D, R, T>,
) {
    let (account, _) = subject.user("alice").await;
    let bob = user_name("bob");
    subject
        .registry
        .create_user(account.id, &bob, now())
        .await
        .unwrap();
    let id = subject.key(account.id, "alice").await.unwrap();
    let error = subject
        .switch(account.id, "bob", &id, KeyStatus::Inactive)
        .await
        .unwrap_err();
    let says = format!(
        "user \"bob\" of account {} has no access key {id}",
        account.id
    );
    assert_eq!(error.to_string(), says);
    let error = subject
        .switch(account.id, "nobody", &id, KeyStatus::Inactive)
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("no user \"nobody\" in account {}", account.id)
    );

    let (other, _) = subject.user("alice").await;
    let error = subject
        .switch(other.id, "alice", &id, KeyStatus::Inactive)
        .await
        .unwrap_err();
    assert!(
        matches!(error, RegistryError::UnknownAccessKey { .. }),
        "{error}"
    );
    let unknown = new_access_key_id();
    let error = subject
        .switch(account.id, "alice", &unknown, KeyStatus::Active)
        .await
        .unwrap_err();
    assert!(
        matches!(error, RegistryError::UnknownAccessKey { .. }),
        "{error}"
    );
    assert_eq!(subject.status(&id).await, KeyStatus::Active);
}

pub async fn a_deleted_key_is_no_key_and_makes_room<D: Directory, R: Registry, T: TrailStore>(
    subject: &Subject<D, R, T>,
) {
    let (account, alice) = subject.user("alice").await;
    let (registry, id) = (&subject.registry, account.id);
    let bob = user_name("bob");
    registry.create_user(id, &bob, now()).await.unwrap();
    let first = subject.key(id, "alice").await.unwrap();
    let second = subject.key(id, "alice").await.unwrap();
    subject
        .switch(id, "alice", &second, KeyStatus::Inactive)
        .await
        .unwrap();
    let error = registry.delete_access_key(id, &bob, &first).await;
    let says = format!("user \"bob\" of account {id} has no access key {first}");
    assert_eq!(error.unwrap_err().to_string(), says);
    let (other, _) = subject.user("alice").await;
    let error = registry.delete_access_key(other.id, &alice, &first).await;
    assert!(
        matches!(error, Err(RegistryError::UnknownAccessKey { .. })),
        "{error:?}"
    );
    assert_eq!(subject.status(&first).await, KeyStatus::Active);

    for (key, left) in [(&first, 1), (&second, 0)] {
        registry.delete_access_key(id, &alice, key).await.unwrap();
        assert!(subject.directory.access_key(key).await.unwrap().is_none());
        let keys = registry.access_keys(id, &alice).await.unwrap();
        assert_eq!(keys.len(), left);
        let again = registry.delete_access_key(id, &alice, key).await;
        let says = format!("user \"alice\" of account {id} has no access key {key}");
        assert_eq!(again.unwrap_err().to_string(), says);
    }
    for _ in 0..2 {
        subject.key(id, "alice").await.unwrap();
    }
    let nobody = user_name("nobody");
    let error = registry.delete_access_key(id, &nobody, &first).await;
    let says = format!("no user \"nobody\" in account {id}");
    assert_eq!(error.unwrap_err().to_string(), says);
}
