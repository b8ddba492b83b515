//! Identity's refusals in our own words: 401 while it is not known who calls, 403 after.

use activity_log_identity::{AuthenticationError, Denied};

use crate::error::{ApiError, Code};

/// Why there is no principal.
pub fn unauthenticated(error: AuthenticationError) -> ApiError {
    match error {
        AuthenticationError::Denied { denied, .. } => refused(&denied),
        AuthenticationError::Unavailable(error) => ApiError::new(
            Code::SERVICE_UNAVAILABLE,
            "The caller cannot be authenticated now. Try again",
        )
        .caused_by(error),
    }
}

/// What the client hears of a caller who may not.
pub fn refused(denied: &Denied) -> ApiError {
    let code = Code::new(denied.code(), denied.rest_status());
    ApiError::new(code, denied.to_string())
}
