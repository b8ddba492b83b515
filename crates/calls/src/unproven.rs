//! Calls of those who did not show who they are.
//!
//! Whoever knows the id of a key can make them, as many as they like and holding what they like. So of each the log is told
//! what is ours to say, and beside it the address and the beginning of the user agent; and of a flood it is told together.

use std::collections::BTreeMap;

use activity_log_control::{
    AccessKeyId, Claimed, HowTold, Minute, NamedCredential, Place, TokenId, UnprovenCall,
    UnprovenCalls, Untold, count_unproven,
};
use activity_log_core::causes::chain;
use activity_log_core::cursor::CursorKey;
use activity_log_gateway::Caller;
use activity_log_identity::Principal;
use serde_json::{Map, Value};

use crate::text::in_bytes;
use crate::{
    AnsweredCall, Asked, Call, CallError, CallLog, CallLogError, Kind, Operation, Parameters,
    Received, Recorder, Source, ids,
};

/// Longest user agent, in bytes: what names any client, and little for anybody to write into another's log.
const AGENT_BYTES: usize = 256;
/// The name of the event that tells calls together.
pub const REFUSED_CALLS: &str = "RefusedCalls";

/// A call that was refused, for its caller did not show who they are.
#[derive(Clone, Copy, Debug)]
pub struct RefusedCall<'a> {
    /// what was asked for
    pub operation: Operation,
    /// whom the caller claims to be
    pub claimed: &'a Principal,
    /// the error's code and message
    pub error: Option<CallError<'a>>,
}

impl RefusedCall<'_> {
    /// Whom the caller claims to be, as it is counted. `None` of a principal that named nothing.
    pub fn claimed(&self) -> Option<Claimed> {
        let credential = match (self.claimed.token(), self.claimed.access_key_id()) {
            (Some(token), _) => NamedCredential::Token(token.id.clone()),
            (None, Some(key)) => NamedCredential::AccessKey(key.clone()),
            (None, None) => return None,
        };
        Some(Claimed {
            account: self.claimed.account_id(),
            user: self.claimed.user.clone(),
            credential,
        })
    }
}

/// Where a request came from.
fn place(received: Received<'_>) -> Place {
    let from = received.request.extensions().get::<Caller>();
    Place::from(from.and_then(|from| from.source_ip))
}

impl<L: CallLog> Recorder<L> {
    /// Tells the log of a refused call: alone, or once its minute is over with others.
    pub async fn refuse<U: UnprovenCalls>(
        &self,
        unproven: &U,
        received: Received<'_>,
        refused: RefusedCall<'_>,
    ) -> Result<(), CallLogError> {
        if let Some(claimed) = refused.claimed() {
            let call = UnprovenCall {
                claimed: &claimed,
                place: place(received),
                operation: refused.operation.name,
            };
            match count_unproven(unproven, call, received.now).await {
                Ok(HowTold::Together) => return Ok(()),
                Ok(HowTold::Singly) => {}
                // Nothing else knows of it then.
                Err(error) => tracing::warn!(
                    cause = chain(&error),
                    "a refused call was not counted, and is told alone"
                ),
            }
        }
        self.record_refused(received, refused).await
    }

    /// Records the call alone.
    async fn record_refused(
        &self,
        received: Received<'_>,
        refused: RefusedCall<'_>,
    ) -> Result<(), CallLogError> {
        let asked = Asked::unread(received.request.body().len());
        let answered = AnsweredCall {
            operation: refused.operation,
            caller: refused.claimed,
            project: None,
            asked: &asked,
            answer: Parameters::none(),
            error: refused.error,
            additional: Map::new(),
        };
        let call = self.call(ids::of_call(received.now), received, answered);
        let agent = call.user_agent.map(|agent| in_bytes(agent, AGENT_BYTES));
        let call = Call {
            user_agent: agent.as_deref(),
            ..call
        };
        self.append(call.account, call.record()).await
    }

