//! What the service's answers mean.

use serde::Deserialize;

use super::check::Check;
use crate::service::ServiceError;
use crate::signed::{Answer, SignedHttp};

const OURS: &str = env!("CARGO_PKG_VERSION");

#[derive(Deserialize)]
struct Description {
    info: Info,
}

#[derive(Deserialize)]
struct Info {
    title: String,
    version: String,
}

#[derive(Deserialize)]
struct Newest {
    events: Vec<Time>,
}

#[derive(Deserialize)]
struct Time {
    time: String,
}

/// Whether it is our service, and as old as this tool.
pub fn description(answer: &Answer) -> Vec<Check> {
    let read = serde_json::from_slice::<Description>(&answer.body);
    let is_ours = |read: &Description| answer.status == 200 && read.info.title == "Activity Log";
    let Some(Description { info }) = read.ok().filter(is_ours) else {
        let found = format!("answers HTTP {}, and not as Activity Log", answer.status);
        let mend = "set ACTIVITY_LOG_URL to the stack's output Endpoint";
        return vec![Check::wrong("service", found, mend)];
    };
    let versions = if info.version == OURS {
        Check::well("versions", format!("alog and the service are {OURS}"))
    } else {
        let found = format!("alog is {OURS}, the service {}", info.version);
        Check::wrong(
            "versions",
            found,
            "install the alog of the service's release",
        )
    };
    vec![Check::well("service", "answers"), versions]
}

/// What the key may do.
pub fn access(answer: &Answer, transport: &SignedHttp) -> Vec<Check> {
    of_key(answer, transport.key_id(), transport.region())
}

fn of_key(answer: &Answer, key_id: &str, region: &str) -> Vec<Check> {
    let key = || Check::well("access key", format!("{key_id}, region {region}"));
    let grant = || Check::well("grant", "may look events up");
    let refusal = match answer.status {
        200 => {
            let newest = serde_json::from_slice::<Newest>(&answer.body);
            let newest = newest
                .ok()
                .and_then(|found| found.events.into_iter().next());
            let found = newest.map_or_else(
                || "there is no event yet".to_owned(),
                |event| format!("the newest event is of {}", event.time),
            );
            return vec![
                key(),
                grant(),
                Check::well("subscription", "on"),
                Check::well("events", found),
            ];
        }
        status => ServiceError::refused(status, &answer.body),
    };
    let ServiceError::Refused { code, message, .. } = &refusal else {
        return vec![Check::wrong("access key", refusal.to_string(), "try again")];
    };
    let said = format!("{code}: {message}");
    match code.as_str() {
        "AccessDeniedException" => {
            let mend = "the operator: alog grant --account ACCOUNT --user USER auditor";
            vec![key(), Check::wrong("grant", said, mend)]
        }
        "OperationNotPermittedException" => {
            let mend = "the operator: alog subscription activate --account ACCOUNT";
            vec![key(), grant(), Check::wrong("subscription", said, mend)]
        }
        "UnrecognizedClientException" => {
            let mend = "alog key create --account ACCOUNT --user USER, and export what it prints";
            vec![Check::wrong(
                "access key",
                format!("{key_id}: {said}"),
                mend,
            )]
        }
        "InvalidSignatureException" => {
            let mend = "AWS_SECRET_ACCESS_KEY and AWS_REGION must be those of this key and stack";
            vec![Check::wrong(
                "access key",
                format!("{key_id}, region {region}: {said}"),
                mend,
            )]
        }
        "NotFound" => {
            let found = format!("the service does not serve lookups: {said}");
            vec![Check::wrong(
                "versions",
                found,
                "install the alog of the service's release",
            )]
        }
        _ => vec![Check::wrong(
            "access key",
            format!("{key_id}: {said}"),
            "try again",
        )],
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::service::tests::answer;

    fn whats(checks: &[Check]) -> Vec<(String, bool)> {
        let what = |check: &Check| {
            let text = check.to_string();
            let what = text
                .split_whitespace()
                .nth(1)
                .unwrap_or_default()
                .to_owned();
            (what, check.is_well())
        };
        checks.iter().map(what).collect()
    }

    fn last_of(status: u16, body: &Value) -> (String, bool) {
        let checks = of_key(&answer(status, body.to_string()), "AKIA", "eu");
        let (last, before) = checks.split_last().unwrap();
        assert!(before.iter().all(Check::is_well));
        whats(std::slice::from_ref(last)).remove(0)
    }

    #[test]
    fn it_is_our_service_and_of_our_version() {
        let said =
            |version: &str| json!({ "info": { "title": "Activity Log", "version": version } });
        let checks = description(&answer(200, said(OURS).to_string()));
        assert!(checks.iter().all(Check::is_well), "{checks:?}");
        let checks = description(&answer(200, said("9.9.9").to_string()));
        assert_eq!(
            whats(&checks),
            [("service".to_owned(), true), ("versions".to_owned(), false)]
        );
        for strange in [answer(200, "<html>"), answer(404, said(OURS).to_string())] {
            assert_eq!(
                whats(&description(&strange)),
                [("service".to_owned(), false)]
            );
        }
    }

    #[test]
    fn a_refusal_says_what_is_missing() {
        console::set_colors_enabled(false);
        let refused = |code: &str| json!({ "error": { "code": code, "message": "m" } });
        for (status, body, what, is_well) in [
            (200, json!({ "events": [] }), "events", true),
            (403, refused("AccessDeniedException"), "grant", false),
            (
                403,
                refused("OperationNotPermittedException"),
                "subscription",
                false,
            ),
            (403, refused("UnrecognizedClientException"), "access", false),
            (403, refused("InvalidSignatureException"), "access", false),
            (404, refused("NotFound"), "versions", false),
            (500, refused("InternalFailure"), "access", false),
            (502, json!("<html>"), "access", false),
        ] {
            assert_eq!(last_of(status, &body), (what.to_owned(), is_well), "{body}");
        }
    }
}
