//! Projects, groups, tokens, sessions.

use activity_log_control::{
    AccessKeyId, AccessKeys, EndReason, EndedSession, KeyStatus, NewAccount, OpenedWith, Opening,
    ProjectId, Projects, Registry, Sessions, Token, TokenRecord, Tokens, UserName,
    new_access_key_id, new_account_id, new_secret_key, new_token,
};
use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;

use crate::users::grants;
use crate::{now, user_name};

const HOUR: i64 = 3_600_000;

/// What a case is given, over one table.
pub struct Access<D, R, S> {
    pub directory: D,
    pub registry: R,
    pub sessions: S,
}

pub trait Callers: AccessKeys + Tokens + Projects {}
impl<T: AccessKeys + Tokens + Projects> Callers for T {}

impl<D: Callers, R: Registry, S: Sessions> Access<D, R, S> {
    pub async fn account(&self) -> AccountId {
        let new = NewAccount {
            id: new_account_id(),
            name: "Test".parse().unwrap(),
            retention_override_days: None,
        };
        self.registry.create_account(new, now()).await.unwrap().id
    }

    pub async fn key(&self, account: AccountId, user: &UserName) -> AccessKeyId {
        let (id, secret) = (new_access_key_id(), new_secret_key());
        let made = self
            .registry
            .create_access_key(account, user, &id, &secret, now());
        made.await.unwrap();
        id
    }

    pub async fn user(&self) -> (AccountId, UserName) {
        let (account, alice) = (self.account().await, user_name("alice"));
        let made = self.registry.create_user(account, &alice, now()).await;
        made.unwrap();
        (account, alice)
    }
}

/// The first ten ends of sessions until then.
pub async fn ends_until<S: Sessions>(sessions: &S, now: Instant) -> Vec<EndedSession> {
    let due = sessions.ended_sessions(now, None, 10).await.unwrap();
    assert!(due.unreadable.is_empty(), "{:?}", due.unreadable);
    due.entries
}

/// A token that is no session's, or that of one opened with this key.
pub fn record(token: &Token, user: &UserName, key: Option<&AccessKeyId>) -> TokenRecord {
    TokenRecord {
        id: token.id.clone(),
        account: token.account,
        user: user.clone(),
        hash: token.hash(),
        created: now(),
        expires: now().plus_millis(HOUR),
        session: key.map(|id| OpenedWith {
            access_key_id: id.clone(),
        }),
    }
}

fn project(id: &str) -> ProjectId {
    id.parse().unwrap()
}

pub async fn every_account_has_a_system_user_for_good<D: Callers, R: Registry, S: Sessions>(
    access: &Access<D, R, S>,
) {
    let account = access.account().await;
    let system = UserName::system();
    let users = access.registry.users(account).await.unwrap();
    let names: Vec<&str> = users.iter().map(|user| user.name.as_str()).collect();
    assert_eq!(names, ["system"]);
    assert_eq!(users[0].grants, grants(&[]), "denied by default, it too");
    let error = access.registry.delete_user(account, &system, now()).await;
    let says =
        format!("user \"system\" is the system user of account {account} and cannot be deleted");
    assert_eq!(error.unwrap_err().to_string(), says);
    let error = access.registry.users(new_account_id()).await.unwrap_err();
    assert!(error.to_string().starts_with("no account "), "{error}");
}

