//! What the log of calls is told of an answered request.

use activity_log_calls::{AnsweredCall, CallError, RefusedCall};
use activity_log_identity::Principal;

use crate::answered::Answered;

/// The call, if it is one of a caller who is known.
pub fn told(answered: &Answered) -> Option<AnsweredCall<'_>> {
    let operation = answered.operation.filter(|_| !is_throttled(answered))?;
    let caller = answered.principal.as_ref()?;
    let error = answered.error.as_ref();
    Some(AnsweredCall {
        operation,
        caller,
        project: answered.project.as_deref(),
        asked: &answered.asked,
        answer: answered.answer.clone(),
        error: error.map(|(code, message)| CallError { code, message }),
        additional: answered.event_data.clone(),
    })
}

/// The call, if it is one of a caller who did not show to be who they claim to be.
pub fn refused(answered: &Answered) -> Option<RefusedCall<'_>> {
    let operation = answered.operation.filter(|_| !is_throttled(answered))?;
    let error = answered.error.as_ref();
    Some(RefusedCall {
        operation,
        claimed: answered.claimed.as_deref()?,
        error: error.map(|(code, message)| CallError { code, message }),
    })
}

/// Over the account's limit, or ours to a table: see [`crate::metrics`].
fn is_throttled(answered: &Answered) -> bool {
    answered.principal.is_none()
        && answered
            .error_code()
            .is_some_and(|code| code.starts_with("Throttl"))
}

/// How the request said who calls, for the function's log: the token's id, or the access key's.
pub fn credential_of(principal: &Principal) -> &str {
    match (principal.token(), principal.access_key_id()) {
        (Some(token), _) => token.id.as_str(),
        (None, Some(key)) => key.as_str(),
        (None, None) => "",
    }
}
