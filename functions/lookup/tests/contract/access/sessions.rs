//! Sessions: opened with an access key, used by their token, closed or ended by themselves, and told of.

use activity_log_control::{
    Accounts as _, CursorKeys as _, EndReason, MOST_SESSIONS, Permission, Registry as _,
    Sessions as _, Token, Tokens as _,
};
use activity_log_core::account::AccountId;
use activity_log_lookup::tick::{self, SESSION_PATIENCE_MS, Told};
use serde_json::{Value, json};

use super::caller::{Answer, Credential, operations};
use crate::clock::standing;
use crate::rest::api::{Api, administrator};
use crate::stage::{Key, Stage};

const HOUR: i64 = 3_600_000;
/// A tick that finds nothing.
const NOTHING: Told = Told {
    ticks: 1,
    told_sessions: 0,
    told_changes: 0,
    forgotten_changes: 0,
    told_refusals: 0,
    untold_entries: 0,
    oldest_untold_seconds: 0,
};

async fn call(stage: &Stage, caller: &Credential, name: &str, body: &Value) -> Answer {
    let operation = operations()
        .into_iter()
        .find(|one| one.name == name)
        .unwrap();
    let request = operation.request_with("111122223333", "x", body);
    stage.ask(caller, request).await
}

fn told(stage: &Stage) -> Vec<Value> {
    let records = stage.calls.take().into_iter();
    records
        .map(|(_, record)| serde_json::from_str(&record).unwrap())
        .collect()
}

async fn opened(api: &Api<'_>, body: &Value) -> (Credential, String) {
    let heard = api.post("/v1/session", body).await;
    assert_eq!(heard.status, 201, "{heard:?}");
    assert_eq!(heard.headers["cache-control"], "no-store");
    let token = heard.body["token"].as_str().unwrap().to_owned();
    let id = heard.body["session"]["id"].as_str().unwrap().to_owned();
    assert_eq!(token.parse::<Token>().unwrap().id.as_str(), id);
    (Credential::Token(token), id)
}

#[tokio::test]
async fn a_session_is_good_for_every_protocol_until_it_is_closed() {
    let stage = Stage::new();
    let api = administrator(&stage, "111122223333").await;
    let (session, id) = opened(&api, &json!({})).await;
    let [open] = told(&stage).try_into().unwrap();
    assert_eq!(
        (&open["eventName"], &open["eventType"]),
        (&json!("OpenSession"), &json!("AwsConsoleSignIn"))
    );
    assert_eq!(
        open["additionalEventData"],
        json!({"SessionId": id, "MFAUsed": "No"})
    );
    let named = json!([{"ARN": id, "accountId": "111122223333", "type": "ActivityLog::Session"}]);
    assert_eq!(open["resources"], named);
    let answered = &open["responseElements"];
    assert_eq!(answered["session"]["id"], id.as_str());
    assert_eq!(answered["token"], "HIDDEN_DUE_TO_SECURITY_REASONS");
    assert_eq!(
        open["sourceIPAddress"],
        Value::Null,
        "no gateway told of one"
    );
    for name in ["LookupEvents", "ListReports", "ListLogs"] {
        let answer = call(&stage, &session, name, &json!({})).await;
        assert_eq!(answer.status, 200, "{name} {answer:?}");
        let [event] = told(&stage).try_into().unwrap();
        assert_eq!(
            event["userIdentity"]["accessKeyId"],
            api.key.id.as_str(),
            "of what it was opened with"
        );
        assert_eq!(event["additionalEventData"]["TokenId"], id.as_str());
    }
    let closed = call(&stage, &session, "CloseSession", &json!({})).await;
    assert_eq!(closed.status, 204);
    let [close] = told(&stage).try_into().unwrap();
    assert_eq!(
        (&close["eventName"], &close["eventType"]),
        (&json!("CloseSession"), &json!("AwsConsoleSignOut"))
    );
    assert_eq!(close["additionalEventData"]["SessionId"], id.as_str());
    for name in ["LookupEvents", "CloseSession"] {
        let answer = call(&stage, &session, name, &json!({})).await;
        let code = answer.code();
        assert!(
            ["ExpiredTokenException", "InvalidToken"].contains(&&*code),
            "{code}"
        );
    }
    assert_eq!(
        told(&stage),
        Vec::<Value>::new(),
        "its token is nobody's now"
    );
}

#[tokio::test]
async fn a_session_that_is_not_opened_is_told_too() {
    let stage = Stage::new();
    let api = administrator(&stage, "111122223333").await;
    let forged = Credential::Key(Key {
        id: api.key.id.clone(),
        secret: "0123456789abcdef0123456789abcdef".parse().unwrap(),
    });
    let refused = call(&stage, &forged, "OpenSession", &json!({})).await;
    assert_eq!(refused.status, 401);
    let [event] = told(&stage).try_into().unwrap();
    assert_eq!(event["eventName"], "OpenSession");
    assert_eq!(event["eventType"], "AwsConsoleSignIn");
    assert_eq!(event["errorCode"], "InvalidSignatureException");
    assert_eq!(
        event["additionalEventData"],
        json!({"MFAUsed": "No", "RequestBytes": 2})
    );
    assert_eq!(event["requestParameters"], Value::Null);
}