pub async fn projects_are_the_account_s_own<D: Callers, R: Registry, S: Sessions>(
    access: &Access<D, R, S>,
) {
    let (account, other) = (access.account().await, access.account().await);
    let (registry, directory) = (&access.registry, &access.directory);
    let default = ProjectId::of_account(account);
    let shop = project("shop");
    assert!(directory.has_project(account, &default).await.unwrap());
    assert!(!directory.has_project(account, &shop).await.unwrap());
    registry
        .create_project(account, &shop, now())
        .await
        .unwrap();
    assert!(directory.has_project(account, &shop).await.unwrap());
    for theirs in [&shop, &default] {
        assert!(!directory.has_project(other, theirs).await.unwrap());
    }
    for taken in [&shop, &default] {
        let error = registry.create_project(account, taken, now()).await;
        let says = format!("project {taken} exists already in account {account}");
        assert_eq!(error.unwrap_err().to_string(), says);
    }
    let projects = registry.projects(account).await.unwrap();
    let ids: Vec<&ProjectId> = projects.iter().map(|project| &project.id).collect();
    assert_eq!(ids, [&default, &shop]);
    let nowhere = registry.create_project(new_account_id(), &shop, now());
    assert!(
        nowhere
            .await
            .unwrap_err()
            .to_string()
            .starts_with("no account ")
    );
}

pub async fn grants_are_given_in_projects_that_exist<D: Callers, R: Registry, S: Sessions>(
    access: &Access<D, R, S>,
) {
    let (account, alice) = access.user().await;
    let registry = &access.registry;
    let in_shop = "ActivityLogAdministrators@shop".parse().unwrap();
    let error = registry.grant(account, &alice, &in_shop).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("no project shop in account {account}")
    );
    let shop = project("shop");
    registry
        .create_project(account, &shop, now())
        .await
        .unwrap();
    let default = format!("storage@{account}").parse().unwrap();
    for _ in 0..2 {
        registry.grant(account, &alice, &in_shop).await.unwrap();
        let user = registry.grant(account, &alice, &default).await.unwrap();
        let expected = grants(&["ActivityLogAdministrators@shop", &default.to_string()]);
        assert_eq!(user.grants, expected);
    }
    let users = registry.users(account).await.unwrap();
    assert_eq!(users.len(), 2);
    for _ in 0..2 {
        let user = registry.revoke(account, &alice, &in_shop).await.unwrap();
        assert_eq!(user.grants, grants(&[&default.to_string()]));
    }
}

pub async fn a_bucket_is_in_one_project_of_one_account<D: Callers, R: Registry, S: Sessions>(
    access: &Access<D, R, S>,
) {
    let (account, other) = (access.account().await, access.account().await);
    let (registry, directory) = (&access.registry, &access.directory);
    let bucket = format!("logs-{account}");
    assert_eq!(directory.bucket_project(&bucket).await.unwrap(), None);
    let shop = project("shop");
    let error = registry.assign_bucket(account, &shop, &bucket);
    let says = format!("no project shop in account {account}");
    assert_eq!(error.await.unwrap_err().to_string(), says);
    registry
        .create_project(account, &shop, now())
        .await
        .unwrap();
    for id in [ProjectId::of_account(account), project("shop")] {
        registry.assign_bucket(account, &id, &bucket).await.unwrap();
        let found = directory.bucket_project(&bucket).await.unwrap();
        assert_eq!(found, Some((account, id)));
    }
    let default = ProjectId::of_account(other);
    let theirs = registry.assign_bucket(other, &default, &bucket);
    let says = format!("bucket {bucket} is in a project of account {account}");
    assert_eq!(theirs.await.unwrap_err().to_string(), says);
}

pub async fn a_token_opens_to_its_user_until_it_is_revoked<D: Callers, R: Registry, S: Sessions>(
    access: &Access<D, R, S>,
) {
    let (account, alice) = access.user().await;
    let (registry, directory) = (&access.registry, &access.directory);
    let token = new_token(account);
    assert!(directory.token(account, &token.id).await.unwrap().is_none());
    let made = record(&token, &alice, None);
    registry.create_token(&made).await.unwrap();
    let again = registry.create_token(&made).await.unwrap_err();
    assert!(again.to_string().ends_with(" exists already"), "{again}");
    let found = directory.token(account, &token.id).await.unwrap().unwrap();
    assert_eq!(found.token, made);
    assert_eq!((found.user.name, found.account.id), (alice, account));
    let other = access.account().await;
    assert!(directory.token(other, &token.id).await.unwrap().is_none());
    assert_eq!(registry.tokens(account).await.unwrap(), [made]);
    assert_eq!(registry.tokens(other).await.unwrap(), []);

    let nobody = record(&new_token(account), &user_name("nobody"), None);
    let error = registry.create_token(&nobody).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("no user \"nobody\" in account {account}")
    );

    registry
        .revoke_token(account, &token.id, now())
        .await
        .unwrap();
    assert!(directory.token(account, &token.id).await.unwrap().is_none());
    let error = registry
        .revoke_token(account, &token.id, now())
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("no token {} in account {account}", token.id)
    );
    // It was no session's: nothing ended.
    assert_eq!(ends_until(&access.sessions, now()).await, []);
}

