//! A client of the REST API: requests signed with somebody's key.

use std::time::{Duration, UNIX_EPOCH};

use activity_log_control::{
    Permission, PluginChange, PluginReader as _, PluginWriter as _, ReportReader as _,
    ReportWriter as _,
};
use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;
use activity_log_core::plugins::{Manifest, Parameter, Plugin, PluginId, PluginState, ReadyPlugin};
use activity_log_core::reports::{LIFETIME_MS, Report, State};
use activity_log_gateway::Front;
use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use bytes::Bytes;
use http::{HeaderMap, Request};
use serde_json::Value;

use super::document;
use crate::stage::{Key, NOW, REGION, Stage};

pub use crate::stage::HOST;

/// Somebody who calls.
pub struct Api<'s> {
    pub stage: &'s Stage,
    pub key: Key,
    pub account: AccountId,
}

/// An answer, which the document declares.
#[derive(Debug)]
pub struct Heard {
    pub status: u16,
    pub headers: HeaderMap,
    /// null if there is none
    pub body: Value,
}

impl Heard {
    /// Status, code and message of a refusal.
    pub fn refusal(&self) -> (u16, &str, &str) {
        let text = |name: &str| self.body["error"][name].as_str().unwrap_or("?");
        (self.status, text("code"), text("message"))
    }

    pub fn id(&self) -> String {
        self.body["id"].as_str().unwrap().to_owned()
    }
}

/// An administrator of the account, which is made.
pub async fn administrator<'s>(stage: &'s Stage, account: &str) -> Api<'s> {
    let account = stage.account(account).await;
    let key = stage
        .user(account, "alice", &[Permission::Administrator])
        .await;
    Api {
        stage,
        key,
        account,
    }
}

impl Api<'_> {
    pub async fn get(&self, path: &str) -> Heard {
        self.send("GET", path, &[], Bytes::new()).await
    }

    pub async fn delete(&self, path: &str) -> Heard {
        self.send("DELETE", path, &[], Bytes::new()).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Heard {
        let json = [("content-type", "application/json")];
        self.send("POST", path, &json, body.to_string()).await
    }

    pub async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Heard {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", HOST);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut request = request.body(body.into()).unwrap();
        sign_with(&self.key, self.stage.clock.at_server(), &mut request);
        hear(self.stage, request).await
    }

    /// Makes a report that is queued; time goes on a little, so that the next one is newer.
    pub async fn queued(&self, body: &Value) -> Heard {
        let heard = self.post("/v1/reports", body).await;
        assert_eq!(heard.status, 201, "{heard:?}");
        self.stage.clock.advance(1_000);
        heard
    }

    /// The report as it is stored.
    pub async fn stored(&self, id: &str) -> Option<Report> {
        let now = self.stage.clock.at_server();
        let found = self
            .stage
            .directory
            .report(self.account, id.parse().unwrap(), now);
        found.await.unwrap()
    }

    /// What the reporter does.
    pub async fn work(&self, id: &str, change: impl FnOnce(&mut Report)) {
        let old = self.stored(id).await.unwrap();
        let mut new = old.clone();
        change(&mut new);
        let changed = self.stage.directory.change_report(&old, &new);
        assert!(changed.await.unwrap());
    }

    /// Finishes a report, whose file is there then.
    pub async fn finish(&self, id: &str) -> Report {
        let now = self.stage.clock.at_server();
        self.work(id, |report| report.state = ready(now)).await;
        let report = self.stored(id).await.unwrap();
        self.stage.files.place(&report.object_key(), 7);
        report
    }

    /// A plugin version that is ready; it takes `hours` and needs `zone`.
    pub async fn plugin(&self, name: &str, version: &str) -> PluginId {
        self.stage.clock.advance(1_000);
        let now = self.stage.clock.at_server();
        let id = PluginId::new(now, [9; 10]);
        let plugins = &self.stage.directory;
        let old = Plugin::new(self.account, id, "alice".to_owned(), now);
        plugins.create_plugin(&old, 50).await.unwrap();
        let mut new = old.clone();
        new.state = PluginState::Ready(Box::new(ReadyPlugin {
            finished: now,
            manifest: manifest(name, version),
            size_bytes: 8,
            sha256: "ab".repeat(32),
            compiled: None,
        }));
        let changed = plugins.change_plugin(&old, &new).await.unwrap();
        assert_eq!(changed, PluginChange::Written);
        for key in [new.component_key(), new.compiled_key()] {
            self.stage.files.place(&key, 8);
        }
        id
    }

    /// The plugin version as it is stored.
    pub async fn stored_plugin(&self, id: &str) -> Option<Plugin> {
        let now = self.stage.clock.at_server();
        let found = self
            .stage
            .directory
            .plugin(self.account, id.parse().unwrap(), now);
        found.await.unwrap()
    }
}

pub fn ready(now: Instant) -> State {
    State::Ready {
        finished: now,
        expires: now.plus_millis(LIFETIME_MS),
        size_bytes: 7,
        cut_cells: 0,
    }
}

fn manifest(name: &str, version: &str) -> Manifest {
    let parameter = |name: &str, required| Parameter {
        name: name.to_owned(),
        description: String::new(),
        required,
    };
    Manifest {
        name: name.to_owned(),
        version: version.to_owned(),
        inputs: vec!["userAgent".to_owned()],
        parameters: vec![parameter("hours", false), parameter("zone", true)],
        ..Manifest::default()
    }
}

/// Sends a request as it is, and compares the answer with the document.
pub async fn hear(stage: &Stage, request: Request<Bytes>) -> Heard {
    let (method, path) = (request.method().to_string(), request.uri().to_string());
    let response = stage.server.clone().answer(request).await;
    document::check(&method, &path, &response);
    let (parts, body) = response.into_parts();
    Heard {
        status: parts.status.as_u16(),
        headers: parts.headers,
        body: serde_json::from_slice(&body).unwrap_or_default(),
    }
}

/// Signs as curl and botocore do.
pub fn sign_with(key: &Key, at: Instant, request: &mut Request<Bytes>) {
    sign_for(REGION, key, at, request);
}

/// The same for any region.
pub fn sign_for(region: &str, key: &Key, at: Instant, request: &mut Request<Bytes>) {
    let credentials = Credentials::new(key.id.as_str(), key.secret.expose(), None, None, "test");
    let identity = credentials.into();
    let params = SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name("cloudtrail")
        .time(UNIX_EPOCH + Duration::from_millis(at.millis().unsigned_abs()))
        .settings(SigningSettings::default())
        .build()
        .unwrap()
        .into();
    let uri = format!(
        "https://{HOST}{}{}",
        Front::of_tests().base(),
        request.uri()
    );
    let headers: Vec<(String, String)> = request
        .headers()
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    let headers = headers.iter().map(|(name, value)| (&**name, &**value));
    let body = request.body().clone();
    let signable = SignableRequest::new(
        request.method().as_str(),
        uri,
        headers,
        SignableBody::Bytes(&body),
    );
    let (instructions, _) = sign(signable.unwrap(), &params).unwrap().into_parts();
    instructions.apply_to_request_http1x(request);
}

/// When every test begins, as answers have it.
pub fn now_text() -> String {
    NOW.to_string()
}