#[tokio::test]
async fn what_a_session_is_asked_for_has_rules() {
    let stage = Stage::new();
    let api = administrator(&stage, "111122223333").await;
    for (body, told) in [
        (
            json!({"lifetimeSeconds": 59}),
            "lifetimeSeconds: must be 60 to 43200",
        ),
        (
            json!({"lifetimeSeconds": 43_201}),
            "lifetimeSeconds: must be 60 to 43200",
        ),
        (
            json!({"lifetime": 60}),
            "lifetime: unknown field `lifetime`, expected `lifetimeSeconds`",
        ),
    ] {
        let heard = api.post("/v1/session", &body).await;
        assert_eq!(heard.refusal(), (400, "InvalidParameter", told));
    }
    let (session, _) = opened(&api, &json!({})).await;
    let again = call(&stage, &session, "OpenSession", &json!({})).await;
    assert_eq!(
        (again.status.as_u16(), &*again.code()),
        (403, "NeedsAccessKey")
    );
    let heard = api.delete("/v1/session").await;
    assert_eq!((heard.status, heard.refusal().1), (409, "NotASession"));
    let token = stage.token(api.account, "alice").await;
    let plain = call(
        &stage,
        &Credential::Token(token),
        "CloseSession",
        &json!({}),
    )
    .await;
    assert_eq!(plain.code(), "NotASession");
}

#[tokio::test]
async fn a_session_that_ends_by_itself_is_told_once_however_often_one_looks() {
    let stage = Stage::new();
    let api = administrator(&stage, "111122223333").await;
    let (session, timed_out) = opened(&api, &json!({"lifetimeSeconds": 60})).await;
    let (_, revoked) = opened(&api, &json!({})).await;
    let bob = stage
        .user(api.account, "bob", &[Permission::Administrator])
        .await;
    let bob = Api {
        stage: &stage,
        key: bob,
        account: api.account,
    };
    let (_, deleted) = opened(&bob, &json!({})).await;
    told(&stage);
    let now = stage.clock.at_server();
    let directory = &stage.directory;
    directory
        .revoke_token(api.account, &revoked.parse().unwrap(), now)
        .await
        .unwrap();
    directory
        .delete_user(api.account, &"bob".parse().unwrap(), now)
        .await
        .unwrap();
    // Those that were ended otherwise are told in the next ticks, and so is this.
    stage.clock.advance(60_000 + SESSION_PATIENCE_MS);

    let used = call(&stage, &session, "LookupEvents", &json!({})).await;
    assert_eq!(used.code(), "ExpiredTokenException");
    let [late] = told(&stage).try_into().unwrap();
    assert_eq!(
        late["errorCode"], "ExpiredTokenException",
        "its account's log hears of that"
    );

    // The queue fails in the middle: what was not told is told again, and is the same event.
    stage.calls.fail(true);
    let app = &stage.server.app;
    let now = stage.clock.at_server();
    let failed = tick::tell(app, standing(now)).await.unwrap();
    assert_eq!((failed.told_sessions, failed.untold_entries), (0, 3));
    assert_eq!(failed.oldest_untold_seconds, 90);
    stage.calls.fail(false);
    let before = directory.ended_sessions(now, None, 10).await.unwrap();
    let before = before.entries;
    assert_eq!(before.len(), 3);
    let account = directory.account(api.account).await.unwrap().unwrap();
    let key = directory.cursor_key(&account).await.unwrap();
    for end in &before {
        app.recorder.record_end(end, &key).await.unwrap();
    }
    let once = told(&stage);
    assert_eq!(
        tick::tell(app, standing(now)).await.unwrap().told_sessions,
        3
    );
    let twice = told(&stage);
    assert_eq!(once, twice, "ids and all");
    let mut ends: Vec<_> = twice
        .iter()
        .map(|event| {
            assert_eq!(event["eventName"], "AutoCloseSession");
            assert_eq!(event["eventType"], "AwsConsoleAutoSignOut");
            let data = &event["additionalEventData"];
            (
                data["SessionId"].as_str().unwrap(),
                data["Reason"].as_str().unwrap(),
            )
        })
        .collect();
    ends.sort_unstable();
    let mut expected = [
        (&*timed_out, EndReason::Timeout.as_str()),
        (&*revoked, EndReason::Revoked.as_str()),
        (&*deleted, EndReason::UserDeleted.as_str()),
    ];
    expected.sort_unstable();
    assert_eq!(ends, expected);
    let later = now.plus_millis(24 * HOUR);
    assert_eq!(tick::tell(app, standing(later)).await.unwrap(), NOTHING);
}