pub async fn a_session_is_closed_once_or_ends_by_itself<D: Callers, R: Registry, S: Sessions>(
    access: &Access<D, R, S>,
) {
    let (account, alice) = access.user().await;
    let key = access.key(account, &alice).await;
    let sessions = &access.sessions;
    let [closed, timed_out] =
        [new_token(account), new_token(account)].map(|token| record(&token, &alice, Some(&key)));
    for token in [&closed, &timed_out] {
        sessions.open_session(token).await.unwrap();
        let found = access.directory.token(account, &token.id).await.unwrap();
        assert_eq!(found.unwrap().token, *token);
    }
    assert!(
        sessions.open_session(&closed).await.is_err(),
        "ids are taken once"
    );
    assert!(sessions.close_session(&closed).await.unwrap());
    assert!(!sessions.close_session(&closed).await.unwrap());
    assert!(
        access
            .directory
            .token(account, &closed.id)
            .await
            .unwrap()
            .is_none()
    );

    let before = timed_out.expires.plus_millis(-1);
    assert_eq!(ends_until(sessions, before).await, []);
    let ended = ends_until(sessions, timed_out.expires).await;
    let [end] = ended.as_slice() else {
        panic!("{ended:?}")
    };
    assert_eq!(
        (end.account, &end.id, &end.user),
        (account, &timed_out.id, &alice)
    );
    assert_eq!(
        (end.ended, end.reason),
        (timed_out.expires, EndReason::Timeout)
    );
    assert_eq!(end.access_key_id, timed_out.session.unwrap().access_key_id);
    for _ in 0..2 {
        sessions.forget_session(end).await.unwrap();
        assert_eq!(ends_until(sessions, timed_out.expires).await, []);
    }
}

pub async fn sessions_end_with_their_tokens_in_order<D: Callers, R: Registry, S: Sessions>(
    access: &Access<D, R, S>,
) {
    let (account, alice) = access.user().await;
    let key = access.key(account, &alice).await;
    let sessions = &access.sessions;
    let made = [1, 2, 3].map(|_| record(&new_token(account), &alice, Some(&key)));
    for token in &made {
        sessions.open_session(token).await.unwrap();
    }
    for (at, token) in made.iter().enumerate().rev() {
        let later = now().plus_millis(i64::try_from(at).unwrap());
        let revoked = access.registry.revoke_token(account, &token.id, later);
        revoked.await.unwrap();
    }
    let ended = ends_until(sessions, now().plus_millis(1)).await;
    let found: Vec<_> = ended.iter().map(|end| (&end.id, end.reason)).collect();
    assert_eq!(
        found,
        [
            (&made[0].id, EndReason::Revoked),
            (&made[1].id, EndReason::Revoked)
        ]
    );
    assert_eq!(
        sessions
            .ended_sessions(now().plus_millis(2), None, 2)
            .await
            .unwrap()
            .entries
            .len(),
        2
    );
    for end in ends_until(sessions, now().plus_millis(HOUR)).await {
        sessions.forget_session(&end).await.unwrap();
    }
    assert_eq!(ends_until(sessions, now().plus_millis(2 * HOUR)).await, []);
}

pub async fn a_deleted_user_s_keys_tokens_and_sessions_go_too<
    D: Callers,
    R: Registry,
    S: Sessions,
