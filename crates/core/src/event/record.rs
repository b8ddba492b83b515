//! The parts of a record that we read, for every dialect, in one borrowing pass.
//!
//! Everything else in a record is checked to be JSON and kept verbatim.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

/// Text that borrows from the record unless it holds escapes.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub struct Text<'a>(#[serde(borrow)] pub Cow<'a, str>);

/// `true`, `false`, or the same as text (K2's older records).
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(untagged, expecting = "expected true or false")]
pub enum Flag {
    /// a JSON boolean
    Boolean(bool),
    /// "true" or "false"
    Text(FlagText),
}

/// A boolean as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FlagText {
    /// "true"
    True,
    /// "false"
    False,
}

impl Flag {
    /// The value.
    pub fn get(self) -> bool {
        match self {
            Self::Boolean(value) => value,
            Self::Text(text) => text == FlagText::True,
        }
    }
}

/// A record of any dialect. Field names are the dialects' own.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", expecting = "an object")]
pub struct Record<'a> {
    #[serde(borrow, rename = "eventID")]
    pub event_id: Option<Text<'a>>,
    #[serde(borrow)]
    pub event_time: Option<Text<'a>>,
    #[serde(borrow)]
    pub event_name: Option<Text<'a>>,
    #[serde(borrow)]
    pub event_source: Option<Text<'a>>,
    #[serde(borrow)]
    pub event_type: Option<Text<'a>>,
    #[serde(borrow)]
    pub aws_region: Option<Text<'a>>,
    #[serde(borrow, rename = "sourceIPAddress")]
    pub source_ip_address: Option<Text<'a>>,
    #[serde(borrow)]
    pub error_code: Option<Text<'a>>,
    pub read_only: Option<Flag>,
    #[serde(borrow)]
    pub user_identity: Option<UserIdentity<'a>>,
    #[serde(borrow)]
    pub resources: Option<Vec<Option<Touched<'a>>>>,

    #[serde(borrow)]
    pub error_message: Option<&'a RawValue>,
    #[serde(borrow)]
    pub user_agent: Option<&'a RawValue>,
    #[serde(borrow, rename = "requestID")]
    pub request_id: Option<&'a RawValue>,
    #[serde(borrow)]
    pub request_parameters: Option<&'a RawValue>,
    #[serde(borrow)]
    pub response_elements: Option<&'a RawValue>,
    #[serde(borrow)]
    pub service_event_details: Option<&'a RawValue>,
    #[serde(borrow)]
    pub additional_event_data: Option<&'a RawValue>,

    // K2
    #[serde(borrow)]
    pub user_name: Option<Text<'a>>,
    #[serde(borrow)]
    pub project: Option<Text<'a>>,

    // VK: read only in records of that dialect
    #[serde(borrow, rename = "event_id")]
    pub vk_event_id: Option<&'a RawValue>,
    #[serde(borrow)]
    pub timestamp: Option<&'a RawValue>,
    #[serde(borrow)]
    pub action: Option<&'a RawValue>,
    #[serde(borrow)]
    pub source: Option<&'a RawValue>,
    #[serde(borrow)]
    pub method: Option<&'a RawValue>,
    #[serde(borrow, rename = "user_email")]
    pub user_email: Option<&'a RawValue>,
    #[serde(borrow, rename = "user_id")]
    pub user_id: Option<&'a RawValue>,
    #[serde(borrow, rename = "project_id")]
    pub project_id: Option<&'a RawValue>,
    #[serde(borrow, rename = "request_body")]
    pub request_body: Option<&'a RawValue>,
    #[serde(borrow, rename = "response_body")]
    pub response_body: Option<&'a RawValue>,
}

/// CloudTrail's `userIdentity`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", expecting = "an object")]
pub struct UserIdentity<'a> {
    #[serde(borrow, rename = "type")]
    pub kind: Option<Text<'a>>,
    #[serde(borrow)]
    pub principal_id: Option<Text<'a>>,
    #[serde(borrow)]
    pub user_name: Option<Text<'a>>,
    #[serde(borrow)]
    pub access_key_id: Option<Text<'a>>,
    #[serde(borrow)]
    pub session_context: Option<SessionContext<'a>>,
}

/// CloudTrail's `userIdentity.sessionContext`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", expecting = "an object")]
pub struct SessionContext<'a> {
    #[serde(borrow)]
    pub session_issuer: Option<SessionIssuer<'a>>,
}

/// Who issued the session: a role, for example.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", expecting = "an object")]
pub struct SessionIssuer<'a> {
    #[serde(borrow)]
    pub user_name: Option<Text<'a>>,
}

/// One of CloudTrail's `resources`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, expecting = "an object")]
pub struct Touched<'a> {
    #[serde(borrow, rename = "ARN")]
    pub arn: Option<Text<'a>>,
    #[serde(borrow, rename = "ARNPrefix")]
    pub arn_prefix: Option<Text<'a>>,
    #[serde(borrow, rename = "type")]
    pub kind: Option<Text<'a>>,
}
