//! Requests to every operation there is, by callers of every kind.

use std::net::Ipv4Addr;

use activity_log_cloudtrail::operations as cloudtrail;
use activity_log_control::{Permission, Registry as _, TokenRecord, UserName, new_token};
use activity_log_core::account::AccountId;
use activity_log_gateway::Caller as Gateway;
use activity_log_rest::operation::Handler;
use activity_log_rest::operations as rest;
use activity_log_vk::OPERATION;
use bytes::Bytes;
use http::{Method, Request, StatusCode};
use serde_json::{Value, json};

use crate::rest::api::{HOST, sign_with};
use crate::stage::{Backstage, Key, NOW, RestBackstage, Stage};

/// An id that is nobody's.
const UNKNOWN: &str = "01939c1e-7b5a-7000-8000-0123456789ab";

/// What can be asked for.
#[derive(Clone, Debug)]
pub struct Operation {
    pub name: &'static str,
    pub read_only: bool,
    /// `None`: it is enough to be known
    pub permission: Option<Permission>,
    pub protocol: Protocol,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Protocol {
    CloudTrail,
    Rest { method: Method, path: &'static str },
    Vk,
}

/// Every operation of the three tables that is not for everyone.
pub fn operations() -> Vec<Operation> {
    let mut all: Vec<Operation> = cloudtrail::table::<Backstage>()
        .iter()
        .map(|row| Operation {
            name: row.name,
            read_only: row.read_only,
            permission: Some(row.permission),
            protocol: Protocol::CloudTrail,
        })
        .collect();
    all.extend(rest::table::<RestBackstage>().iter().filter_map(|row| {
        let Handler::Signed { permission, .. } = row.handler else {
            return None;
        };
        Some(Operation {
            name: row.name,
            read_only: row.read_only,
            permission,
            protocol: Protocol::Rest {
                method: row.method.clone(),
                path: row.path,
            },
        })
    }));
    all.push(Operation {
        name: OPERATION,
        read_only: true,
        permission: Some(Permission::Auditor),
        protocol: Protocol::Vk,
    });
    all
}

impl Operation {
    /// A request for it, by nobody yet; what its parameters name does not exist. `project` is what VK's asks for.
    pub fn request(&self, project: &str) -> Request<Bytes> {
        self.request_with(project, UNKNOWN, &json!({}))
    }

    /// The same with this id in the path and this body.
    pub fn request_with(&self, project: &str, id: &str, body: &Value) -> Request<Bytes> {
        let body = Bytes::from(body.to_string());
        let request = match &self.protocol {
            Protocol::CloudTrail => Request::post("/")
                .header("x-amz-target", format!("CloudTrail_20131101.{}", self.name)),
            Protocol::Rest { method, path } => Request::builder()
                .method(method)
                .uri(path.replace("{id}", id)),
            Protocol::Vk => Request::get(format!("/v1/{project}/logs")),
        };
        let body = if self.protocol == Protocol::Vk {
            Bytes::new()
        } else {
            body
        };
        let mut request = request
            .header("host", HOST)
            .header("content-type", "application/json")
            .body(body)
            .unwrap();
        request.extensions_mut().insert(Gateway {
            source_ip: Some(Ipv4Addr::new(192, 0, 2, 7).into()),
            user_agent: Some("tester/1".to_owned()),
            request_id: None,
        });
        request
    }
}

/// How a caller says who they are.
#[derive(Clone)]
pub enum Credential {
    Key(Key),
    Token(String),
    Nothing,
}

impl Credential {
    pub fn put_on(&self, stage: &Stage, mut request: Request<Bytes>) -> Request<Bytes> {
        match self {
            Self::Key(key) => sign_with(key, stage.clock.at_server(), &mut request),
            Self::Token(token) => {
                let token = token.parse().unwrap();
                request.headers_mut().insert("x-auth-token", token);
            }
            Self::Nothing => {}
        }
        request
    }
}

/// An answer, whatever the protocol.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub body: Value,
}

impl Answer {
    /// The error's code: `__type`, `error.code`, or of VK's the status and message.
    pub fn code(&self) -> String {
        let error = &self.body["error"];
        if let Some(code) = self.body["__type"].as_str().or(error["code"].as_str()) {
            return code.to_owned();
        }
        match error["code"].as_u64() {
            Some(status) => format!("{status} {}", error["message"].as_str().unwrap_or_default()),
            None => String::new(),
        }
    }
}

impl Stage {
    pub async fn ask(&self, caller: &Credential, request: Request<Bytes>) -> Answer {
        let request = caller.put_on(self, request);
        let response = self.server.clone().answer(request).await;
        Answer {
            status: response.status(),
            body: serde_json::from_slice(response.body()).unwrap_or_default(),
        }
    }

    /// A token of the user that is no session's, good for a day.
    pub async fn token(&self, account: AccountId, user: &str) -> String {
        let token = new_token(account);
        let user: UserName = user.parse().unwrap();
        let record = TokenRecord {
            id: token.id.clone(),
            account,
            user,
            hash: token.hash(),
            created: NOW,
            expires: NOW.plus_millis(86_400_000),
            session: None,
        };
        self.directory.create_token(&record).await.unwrap();
        token.expose()
    }
}
