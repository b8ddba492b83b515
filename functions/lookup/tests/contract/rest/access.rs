//! Who may what, and what is served at all.

use activity_log_control::Permission;
use activity_log_rest::openapi::DOCUMENT;
use activity_log_rest::operation::Handler;
use activity_log_rest::operations;
use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};

use super::api::{Api, HOST, administrator, hear, sign_with};
use crate::stage::{RestBackstage, Stage};

const UNKNOWN: &str = "01939c1e-7b5a-7000-8000-0123456789ab";

fn request(method: &str, path: &str) -> Request<Bytes> {
    let request = Request::builder().method(method).uri(path);
    request.header("host", HOST).body(Bytes::new()).unwrap()
}

#[tokio::test]
async fn every_operation_but_the_document_wants_a_permission_and_names_it() {
    let stage = Stage::new();
    let account = stage.account("111122223333").await;
    let permissions: [&[Permission]; 2] = [&[], &[Permission::Producer]];
    let mut keys = vec![];
    for (at, permissions) in permissions.iter().enumerate() {
        keys.push(stage.user(account, &format!("user{at}"), permissions).await);
    }
    for row in operations::table::<RestBackstage>() {
        let needs = match row.handler {
            Handler::Public(_) => None,
            // For whoever is known: see `access::matrix`.
            Handler::Signed {
                permission: None, ..
            } => continue,
            Handler::Signed { permission, .. } => permission,
        };
        let path = row.path.replace("{id}", UNKNOWN);
        let method = row.method.as_str();
        let unsigned = hear(&stage, request(method, &path)).await;
        if row.name == "GetOpenApi" {
            assert_eq!(unsigned.status, 200);
            continue;
        }
        let told = "Missing Authentication Token";
        assert_eq!(
            unsigned.refusal(),
            (401, "MissingAuthenticationToken", told)
        );
        for (at, key) in keys.iter().enumerate() {
            let mut signed = request(method, &path);
            sign_with(key, stage.clock.at_server(), &mut signed);
            let heard = hear(&stage, signed).await;
            let needs = needs.unwrap();
            let told = format!(
                "User: arn:aws:iam::111122223333:user/user{at} is not authorized to perform: activity-log:{}, because \
                 it takes the permission {needs}. The operator gives it: alog grant --account 111122223333 --user \
                 user{at} {needs}",
                row.name
            );
            assert_eq!(heard.refusal(), (403, "AccessDeniedException", &*told));
        }
    }
}