>(
    access: &Access<D, R, S>,
) {
    let (account, alice) = access.user().await;
    let bob = user_name("bob");
    let registry = &access.registry;
    registry.create_user(account, &bob, now()).await.unwrap();
    let key = access.key(account, &alice).await;
    let session = record(&new_token(account), &alice, Some(&key));
    access.sessions.open_session(&session).await.unwrap();
    let plain = record(&new_token(account), &alice, None);
    let bob_s = record(&new_token(account), &bob, None);
    for token in [&plain, &bob_s] {
        registry.create_token(token).await.unwrap();
    }

    registry.delete_user(account, &alice, now()).await.unwrap();
    assert!(access.directory.access_key(&key).await.unwrap().is_none());
    for token in [&session, &plain] {
        let found = access.directory.token(account, &token.id).await;
        assert!(found.unwrap().is_none());
    }
    assert_eq!(registry.tokens(account).await.unwrap(), [bob_s]);
    let ended = ends_until(&access.sessions, now()).await;
    let found: Vec<_> = ended.iter().map(|end| (&end.id, end.reason)).collect();
    assert_eq!(found, [(&session.id, EndReason::UserDeleted)]);
    let error = registry
        .delete_user(account, &alice, now())
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("no user \"alice\" in account {account}")
    );
    // The name is free again, for someone with nothing of the first one's.
    let again = registry.create_user(account, &alice, now()).await.unwrap();
    assert_eq!(again.grants, grants(&[]));
    assert_eq!(registry.access_keys(account, &alice).await.unwrap(), []);
}

pub async fn a_session_is_good_while_its_key_and_user_are<D: Callers, R: Registry, S: Sessions>(
    access: &Access<D, R, S>,
) {
    let (account, alice) = access.user().await;
    let key = access.key(account, &alice).await;
    let registry = &access.registry;
    let session = record(&new_token(account), &alice, Some(&key));
    let opened = access.sessions.open_session(&session).await.unwrap();
    assert_eq!(opened, Opening::Opened);
    for (status, is_good) in [(KeyStatus::Inactive, false), (KeyStatus::Active, true)] {
        let switched = registry.set_access_key_status(account, &alice, &key, status);
        switched.await.unwrap();
        let found = access.directory.token(account, &session.id).await.unwrap();
        assert_eq!(found.is_some(), is_good, "{status}");
    }
    let deleted = access.key(account, &alice).await;
    let with_deleted = record(&new_token(account), &alice, Some(&deleted));
    access.sessions.open_session(&with_deleted).await.unwrap();
    let gone = registry.delete_access_key(account, &alice, &deleted);
    gone.await.unwrap();
    let found = access.directory.token(account, &with_deleted.id).await;
    assert!(found.unwrap().is_none());
    registry.delete_user(account, &alice, now()).await.unwrap();
    let late = record(&new_token(account), &alice, Some(&key));
    let opened = access.sessions.open_session(&late).await.unwrap();
    assert_eq!(opened, Opening::UserGone);
    // One that is made later under the name has nothing of the first one's.
    registry.create_user(account, &alice, now()).await.unwrap();
    for token in [&session, &late] {
        let found = access.directory.token(account, &token.id).await.unwrap();
        assert!(found.is_none());
    }
}

pub async fn a_closed_session_does_not_end_again<D: Callers, R: Registry, S: Sessions>(
    access: &Access<D, R, S>,
) {
    let (account, alice) = access.user().await;
    let key = access.key(account, &alice).await;
    let session = record(&new_token(account), &alice, Some(&key));
    access.sessions.open_session(&session).await.unwrap();
    let revoked = access.registry.revoke_token(account, &session.id, now());
    revoked.await.unwrap();
    assert!(!access.sessions.close_session(&session).await.unwrap());
    let ended = ends_until(&access.sessions, now()).await;
    assert_eq!(ended.len(), 1);
}
