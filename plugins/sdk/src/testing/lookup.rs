//! Lookup fields, as the service reads them from records of each dialect: CloudTrail's, K2's, VK's.

use super::project::find;
use crate::Value;

#[derive(Clone, Copy, PartialEq)]
enum Dialect {
    CloudTrail,
    K2,
    Vk,
}

impl Dialect {
    /// VK's has a `timestamp` and no `eventTime`, K2's has no `userIdentity`.
    fn of(event: &str) -> Self {
        let has = |name| said(event, &[name]).is_some();
        if !has("eventTime") && has("timestamp") {
            Self::Vk
        } else if !has("userIdentity") {
            Self::K2
        } else {
            Self::CloudTrail
        }
    }
}

/// The value of a lookup field; nothing if the path is that of no lookup field.
pub fn value(event: &str, path: &[String]) -> Option<Value> {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let field = path.join(".");
    let dialect = Dialect::of(event);
    let names: &[&str] = match (field.as_str(), dialect) {
        ("eventTime", Dialect::Vk) => &["timestamp"],
        ("eventName", Dialect::Vk) => &["action"],
        ("eventSource", Dialect::Vk) => &["source"],
        ("eventID", Dialect::Vk) => &["event_id"],
        ("project", Dialect::Vk) => &["project_id", "project"],
        ("userName", Dialect::Vk) => &["user_email", "user_id"],
        ("userName", Dialect::CloudTrail) => return Some(user_name(event).into()),
        ("readOnly", _) => return Some(is_read_only(event, dialect).into()),
        ("userIdentity.accessKeyId", Dialect::CloudTrail) => {
            return Some(said(event, &path).unwrap_or(Value::Absent));
        }
        (
            "awsRegion"
            | "sourceIPAddress"
            | "errorCode"
            | "eventType"
            | "userIdentity.accessKeyId",
            Dialect::Vk,
        )
        | ("userIdentity.accessKeyId", Dialect::K2)
        | ("origin", _) => &[],
        (
            "eventTime" | "eventName" | "eventSource" | "eventID" | "project" | "userName"
            | "awsRegion" | "sourceIPAddress" | "errorCode" | "eventType",
            _,
        ) => &path,
        _ => return None,
    };
    let found = names.iter().find_map(|name| said(event, &[*name]));
    Some(found.unwrap_or(Value::Absent))
}

/// What stands there, unless it says nothing.
fn said(event: &str, path: &[&str]) -> Option<Value> {
    let path: Vec<String> = path.iter().map(|name| (*name).to_owned()).collect();
    let found = find(event, &path).ok()?;
    (!found.is_nothing() && !found.is("")).then_some(found)
}

fn text(event: &str, path: &[&str]) -> Option<String> {
    said(event, path).and_then(|value| value.text().map(str::to_owned))
}

/// The user; `root`; of a session its name, which stands behind the colon of the principal's id; else the issuer.
fn user_name(event: &str) -> Option<String> {
    let identity = |name| text(event, &["userIdentity", name]);
    if let Some(name) = identity("userName") {
        return Some(name);
    }
    let kind = identity("type").unwrap_or_default();
    if kind == "Root" {
        return Some("root".to_owned());
    }
    let principal = identity("principalId").unwrap_or_default();
    match principal.split_once(':') {
        Some((_, session))
            if !session.is_empty() && matches!(&*kind, "AssumedRole" | "FederatedUser") =>
        {
            Some(session.to_owned())
        }
        _ => text(
            event,
            &[
                "userIdentity",
                "sessionContext",
                "sessionIssuer",
                "userName",
            ],
        ),
    }
}

/// As the record says, by VK's method, or by the action's verb.
fn is_read_only(event: &str, dialect: Dialect) -> bool {
    match said(event, &["readOnly"]) {
        Some(value) if value.is_true() => return true,
        Some(value) if value.is_false() => return false,
        _ => {}
    }
    if dialect == Dialect::Vk {
        if let Some(method) = text(event, &["method"]) {
            return ["GET", "HEAD", "OPTIONS", "TRACE"].contains(&&*method);
        }
    }
    let name = if dialect == Dialect::Vk {
        "action"
    } else {
        "eventName"
    };
    let name = text(event, &[name]).unwrap_or_default();
    VERBS.iter().any(|verb| {
        let start = name.get(..verb.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(verb))
            && !name[verb.len()..].starts_with(char::is_lowercase)
            && !WRITING.contains(&&*name)
    })
}

/// What names of calls that change nothing begin with: the service's own list.
const VERBS: [&str; 13] = [
    "BatchGet", "Check", "Describe", "Detect", "Discover", "Get", "Head", "List", "Lookup",
    "Query", "Scan", "Search", "Select",
];
/// But these.
const WRITING: [&str; 3] = ["GetFederationToken", "GetSessionToken", "GetSigninToken"];
