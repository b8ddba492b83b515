//! Projects that are renamed and deleted, and buckets that are taken out of them.

use activity_log_control::{ProjectId, Registry, RegistryError, Sessions, new_account_id};

use crate::access::{Access, Callers};
use crate::now;

pub async fn buckets_are_listed_and_taken_out_by_their_account_alone<
    D: Callers,
    R: Registry,
    S: Sessions,
>(
    access: &Access<D, R, S>,
) {
    let (account, other) = (access.account().await, access.account().await);
    let (registry, directory) = (&access.registry, &access.directory);
    let (shop, default) = (project("shop"), ProjectId::of_account(account));
    registry
        .create_project(account, &shop, now())
        .await
        .unwrap();
    assert_eq!(registry.buckets(account).await.unwrap(), []);
    let [first, second] = ["a", "b"].map(|letter| format!("logs-{letter}-{account}"));
    for (bucket, project) in [(&second, &shop), (&first, &default), (&second, &default)] {
        registry
            .assign_bucket(account, project, bucket)
            .await
            .unwrap();
    }
    let listed = registry.buckets(account).await.unwrap();
    let listed: Vec<_> = listed.iter().map(|one| (&one.name, &one.project)).collect();
    assert_eq!(listed, [(&first, &default), (&second, &default)]);
    assert_eq!(registry.buckets(other).await.unwrap(), []);

    let error = registry.unassign_bucket(other, &first).await.unwrap_err();
    let says = format!("bucket {first} is in no project of account {other}");
    assert_eq!(error.to_string(), says);
    assert!(directory.bucket_project(&first).await.unwrap().is_some());
    registry.unassign_bucket(account, &first).await.unwrap();
    assert_eq!(directory.bucket_project(&first).await.unwrap(), None);
    assert_eq!(registry.buckets(account).await.unwrap().len(), 1);
    let again = registry.unassign_bucket(account, &first).await.unwrap_err();
    let says = format!("bucket {first} is in no project of account {account}");
    assert_eq!(again.to_string(), says);
    // It is free for another now.
    let theirs = ProjectId::of_account(other);
    registry
        .assign_bucket(other, &theirs, &first)
        .await
        .unwrap();
    let nowhere = new_account_id();
    for error in [
        registry.buckets(nowhere).await.unwrap_err(),
        registry.unassign_bucket(nowhere, &first).await.unwrap_err(),
    ] {
        assert_eq!(error.to_string(), format!("no account {nowhere}"));
    }
}

pub async fn a_project_that_something_names_stays_and_says_what_does<
    D: Callers,
    R: Registry,
    S: Sessions,
>(
    access: &Access<D, R, S>,
) {
    let (account, alice) = access.user().await;
    let (registry, shop, store) = (&access.registry, project("shop"), project("store"));
    registry
        .create_project(account, &shop, now())
        .await
        .unwrap();
    let bucket = format!("logs-{account}");
    registry
        .assign_bucket(account, &shop, &bucket)
        .await
        .unwrap();
    let grant = "storage@shop".parse().unwrap();
    registry.grant(account, &alice, &grant).await.unwrap();
    let refused = async |why: &str| {
        let says = format!("project shop of account {account} is in use: {why}");
        let error = registry.delete_project(account, &shop).await.unwrap_err();
        assert_eq!(error.to_string(), says);
        let error = registry.rename_project(account, &shop, &store).await;
        assert_eq!(error.unwrap_err().to_string(), says);
        assert!(access.directory.has_project(account, &shop).await.unwrap());
    };
    let buckets = format!("these buckets are in it: {bucket}");
    let users = "these users were granted something in it: alice";
    refused(&format!("{buckets}; {users}")).await;
    registry.revoke(account, &alice, &grant).await.unwrap();
    refused(&buckets).await;
    registry.grant(account, &alice, &grant).await.unwrap();
    registry.unassign_bucket(account, &bucket).await.unwrap();
    refused(users).await;
    registry.revoke(account, &alice, &grant).await.unwrap();

    registry.delete_project(account, &shop).await.unwrap();
    assert!(!access.directory.has_project(account, &shop).await.unwrap());
    let error = registry.delete_project(account, &shop).await.unwrap_err();
    let says = format!("no project shop in account {account}");
    assert_eq!(error.to_string(), says);
    let error = registry.grant(account, &alice, &grant).await.unwrap_err();
    assert_eq!(error.to_string(), says);
    let default = ProjectId::of_account(account);
    let error = registry.delete_project(account, &default).await;
    assert_eq!(
        error.unwrap_err().to_string(),
        format!("project {account} is the default one of account {account} and stays as it is")
    );
}

pub async fn a_project_goes_on_under_another_id<D: Callers, R: Registry, S: Sessions>(
    access: &Access<D, R, S>,
) {
    let account = access.account().await;
    let (registry, directory) = (&access.registry, &access.directory);
    let [shop, store, taken] = ["shop", "store", "taken"].map(project);
    for (id, seconds) in [(&shop, 0), (&taken, 1)] {
        let created = now().plus_millis(seconds * 1_000);
        registry.create_project(account, id, created).await.unwrap();
    }
    let default = ProjectId::of_account(account);
    for to in [&taken, &shop, &default] {
        let error = registry.rename_project(account, &shop, to).await;
        let says = format!("project {to} exists already in account {account}");
        assert_eq!(error.unwrap_err().to_string(), says);
    }
    let error = registry.rename_project(account, &default, &store).await;
    assert!(
        matches!(error, Err(RegistryError::DefaultProject { .. })),
        "{error:?}"
    );
    let renamed = registry.rename_project(account, &shop, &store).await;
    let renamed = renamed.unwrap();
    assert_eq!((&renamed.id, renamed.created), (&store, now()));
    assert!(!directory.has_project(account, &shop).await.unwrap());
    let projects = registry.projects(account).await.unwrap();
    assert!(projects.contains(&renamed), "{projects:?}");
    // It can be used, and then stays.
    let bucket = format!("logs-{account}");
    registry
        .assign_bucket(account, &store, &bucket)
        .await
        .unwrap();
    let error = registry.delete_project(account, &store).await;
    assert!(
        matches!(error, Err(RegistryError::ProjectInUse { .. })),
        "{error:?}"
    );
}

/// Never is something granted in a project that is no more.
pub async fn of_a_grant_and_a_deletion_at_once_one_is_refused<
    D: Callers,
    R: Registry,
    S: Sessions,
>(
    access: &Access<D, R, S>,
) {
    let (account, alice) = access.user().await;
    let registry = &access.registry;
    for number in 0..8 {
        let id = project(&format!("p{number}"));
        registry.create_project(account, &id, now()).await.unwrap();
        let grant = format!("storage@{id}").parse().unwrap();
        let (granted, deleted) = tokio::join!(
            registry.grant(account, &alice, &grant),
            registry.delete_project(account, &id)
        );
        assert!(
            granted.is_err() || deleted.is_err(),
            "{granted:?} {deleted:?}"
        );
        let there = access.directory.has_project(account, &id).await.unwrap();
        let users = registry.users(account).await.unwrap();
        let has = users
            .iter()
            .any(|user| user.grants.iter().any(|one| *one == grant));
        assert!(!has || there, "{id}: granted in what is not there");
    }
}

fn project(id: &str) -> ProjectId {
    id.parse().unwrap()
}
