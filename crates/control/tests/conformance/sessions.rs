//! How many sessions a user may have open.

use activity_log_control::{
    AccessKeyId, EndReason, MOST_SESSIONS, Opening, Registry, Sessions, TokenRecord, UserName,
    new_token,
};
use activity_log_core::account::AccountId;
use activity_log_core::instant::SECOND;
use futures::future::join_all;

use crate::access::{Access, Callers, ends_until, record};
use crate::{now, user_name};

/// So that [`MOST_SESSIONS`] are not opened too often.
const STEP: i64 = 4 * SECOND;

/// A user's session, opened so many steps after the suite's now.
fn session(account: AccountId, user: &UserName, key: &AccessKeyId, later: i64) -> TokenRecord {
    TokenRecord {
        created: now().plus_millis(later * STEP),
        ..record(&new_token(account), user, Some(key))
    }
}

async fn open<S: Sessions>(sessions: &S, token: &TokenRecord) {
    let opened = sessions.open_session(token).await.unwrap();
    assert_eq!(opened, Opening::Opened);
}

/// The ids of the user's sessions that are there.
async fn open_of<R: Registry>(registry: &R, account: AccountId, user: &UserName) -> Vec<String> {
    let tokens = registry.tokens(account).await.unwrap();
    let own = tokens
        .into_iter()
        .filter(|token| token.user == *user && token.session.is_some());
    let mut ids: Vec<String> = own.map(|token| token.id.to_string()).collect();
    ids.sort();
    ids
}

fn ids(tokens: &[TokenRecord]) -> Vec<String> {
    let mut ids: Vec<String> = tokens.iter().map(|token| token.id.to_string()).collect();
    ids.sort();
    ids
}

pub async fn one_s_own_oldest_makes_room_and_nobody_else_s<D: Callers, R: Registry, S: Sessions>(
    access: &Access<D, R, S>,
) {
    let (account, alice) = access.user().await;
    let key = access.key(account, &alice).await;
    let mallory = user_name("mallory");
    let made = access.registry.create_user(account, &mallory, now()).await;
    made.unwrap();
    let theirs = access.key(account, &mallory).await;

    let administrator = session(account, &alice, &key, 0);
    open(&access.sessions, &administrator).await;
    let most = i64::try_from(MOST_SESSIONS).unwrap();
    let many: Vec<_> = (0..most + 3)
        .map(|later| session(account, &mallory, &theirs, later))
        .collect();
    for token in &many {
        open(&access.sessions, token).await;
    }
    let kept = ids(&many[3..]);
    assert_eq!(open_of(&access.registry, account, &mallory).await, kept);
    let own = [administrator];
    assert_eq!(open_of(&access.registry, account, &alice).await, ids(&own));

    let ended = ends_until(&access.sessions, now().plus_millis((most + 3) * STEP)).await;
    let found: Vec<_> = ended
        .iter()
        .map(|end| (&end.id, end.reason, end.ended))
        .collect();
    let expected: Vec<_> = (0..3)
        .map(|at| {
            let room_for = &many[at + MOST_SESSIONS];
            (&many[at].id, EndReason::TooMany, room_for.created)
        })
        .collect();
    assert_eq!(found, expected);
}

pub async fn what_is_closed_or_over_takes_no_room<D: Callers, R: Registry, S: Sessions>(
    access: &Access<D, R, S>,
) {
    let (account, alice) = access.user().await;
    let key = access.key(account, &alice).await;
    let new = |later| session(account, &alice, &key, later);
    let mut over = new(0);
    over.expires = now().plus_millis(100 * STEP);
    open(&access.sessions, &over).await;
    let most = i64::try_from(MOST_SESSIONS).unwrap();
    let many: Vec<_> = (1..most).map(new).collect();
    for token in &many {
        open(&access.sessions, token).await;
    }
    assert!(access.sessions.close_session(&many[0]).await.unwrap());
    let revoked = access.registry.revoke_token(account, &many[1].id, now());
    revoked.await.unwrap();
    for later in [200, 201, 202] {
        open(&access.sessions, &new(later)).await;
    }
    let ended = ends_until(&access.sessions, now().plus_millis(300 * STEP)).await;
    let reasons: Vec<_> = ended.iter().map(|end| end.reason).collect();
    assert_eq!(reasons, [EndReason::Revoked, EndReason::Timeout]);

    open(&access.sessions, &new(203)).await;
    let ended = ends_until(&access.sessions, now().plus_millis(300 * STEP)).await;
    assert_eq!(ended.len(), 3);
    assert_eq!(
        (&ended[2].id, ended[2].reason),
        (&many[2].id, EndReason::TooMany)
    );
}

pub async fn of_many_at_once_no_more_stay_open<D: Callers, R: Registry, S: Sessions>(
    access: &Access<D, R, S>,
) {
    let (account, alice) = access.user().await;
    let key = access.key(account, &alice).await;
    let most = i64::try_from(MOST_SESSIONS).unwrap();
    for later in 0..most - 1 {
        open(&access.sessions, &session(account, &alice, &key, later)).await;
    }
    let together: Vec<_> = (0..4)
        .map(|_| session(account, &alice, &key, most))
        .collect();
    join_all(together.iter().map(|token| open(&access.sessions, token))).await;
    let left = open_of(&access.registry, account, &alice).await;
    assert_eq!(left.len(), MOST_SESSIONS);
    for id in ids(&together) {
        assert!(left.contains(&id), "{id} was among the newest");
    }
}

pub async fn ends_are_read_page_by_page<D: Callers, R: Registry, S: Sessions>(
    access: &Access<D, R, S>,
) {
    let (account, alice) = access.user().await;
    let key = access.key(account, &alice).await;
    let mut made = Vec::new();
    for later in 0..5 {
        let mut token = session(account, &alice, &key, 0);
        token.expires = now().plus_millis(later);
        open(&access.sessions, &token).await;
        made.push(token.id);
    }
    let until = now().plus_millis(3);
    let (mut after, mut found) = (None, Vec::new());
    for _ in 0..3 {
        let page = access.sessions.ended_sessions(until, after.as_ref(), 2);
        let page = page.await.unwrap();
        found.extend(page.entries.into_iter().map(|end| end.id));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!((found.as_slice(), after), (&made[..4], None));
}
