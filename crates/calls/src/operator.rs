//! Changes that the operator makes with `alog`, as events of the account they are made in.

use activity_log_control::{OutboxEntry, OutboxKey, OutboxState};
use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;
use activity_log_core::origin::Origin;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::call::{Call, CallError, Kind, Source};
use crate::{Asked, Parameters, ids};

/// Who the operator is to AWS: what `GetCallerIdentity` says, or else what the credentials say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Operator {
    /// such as `arn:aws:sts::111122223333:assumed-role/Operator/ann`
    pub arn: Option<String>,
    /// AWS's id of the principal, such as `AROA…:ann`
    pub principal_id: Option<String>,
    /// the principal's AWS account: not the account that is changed
    pub account: Option<String>,
    /// what signs
    pub access_key_id: Option<String>,
}

impl Operator {
    /// As CloudTrail's `userIdentity.type` has it, and the name of the user or of the role's session.
    pub(crate) fn kind_and_name(&self) -> (&'static str, Option<&str>) {
        let resource = self
            .arn
            .as_deref()
            .and_then(|arn| arn.splitn(6, ':').nth(5));
        let (kind, path) = match resource {
            Some("root") => return ("Root", None),
            Some(resource) => resource.split_once('/').unwrap_or((resource, "")),
            None => return ("Unknown", None),
        };
        let kind = match kind {
            "user" => "IAMUser",
            "assumed-role" => "AssumedRole",
            "federated-user" => "FederatedUser",
            _ => return ("Unknown", None),
        };
        (
            kind,
            path.rsplit('/').next().filter(|name| !name.is_empty()),
        )
    }
}

/// A change that is about to be made.
#[derive(Clone, Debug)]
pub struct Change<'a> {
    event_id: Uuid,
    now: Instant,
    account: AccountId,
    name: &'static str,
    operator: &'a Operator,
    region: &'a str,
    asked: Asked,
}

impl<'a> Change<'a> {
    /// Of this account, by this name, such as `CreateUser`.
    pub fn new(
        (account, name): (AccountId, &'static str),
        asked: Asked,
        (operator, region): (&'a Operator, &'a str),
        now: Instant,
    ) -> Self {
        Self {
            event_id: ids::of_call(now),
            now,
            account,
            name,
            operator,
            region,
            asked,
        }
    }

    /// What is to be kept before it is made.
    pub fn attempt(&self) -> OutboxEntry {
        let attempted = Map::from_iter([("Outcome".to_owned(), "Attempted".into())]);
        OutboxEntry {
            key: self.key(),
            account: self.account,
            origin: Origin::Operator,
            state: OutboxState::Attempted,
            record: self.record(Parameters::none(), None, attempted),
        }
    }

    /// By what the entry is found.
    pub fn key(&self) -> OutboxKey {
        OutboxKey {
            attempted: self.now,
            event_id: self.event_id,
        }
    }

    /// The record of what became of it.
    pub fn end(&self, answer: Parameters, error: Option<CallError<'_>>) -> String {
        self.record(answer, error, Map::new())
    }

    fn record(
        &self,
        answer: Parameters,
        error: Option<CallError<'_>>,
        additional: Map<String, Value>,
    ) -> String {
        let id = self.event_id.to_string();
        let call = Call {
            event_id: self.event_id,
            now: self.now,
            account: self.account,
            user: None,
            operator: Some(self.operator),
            access_key_id: self.operator.access_key_id.as_deref(),
            token_id: None,
            source: Source::ActivityLog,
            name: self.name,
            read_only: false,
            region: self.region,
            address: None,
            user_agent: Some(concat!("alog/", env!("CARGO_PKG_VERSION"))),
            request_id: &id,
            project: None,
            asked: &self.asked,
            answer,
            error,
            kind: Kind::ApiCall,
            additional,
        };
        call.record()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Resource;

    fn operator(arn: &str) -> Operator {
        Operator {
            arn: Some(arn.to_owned()),
            principal_id: Some("AIDA".to_owned()),
            account: Some("999988887777".to_owned()),
            access_key_id: Some("AKIAOPERATOR".to_owned()),
        }
    }

    #[test]
    fn a_principal_s_type_and_name_are_its_arn_s() {
        for (arn, expected) in [
            ("arn:aws:iam::999988887777:root", ("Root", None)),
            (
                "arn:aws:iam::999988887777:user/ann",
                ("IAMUser", Some("ann")),
            ),
            (
                "arn:aws:iam::999988887777:user/ops/eu/ann",
                ("IAMUser", Some("ann")),
            ),
            (
                "arn:aws:sts::999988887777:assumed-role/Ops/ann:x",
                ("AssumedRole", Some("ann:x")),
            ),
            (
                "arn:aws-cn:sts::999988887777:federated-user/ann",
                ("FederatedUser", Some("ann")),
            ),
            ("arn:aws:iam::999988887777:other/ann", ("Unknown", None)),
            ("arn:aws:iam::999988887777:user/", ("IAMUser", None)),
            ("nonsense", ("Unknown", None)),
        ] {
            assert_eq!(operator(arn).kind_and_name(), expected, "{arn}");
        }
        assert_eq!(Operator::default().kind_and_name(), ("Unknown", None));
    }

    #[test]
    fn attempt_and_end_are_one_event_of_the_account_by_the_operator() {
        let now = Instant::parse("2026-11-20T12:00:00.25Z").unwrap();
        let account: AccountId = "111122223333".parse().unwrap();
        let who = operator("arn:aws:iam::999988887777:user/ann");
        let asked = Asked {
            parameters: Parameters::none().with("userName", "bob"),
            resources: vec![Resource::new("ActivityLog::User", "bob")],
            ..Asked::default()
        };
        let change = Change::new((account, "CreateUser"), asked, (&who, "us-east-1"), now);
        let entry = change.attempt();
        assert_eq!((entry.origin, entry.account), (Origin::Operator, account));
        assert_eq!(entry.key, change.key());
        let attempt: Value = serde_json::from_str(&entry.record).unwrap();
        let end = change.end(Parameters::none().with("id", "x"), None);
        let mut end: Value = serde_json::from_str(&end).unwrap();
        let id = change.key().event_id.to_string();
        assert_eq!(
            attempt["additionalEventData"],
            json!({"Outcome": "Attempted"})
        );
        assert_eq!(end["responseElements"].take(), json!({"id": "x"}));
        let expected = json!({
            "type": "IAMUser", "principalId": "AIDA", "arn": who.arn, "accountId": "999988887777",
            "accessKeyId": "AKIAOPERATOR", "userName": "ann",
        });
        for told in [&attempt, &end] {
            assert_eq!(told["eventID"], id.as_str());
            assert_eq!(told["eventTime"], "2026-11-20T12:00:00Z");
            assert_eq!(told["eventSource"], "activity-log");
            assert_eq!(told["eventName"], "CreateUser");
            assert_eq!(told["userIdentity"], expected);
            assert_eq!(told["requestParameters"], json!({"userName": "bob"}));
            assert_eq!(told["resources"][0]["ARN"], "bob");
            assert_eq!(told["recipientAccountId"], "111122223333");
            assert_eq!(told["readOnly"], false);
        }
    }
}
