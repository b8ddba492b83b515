//! From an answered request to the log.
//!
//! The record is on its way before the client has its answer: a function that is frozen, or killed, between the two
//! loses nothing. It is a queue that takes it, so nothing is called here that would be recorded again. Of a call that
//! changes something the record is kept before the change: see [`Telling`](crate::Telling).
//!
//! Not recorded is what nobody can be told of: requests of strangers, and requests that name no operation. Requests
//! over the account's limit are only counted, or the limit would not spare us anything.

use activity_log_control::{AccessKeyId, EndedSession, OutboxEntry};
use activity_log_core::account::AccountId;
use activity_log_core::cursor::CursorKey;
use activity_log_core::instant::Instant;
use activity_log_core::origin::Origin;
use activity_log_gateway::Caller;
use activity_log_identity::Principal;
use bytes::Bytes;
use http::Request;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::{Asked, Call, CallError, CallLog, CallLogError, Kind, Parameters, Source, ids};

/// Makes records of calls.
#[derive(Debug)]
pub struct Recorder<L> {
    log: L,
    /// the region served, as the records have it
    region: String,
}

/// What was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation {
    /// by its name
    pub name: &'static str,
    /// of which protocol
    pub source: Source,
    /// whether it changes nothing
    pub read_only: bool,
}

/// A request, as it came.
#[derive(Clone, Copy, Debug)]
pub struct Received<'a> {
    /// the request
    pub request: &'a Request<Bytes>,
    /// the id that the answer carries
    pub id: &'a str,
    /// when it came
    pub now: Instant,
}

/// A request that was answered, as far as its protocol knows it.
#[derive(Clone, Debug)]
pub struct AnsweredCall<'a> {
    /// what was asked for
    pub operation: Operation,
    /// who asked, or claims to be
    pub caller: &'a Principal,
    /// the project of the request, where it has one
    pub project: Option<&'a str>,
    /// what was asked, without secrets
    pub asked: &'a Asked,
    /// what a call that changes something was answered, without secrets
    pub answer: Parameters,
    /// the error's code and message
    pub error: Option<CallError<'a>>,
    /// what else there is to say
    pub additional: Map<String, Value>,
}

impl<L: CallLog> Recorder<L> {
    /// Into this log.
    pub fn new(log: L, region: impl Into<String>) -> Self {
        Self {
            log,
            region: region.into(),
        }
    }

    /// Records a call.
    pub async fn record(
        &self,
        received: Received<'_>,
        answered: AnsweredCall<'_>,
    ) -> Result<(), CallLogError> {
        let id = ids::of_call(received.now);
        let call = self.call(id, received, answered);
        self.append(call.account, call.record()).await
    }

    /// Records that a session ended by itself; `key` is its account's. The same end is the same event, however often it
    /// is recorded.
    pub async fn record_end(
        &self,
        session: &EndedSession,
        key: &CursorKey,
    ) -> Result<(), CallLogError> {
        let id = session.id.as_str();
        let said = [("SessionId", id), ("Reason", session.reason.as_str())];
        let asked = Asked {
            resources: vec![crate::Resource::new(SESSION, id)],
            ..Asked::default()
        };
        let call = Call {
            event_id: ids::of_end(session, key),
            now: session.ended,
            account: session.account,
            user: Some(session.user.as_str()),
            operator: None,
            access_key_id: Some(session.access_key_id.as_str()),
            token_id: Some(id),
            source: Source::ActivityLog,
            name: "AutoCloseSession",
            read_only: false,
            region: &self.region,
            address: None,
            user_agent: None,
            request_id: id,
            project: None,
            asked: &asked,
            answer: Parameters::none(),
            error: None,
            kind: Kind::AutoSignOut,
            additional: said
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value.into()))
                .collect(),
        };
        self.append(call.account, call.record()).await
    }

    /// The call of this event.
    pub(crate) fn call<'a>(
        &'a self,
        event_id: Uuid,
        received: Received<'a>,
        answered: AnsweredCall<'a>,
    ) -> Call<'a> {
        let caller = answered.caller;
        let from = received.request.extensions().get::<Caller>();
        let operation = answered.operation;
        let kind = kind(operation);
        let mut additional = answered.additional;
        if kind == Kind::SignIn {
            // A session is opened with an access key alone.
            additional.insert("MFAUsed".to_owned(), "No".into());
        }
        Call {
            event_id,
            now: received.now,
            account: caller.account_id(),
            user: Some(caller.user.as_str()),
            operator: None,
            access_key_id: caller.access_key_id().map(AccessKeyId::as_str),
            token_id: caller.token().map(|token| token.id.as_str()),
            source: operation.source,
            name: operation.name,
            read_only: operation.read_only,
            region: &self.region,
            address: from.and_then(|from| from.source_ip),
            user_agent: from.and_then(|from| from.user_agent.as_deref()),
            request_id: received.id,
            project: answered.project,
            asked: answered.asked,
            answer: answered.answer,
            error: answered.error,
            kind,
            additional,
        }
    }

    pub(crate) fn region(&self) -> &str {
        &self.region
    }

    pub(crate) async fn append(
        &self,
        account: AccountId,
        record: String,
    ) -> Result<(), CallLogError> {
        self.log.append(account, Origin::Service, record).await
    }

    /// Sends a record that waited in the outbox, as it is.
    pub async fn tell(&self, entry: &OutboxEntry) -> Result<(), CallLogError> {
        let record = entry.record.clone();
        self.log
            .append(entry.account, entry.origin.clone(), record)
            .await
    }
}

/// The type of a session as a resource.
pub const SESSION: &str = "ActivityLog::Session";

fn kind(operation: Operation) -> Kind {
    match operation.name {
        "OpenSession" => Kind::SignIn,
        "CloseSession" => Kind::SignOut,
        _ => Kind::ApiCall,
    }
}
