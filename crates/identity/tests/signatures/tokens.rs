//! Tokens: what is issued is accepted until it ends, and nothing else is.

use activity_log_control::memory::InMemory;
use activity_log_control::{OpenedWith, Registry, Sessions, Token, TokenRecord, new_token};
use activity_log_core::instant::Instant;
use activity_log_identity::{AuthenticationError, Denied, Principal, authenticate};
use bytes::Bytes;
use http::Request;

use crate::signer::{
    Signer, account_id, check_with, control, endpoint, key_id, lookup, now, unsigned, user,
};

const HOUR: i64 = 3_600_000;

fn record(token: &Token, session: bool) -> TokenRecord {
    TokenRecord {
        id: token.id.clone(),
        account: token.account,
        user: user(),
        hash: token.hash(),
        created: now(),
        expires: now().plus_millis(HOUR),
        session: session.then(|| OpenedWith {
            access_key_id: key_id(),
        }),
    }
}

async fn issued() -> (InMemory, Token) {
    let (control, token) = (control().await, new_token(account_id()));
    control.create_token(&record(&token, false)).await.unwrap();
    (control, token)
}

fn with(text: &str) -> Request<Bytes> {
    let mut request = unsigned("GET", "/v1/p/logs", b"");
    request
        .headers_mut()
        .append("x-auth-token", text.parse().unwrap());
    request
}

async fn at(
    control: &InMemory,
    request: &Request<Bytes>,
    now: Instant,
) -> Result<Principal, AuthenticationError> {
    authenticate(request, now, control, &endpoint()).await
}

#[tokio::test]
async fn a_token_gives_the_principal_until_it_expires() {
    let (control, token) = issued().await;
    let request = with(&token.expose());
    let principal = check_with(&control, &request).await.unwrap();
    assert_eq!(
        (principal.account_id(), &principal.user),
        (account_id(), &user())
    );
    assert_eq!(principal.access_key_id(), None);
    assert_eq!(principal.token().unwrap().id, token.id);
    let last = now().plus_millis(HOUR - 1);
    assert!(at(&control, &request, last).await.is_ok());
    let expired = at(&control, &request, now().plus_millis(HOUR)).await;
    let Err(AuthenticationError::Denied { denied, claimed }) = expired else {
        panic!("{expired:?}")
    };
    assert_eq!(denied, Denied::InvalidToken);
    assert_eq!(
        claimed.unwrap().user,
        user(),
        "its account's log hears of it"
    );
}

#[tokio::test]
async fn a_session_s_token_tells_the_key_it_was_opened_with() {
    let (control, token) = (control().await, new_token(account_id()));
    control.open_session(&record(&token, true)).await.unwrap();
    let principal = check_with(&control, &with(&token.expose())).await.unwrap();
    assert_eq!(principal.access_key_id(), Some(&key_id()));
}

#[tokio::test]
async fn a_revoked_token_is_refused_at_once() {
    let (control, token) = issued().await;
    control
        .revoke_token(account_id(), &token.id, now())
        .await
        .unwrap();
    let refused = check_with(&control, &with(&token.expose())).await;
    assert_eq!(refused.unwrap_err(), Denied::InvalidToken);
}

#[tokio::test]
async fn whatever_is_no_token_has_one_answer() {
    let (control, token) = issued().await;
    let good = token.expose();
    let never_issued = new_token(account_id()).expose();
    let other_account = good.replace("111122223333", "999999999999");
    let mut secret = good.clone().into_bytes();
    let place = good.rfind('.').unwrap() + 5;
    secret[place] = if secret[place] == b'A' { b'B' } else { b'A' };
    let other_secret = String::from_utf8(secret).unwrap();
    for text in [
        "",
        "x",
        "gAAAAABlXDFc8RTqKryFlXXX",
        &good[1..],
        &never_issued,
        &other_account,
        &other_secret,
    ] {
        let refused = at(&control, &with(text), now()).await.unwrap_err();
        let AuthenticationError::Denied { denied, claimed } = refused else {
            panic!("{refused}")
        };
        assert_eq!((denied, claimed), (Denied::InvalidToken, None), "{text}");
    }
}

#[tokio::test]
async fn one_way_of_saying_who_calls_is_enough() {
    let (control, token) = issued().await;
    let mut both = Signer::default().sign(lookup());
    let value = token.expose().parse().unwrap();
    both.headers_mut().insert("x-auth-token", value);
    let mut twice = with(&token.expose());
    twice
        .headers_mut()
        .append("x-auth-token", token.expose().parse().unwrap());
    for request in [both, twice] {
        let refused = check_with(&control, &request).await.unwrap_err();
        assert_eq!(refused.code(), "IncompleteSignature", "{refused}");
    }
}

#[tokio::test]
async fn who_signs_wrong_is_told_apart_for_the_log_only() {
    let control = control().await;
    let wrong = Signer {
        secret: "0123456789abcdef0123456789abcdef",
        ..Signer::default()
    };
    let refused = at(&control, &wrong.sign(lookup()), now())
        .await
        .unwrap_err();
    let AuthenticationError::Denied { denied, claimed } = refused else {
        panic!("{refused}")
    };
    assert_eq!(denied, Denied::Mismatch);
    assert_eq!(claimed.unwrap().access_key_id(), Some(&key_id()));
}