    /// Records together what was not recorded alone: calls of one minute with one key or token; `key` is the account's.
    /// The same minute and key are the same event, however often they are recorded.
    pub async fn record_untold(
        &self,
        untold: &RefusedTogether,
        key: &CursorKey,
    ) -> Result<(), CallLogError> {
        let claimed = &untold.claimed;
        let id = claimed.credential.id();
        let asked = Asked::default();
        let call = Call {
            event_id: ids::of_refused(untold.minute, claimed, key),
            now: untold.minute.end(),
            account: claimed.account,
            user: Some(claimed.user.as_str()),
            operator: None,
            access_key_id: untold.access_key_id().map(AccessKeyId::as_str),
            token_id: untold.token_id().map(TokenId::as_str),
            source: Source::ActivityLog,
            name: REFUSED_CALLS,
            read_only: false,
            region: self.region(),
            address: untold.only_address(),
            user_agent: None,
            request_id: id,
            project: None,
            asked: &asked,
            answer: Parameters::none(),
            error: Some(CallError {
                code: "RefusedCalls",
                message: "Calls were refused whose callers did not show who they are",
            }),
            kind: Kind::ServiceEvent,
            additional: untold.said(),
        };
        self.append(call.account, call.record()).await
    }
}

/// Calls of one minute with one key or token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedTogether {
    /// when
    pub minute: Minute,
    /// whom the callers claimed to be
    pub claimed: Claimed,
    /// how many, by place
    by_place: BTreeMap<Place, u64>,
    /// how many, by operation
    by_operation: BTreeMap<String, u64>,
}

impl RefusedTogether {
    /// What begins with `first`.
    pub fn of(first: &Untold) -> Self {
        let mut together = Self {
            minute: first.minute,
            claimed: first.claimed.clone(),
            by_place: BTreeMap::new(),
            by_operation: BTreeMap::new(),
        };
        together.add(first);
        together
    }

    /// Whether this is of the same minute and key.
    pub fn has(&self, other: &Untold) -> bool {
        (self.minute, &self.claimed) == (other.minute, &other.claimed)
    }

    /// Adds what is of the same minute and key.
    pub fn add(&mut self, other: &Untold) {
        for (operation, calls) in &other.calls {
            *self.by_place.entry(other.place).or_default() += calls;
            *self.by_operation.entry(operation.clone()).or_default() += calls;
        }
    }

    fn access_key_id(&self) -> Option<&AccessKeyId> {
        match &self.claimed.credential {
            NamedCredential::AccessKey(id) => Some(id),
            NamedCredential::Token(_) => None,
        }
    }

    fn token_id(&self) -> Option<&TokenId> {
        match &self.claimed.credential {
            NamedCredential::AccessKey(_) => None,
            NamedCredential::Token(id) => Some(id),
        }
    }

    /// The address of all of them, so that they are found by it.
    fn only_address(&self) -> Option<std::net::IpAddr> {
        match self.by_place.first_key_value() {
            Some((Place::Address(address), _)) if self.by_place.len() == 1 => Some(*address),
            _ => None,
        }
    }

    fn said(&self) -> Map<String, Value> {
        let calls: u64 = self.by_operation.values().sum();
        let by_place = self.by_place.iter();
        let by_place: Map<_, _> = by_place
            .map(|(place, calls)| (place.to_string(), (*calls).into()))
            .collect();
        let by_operation = self.by_operation.iter();
        let by_operation: Map<_, _> = by_operation
            .map(|(name, calls)| (name.clone(), (*calls).into()))
            .collect();
        let mut said = Map::new();
        said.insert("Minute".to_owned(), self.minute.start().to_string().into());
        said.insert("Calls".to_owned(), calls.into());
        said.insert("CallsByAddress".to_owned(), by_place.into());
        said.insert("CallsByOperation".to_owned(), by_operation.into());
        said
    }
}