/// There is no log that could be told, and what is never told must not wait, and alarm, for ever.
#[tokio::test]
async fn of_a_deleted_account_nobody_is_told_and_nothing_waits() {
    let stage = Stage::new();
    let api = administrator(&stage, "111122223333").await;
    opened(&api, &json!({})).await;
    told(&stage);
    let now = stage.clock.at_server();
    let deleted = stage.directory.delete_account(api.account, false, now);
    deleted.await.unwrap();
    stage.clock.advance(HOUR);
    let later = stage.clock.at_server();
    let due = stage.directory.ended_sessions(later, None, 10).await;
    assert_eq!(due.unwrap().entries.len(), 1);
    let ticked = tick::tell(&stage.server.app, standing(later)).await;
    assert_eq!(ticked.unwrap(), NOTHING);
    assert_eq!(told(&stage), [] as [Value; 0]);
    let due = stage.directory.ended_sessions(later, None, 10).await;
    assert_eq!(due.unwrap().entries, []);
    // Its keys are nobody's.
    assert_eq!(api.get("/v1/reports").await.status, 401);
}

/// Let in before the session's end, and done after it: that one is the end.
#[tokio::test]
async fn a_session_that_is_being_closed_at_its_end_ends_once() {
    let stage = Stage::new();
    let api = administrator(&stage, "111122223333").await;
    let (_, id) = opened(&api, &json!({"lifetimeSeconds": 60})).await;
    told(&stage);
    let id = id.parse().unwrap();
    let token = stage.directory.token(api.account, &id).await;
    let token = token.unwrap().unwrap().token;
    let app = &stage.server.app;
    // A function that let the call in at the last moment lives for 29 seconds more.
    stage.clock.advance(60_000 + 29_000);
    let ticked = tick::tell(app, standing(stage.clock.at_server())).await;
    assert_eq!(ticked.unwrap(), NOTHING);
    assert!(stage.directory.close_session(&token).await.unwrap());
    stage.clock.advance(HOUR);
    let ticked = tick::tell(app, standing(stage.clock.at_server())).await;
    assert_eq!(ticked.unwrap(), NOTHING);
    assert_eq!(told(&stage), [] as [Value; 0]);
}

#[tokio::test]
async fn another_s_sessions_keep_nobody_out() {
    let stage = Stage::new();
    let api = administrator(&stage, "111122223333").await;
    let (session, _) = opened(&api, &json!({})).await;
    // Bob may do nothing, and opens sessions all the same.
    let key = stage.user(api.account, "bob", &[]).await;
    let bob = Api {
        stage: &stage,
        key,
        account: api.account,
    };
    let mut theirs = Vec::new();
    for _ in 0..=MOST_SESSIONS {
        theirs.push(opened(&bob, &json!({"lifetimeSeconds": 43_200})).await);
        stage.clock.advance(4_000);
    }
    let (oldest, id) = &theirs[0];
    let used = call(&stage, oldest, "ListReports", &json!({})).await;
    assert_eq!(used.status, 401);
    let used = call(&stage, &session, "ListReports", &json!({})).await;
    assert_eq!(used.status, 200);
    opened(&api, &json!({})).await;
    told(&stage);
    stage.clock.advance(SESSION_PATIENCE_MS);
    let ended = tick::tell(&stage.server.app, standing(stage.clock.at_server())).await;
    assert_eq!(ended.unwrap().told_sessions, 1);
    let [end] = told(&stage).try_into().unwrap();
    assert_eq!(end["userIdentity"]["userName"], "bob");
    let data = &end["additionalEventData"];
    assert_eq!(
        (&data["SessionId"], &data["Reason"]),
        (&json!(id), &json!("too many sessions"))
    );
}

#[tokio::test]
async fn of_sessions_a_user_opens_a_few_a_minute() {
    let stage = Stage::new();
    let api = administrator(&stage, "111122223333").await;
    let (first, _) = opened(&api, &json!({})).await;
    for _ in 1..MOST_SESSIONS {
        opened(&api, &json!({})).await;
    }
    let heard = api.post("/v1/session", &json!({})).await;
    let says = "At most 20 sessions of a user may be opened in 60 seconds and stay open. Use one of them, close one, or \
                try again in 60 seconds";
    assert_eq!(heard.refusal(), (429, "TooManySessions", says));
    let used = call(&stage, &first, "ListReports", &json!({})).await;
    assert_eq!(used.status, 200, "none had to go");
    stage.clock.advance(59_999);
    assert_eq!(api.post("/v1/session", &json!({})).await.status, 429);
    stage.clock.advance(1);
    opened(&api, &json!({})).await;
}

#[tokio::test]
async fn a_session_can_be_closed_while_the_subscription_is_off() {
    let stage = Stage::new();
    let api = administrator(&stage, "111122223333").await;
    let (session, _) = opened(&api, &json!({})).await;
    off(&stage, api.account).await;
    let heard = api.post("/v1/session", &json!({})).await;
    assert_eq!(
        (heard.status, heard.refusal().1),
        (403, "SubscriptionInactive")
    );
    let closed = call(&stage, &session, "CloseSession", &json!({})).await;
    assert_eq!(closed.status, 204);
}

async fn off(stage: &Stage, account: AccountId) {
    let change = activity_log_control::SubscriptionChange::Deactivate;
    let changed = stage
        .directory
        .change_subscription(account, change, stage.clock.at_server());
    changed.await.unwrap();
}
