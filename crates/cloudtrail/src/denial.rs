//! Identity's refusals, as the protocol writes them: HTTP 400 with a code that AWS's clients know.

use activity_log_control::StoreError;
use activity_log_identity::{AuthenticationError, Denied};

use crate::error::{ApiError, Code};

/// Why there is no principal.
pub fn unauthenticated(error: AuthenticationError) -> ApiError {
    match error {
        AuthenticationError::Denied { denied, .. } => refused(&denied),
        AuthenticationError::Unavailable(error) => unavailable(error),
    }
}

/// What the client hears of a caller who may not.
pub fn refused(denied: &Denied) -> ApiError {
    // AWS's JSON services, unlike its query services, end these two in "Exception" as well.
    let code = match denied {
        Denied::MissingToken => "MissingAuthenticationTokenException",
        Denied::Incomplete(_) => "IncompleteSignatureException",
        // The model's own word for it; of a token, AWS's.
        Denied::SubscriptionOff { .. } => "OperationNotPermittedException",
        Denied::InvalidToken => "ExpiredTokenException",
        other => other.code(),
    };
    ApiError::new(Code::client(code), denied.to_string())
}

/// The control table or KMS did not answer, which says nothing about the caller: SDKs ask again.
pub fn unavailable(error: StoreError) -> ApiError {
    let (code, message) = match error {
        StoreError::Throttled { .. } => (Code::THROTTLING, "Rate exceeded"),
        _ => (
            Code::INTERNAL_FAILURE,
            "The request could not be answered. Try again",
        ),
    };
    ApiError::new(code, message).caused_by(error)
}
