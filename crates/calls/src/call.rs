//! What is known of a call when it has been answered.

use std::net::IpAddr;

use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::{Asked, Operator, Parameters};

/// One answered call: allowed or denied, served or failed.
///
/// Texts may be as long as a caller can send them: the record has them cut.
#[derive(Clone, Debug, PartialEq)]
pub struct Call<'a> {
    /// the event's id, made once for a call: a record that is sent twice is then one event
    pub event_id: Uuid,
    /// when the call came, in the years 0 to 9999; the record has its whole second, as CloudTrail's have
    pub now: Instant,
    /// whose call it is, and so whose event
    pub account: AccountId,
    /// the user's name; `None` where the call came to an account but to no user of it
    pub user: Option<&'a str>,
    /// the operator, where it is a change that `alog` makes: then there is no user
    pub operator: Option<&'a Operator>,
    /// the access key that signed the call, or that the token was made with
    pub access_key_id: Option<&'a str>,
    /// what the token is called, which is no secret; never the token
    pub token_id: Option<&'a str>,
    /// the protocol
    pub source: Source,
    /// the operation's name, such as `LookupEvents`; empty where the call names none
    pub name: &'a str,
    /// whether the operation changes nothing
    pub read_only: bool,
    /// the region served
    pub region: &'a str,
    /// where the call came from
    pub address: Option<IpAddr>,
    /// the `User-Agent` header
    pub user_agent: Option<&'a str>,
    /// the id that the answer carries
    pub request_id: &'a str,
    /// the project of the call, where it has one
    pub project: Option<&'a str>,
    /// what was asked, without secrets
    pub asked: &'a Asked,
    /// what a call that changes something was answered, without secrets
    pub answer: Parameters,
    /// the answer, where it is an error
    pub error: Option<CallError<'a>>,
    /// a call, or an operation on a session
    pub kind: Kind,
    /// what else there is to say, such as `{"SessionId": "…", "MFAUsed": "No"}`; members that are named as secrets
    /// are hidden here too
    pub additional: Map<String, Value>,
}

/// The error a call was answered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallError<'a> {
    /// the code, such as `AccessDeniedException`
    pub code: &'a str,
    /// the message the caller was given
    pub message: &'a str,
}

/// The protocol of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// CloudTrail's: the rules people have against `StopLogging` and `DeleteTrail` hold for ours as they are
    CloudTrail,
    /// our own: REST, VK's, and sessions
    ActivityLog,
}

impl Source {
    /// As the record's `eventSource` says it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CloudTrail => "cloudtrail.amazonaws.com",
            Self::ActivityLog => "activity-log",
        }
    }
}

/// What kind of event a call is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Kind {
    /// a call of an API operation
    #[default]
    ApiCall,
    /// a session was opened, or was not (`OpenSession`)
    SignIn,
    /// a session was closed by its user (`CloseSession`)
    SignOut,
    /// a session ended by itself (`AutoCloseSession`)
    AutoSignOut,
    /// no call: something that we tell
    ServiceEvent,
}

impl Kind {
    /// As the record's `eventType` says it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ApiCall => "AwsApiCall",
            Self::SignIn => "AwsConsoleSignIn",
            Self::SignOut => "AwsConsoleSignOut",
            Self::AutoSignOut => "AwsConsoleAutoSignOut",
            Self::ServiceEvent => "AwsServiceEvent",
        }
    }
}