#[tokio::test]
async fn a_changed_or_late_request_is_refused() {
    let stage = Stage::new();
    let api = administrator(&stage, "111122223333").await;
    let mut changed = request("POST", "/v1/reports");
    sign_with(&api.key, stage.clock.at_server(), &mut changed);
    *changed.body_mut() = Bytes::from_static(br#"{"format":"csv"}"#);
    let heard = hear(&stage, changed).await;
    assert_eq!(
        (heard.status, heard.refusal().1),
        (401, "InvalidSignatureException")
    );
    let mut moved = request("GET", "/v1/reports");
    sign_with(&api.key, stage.clock.at_server(), &mut moved);
    *moved.uri_mut() = "/v1/plugins".parse().unwrap();
    assert_eq!(hear(&stage, moved).await.status, 401);
    let mut late = request("GET", "/v1/reports");
    sign_with(&api.key, stage.clock.at_server(), &mut late);
    stage.clock.put_server_ahead(301_000);
    let heard = hear(&stage, late).await;
    assert_eq!(
        (heard.status, heard.refusal().1),
        (401, "InvalidSignatureException")
    );
    assert_eq!(heard.headers["x-amzn-requestid"], "request-1");
}

#[tokio::test]
async fn the_document_is_for_everyone() {
    let stage = Stage::new();
    let heard = hear(&stage, request("GET", "/v1/openapi.json")).await;
    assert_eq!(heard.status, 200);
    assert_eq!(heard.headers["content-type"], "application/json");
    assert_eq!(heard.body, serde_json::from_str::<Value>(DOCUMENT).unwrap());
}

#[tokio::test]
async fn other_methods_and_paths_are_not_served() {
    let stage = Stage::new();
    let api = administrator(&stage, "111122223333").await;
    for (method, path, allow) in [
        ("PUT", "/v1/reports", "GET, POST"),
        ("POST", "/v1/reports/x", "DELETE, GET"),
        ("HEAD", "/v1/plugins/x/check", "POST"),
        ("POST", "/v1/openapi.json", "GET"),
    ] {
        let heard = api.send(method, path, &[], "").await;
        let told = format!("Only {allow} is served at this path");
        assert_eq!(heard.refusal(), (405, "MethodNotAllowed", &*told));
        assert_eq!(heard.headers["allow"], allow);
    }
    for path in [
        "/v1",
        "/v1/reports/",
        "/v1/reports/x/y",
        "/v2/reports",
        "/v1/reports/x/download/",
    ] {
        let heard = api.get(path).await;
        let told = format!("Nothing is served at GET {path}");
        assert_eq!(heard.refusal(), (404, "NotFound", &*told));
    }
}

#[tokio::test]
async fn query_parameters_that_are_not_known_are_refused() {
    let stage = Stage::new();
    let api = administrator(&stage, "111122223333").await;
    for (path, told) in [
        (
            "/v1/reports?limit=1",
            "query: 'limit': this call takes no query parameters",
        ),
        (
            "/v1/plugins?nam=x",
            "query: 'nam': unknown; the parameters are name",
        ),
    ] {
        assert_eq!(
            api.get(path).await.refusal(),
            (400, "InvalidParameter", told)
        );
    }
}

/// Another account's things are as unknown as what never was.
#[tokio::test]
async fn accounts_see_nothing_of_each_other() {
    let stage = Stage::new();
    let api = administrator(&stage, "111122223333").await;
    let stranger = administrator(&stage, "444455556666").await;
    let plugin = api.plugin("no-mfa", "1.0.0").await.to_string();
    let report = api.queued(&json!({"format": "csv"})).await.id();
    api.finish(&report).await;
    let files = stage.files.keys();
    for id in [&*report, UNKNOWN, "x", "..%2f", &report.to_uppercase()] {
        for (method, rest) in [("GET", ""), ("GET", "/download"), ("DELETE", "")] {
            let heard = stranger
                .send(method, &format!("/v1/reports/{id}{rest}"), &[], "")
                .await;
            let told = format!("There is no report '{id}'");
            assert_eq!(heard.refusal(), (404, "ReportNotFound", &*told));
        }
    }
    for id in [&*plugin, UNKNOWN] {
        for (method, rest) in [("GET", ""), ("POST", "/check"), ("DELETE", "")] {
            let heard = stranger
                .send(method, &format!("/v1/plugins/{id}{rest}"), &[], "")
                .await;
            let told = format!("There is no plugin '{id}'");
            assert_eq!(heard.refusal(), (404, "PluginNotFound", &*told));
        }
    }
    assert_eq!(
        stranger.get("/v1/reports").await.body,
        json!({"reports": []})
    );
    assert_eq!(
        stranger.get("/v1/plugins").await.body,
        json!({"plugins": []})
    );
    for chosen in [json!({"id": plugin}), json!({"name": "no-mfa"})] {
        let heard = stranger
            .post("/v1/reports", &json!({"format": "csv", "plugin": chosen}))
            .await;
        assert_eq!(heard.status, 400);
    }
    assert_eq!(stage.files.keys(), files);
    unharmed(&api, &report, &plugin).await;
}

async fn unharmed(api: &Api<'_>, report: &str, plugin: &str) {
    assert_eq!(
        api.get(&format!("/v1/reports/{report}")).await.body["state"],
        "ready"
    );
    assert_eq!(
        api.get(&format!("/v1/plugins/{plugin}")).await.body["state"],
        "ready"
    );
}
