//! A call as a CloudTrail record.

use std::borrow::Cow;

use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::call::Call;
use crate::operator::Operator;
use crate::parameters::{PARAMETERS_BYTES, cleaned, fitted};
use crate::text::{in_bytes, in_chars, json};

/// The version of the record format.
const VERSION: &str = "1.11";
/// Longest lookup field, in characters: a fourth of what core takes, so that a record stays below what a message
/// may hold even if each character is escaped. The names of what exists are far shorter.
pub const MAX_FIELD_CHARS: usize = 500;
/// Longest user agent, request id, error code and error message, in bytes: CloudTrail's.
const TEXT_BYTES: usize = 1024;
/// Largest `responseElements`, in bytes: half of CloudTrail's, so that the whole fits into a message. What a change
/// answers says mostly what it asked.
const ANSWER_BYTES: usize = 50 * 1024;
/// Most resources: the operations that name more only read.
const MAX_RESOURCES: usize = 4;
/// Largest `additionalEventData`, in bytes: CloudTrail's.
const ADDITIONAL_BYTES: usize = 28 * 1024;
/// What a call without a name is called: an event must have one.
const NAMELESS: &str = "Unknown";

type Text<'a> = Cow<'a, str>;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Record<'a> {
    event_version: &'static str,
    user_identity: Identity<'a>,
    event_time: String,
    event_source: &'static str,
    event_name: Text<'a>,
    aws_region: Text<'a>,
    #[serde(rename = "sourceIPAddress", skip_serializing_if = "Option::is_none")]
    source_ip_address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_agent: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_code: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_message: Option<Text<'a>>,
    request_parameters: Option<Box<RawValue>>,
    response_elements: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    additional_event_data: Option<Box<RawValue>>,
    #[serde(rename = "requestID")]
    request_id: Text<'a>,
    #[serde(rename = "eventID")]
    event_id: String,
    read_only: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    resources: Vec<Named<'a>>,
    event_type: &'static str,
    management_event: bool,
    recipient_account_id: AccountId,
    event_category: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    project: Option<Text<'a>>,
}

/// What the call names.
#[derive(Serialize)]
struct Named<'a> {
    #[serde(rename = "ARN")]
    name: Text<'a>,
    #[serde(rename = "accountId")]
    account_id: AccountId,
    #[serde(rename = "type")]
    kind: &'static str,
}

/// Who called. Without a user it is the account, and no more is known.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Identity<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    principal_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_id: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    access_key_id: Option<Text<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_name: Option<Text<'a>>,
}

impl Call<'_> {
    /// The call as a CloudTrail record, one JSON object. Core admits it at any time from [`Call::now`] on while
    /// events of that time are kept, and what it looks events up by is what stands in the call.
    pub fn record(&self) -> String {
        json(&Record {
            event_version: VERSION,
            user_identity: self.identity(),
            event_time: Instant::from_seconds(self.now.seconds()).to_string(),
            event_source: self.source.as_str(),
            event_name: field(Some(self.name)).unwrap_or(Cow::Borrowed(NAMELESS)),
            aws_region: in_chars(self.region, MAX_FIELD_CHARS),
            source_ip_address: self.address.map(|address| address.to_string()),
            user_agent: self.user_agent.map(|text| in_bytes(text, TEXT_BYTES)),
            error_code: self.error.map(|error| in_bytes(error.code, TEXT_BYTES)),
            error_message: self.error.map(|error| in_bytes(error.message, TEXT_BYTES)),
            request_parameters: self.asked.parameters.fitted(PARAMETERS_BYTES),
            response_elements: self.answer.fitted(ANSWER_BYTES),
            additional_event_data: self.additional(),
            request_id: in_bytes(self.request_id, TEXT_BYTES),
            event_id: self.event_id.to_string(),
            read_only: self.read_only,
            resources: self.resources(),
            event_type: self.kind.as_str(),
            management_event: true,
            recipient_account_id: self.account,
            event_category: "Management",
            project: field(self.project),
        })
    }

    fn identity(&self) -> Identity<'_> {
        if let Some(operator) = self.operator {
            return of_operator(operator);
        }
        let user = field(self.user);
        let account = self.account;
        Identity {
            kind: if user.is_some() { "IAMUser" } else { "Unknown" },
            // Users have no ids of their own, and names are unique within an account only.
            principal_id: user.as_ref().map(|name| format!("{account}:{name}")),
            arn: (user.as_ref()).map(|name| format!("arn:aws:iam::{account}:user/{name}")),
            account_id: Some(account.to_string().into()),
            access_key_id: field(self.access_key_id),
            user_name: user,
        }
    }

    fn resources(&self) -> Vec<Named<'_>> {
        let named = self.asked.resources.iter().take(MAX_RESOURCES);
        named
            .map(|one| Named {
                name: in_chars(&one.name, MAX_FIELD_CHARS),
                account_id: self.account,
                kind: one.kind,
            })
            .collect()
    }

    fn additional(&self) -> Option<Box<RawValue>> {
        let mut said: Map<String, Value> = cleaned(&self.additional);
        self.asked.besides(&mut said);
        if let Some(id) = field(self.token_id) {
            said.insert("TokenId".to_owned(), id.into());
        }
        (!said.is_empty()).then(|| fitted(said, ADDITIONAL_BYTES))?
    }
}

fn of_operator(operator: &Operator) -> Identity<'_> {
    let (kind, name) = operator.kind_and_name();
    Identity {
        kind,
        principal_id: operator.principal_id.clone(),
        arn: operator.arn.clone(),
        account_id: field(operator.account.as_deref()),
        access_key_id: field(operator.access_key_id.as_deref()),
        user_name: field(name),
    }
}

/// A lookup field. Empty text cannot be looked up, and is none.
fn field(text: Option<&str>) -> Option<Text<'_>> {
    let text = text.filter(|text| !text.is_empty())?;
    Some(in_chars(text, MAX_FIELD_CHARS))
}
