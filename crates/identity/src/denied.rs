//! Refusals, in AWS's words.

use activity_log_control::{Permission, UserName};
use activity_log_core::account::AccountId;

use crate::sigv4::AmzDate;

/// Why a request is refused. The text is for the client, word for word what AWS answers where AWS
/// has such an answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// Nothing says who calls.
    #[error("Missing Authentication Token")]
    MissingToken,
    /// The authorization lacks a part, or has one we cannot read.
    #[error("{0}")]
    Incomplete(String),
    /// No such access key, or an inactive one.
    #[error("The security token included in the request is invalid.")]
    UnknownKey,
    /// The secret is another, or the request was changed on its way.
    #[error(
        "The request signature we calculated does not match the signature you provided. Check \
         your AWS Secret Access Key and signing method. Consult the service documentation for \
         details."
    )]
    Mismatch,
    /// Signed too long ago.
    #[error("Signature expired: {signed} is now earlier than {earliest} ({now} - 5 min.)")]
    Expired {
        /// When it was signed, the client says.
        signed: AmzDate,
        /// When it had to be signed.
        earliest: AmzDate,
        /// Our clock.
        now: AmzDate,
    },
    /// Signed in the future.
    #[error("Signature not yet current: {signed} is still later than {latest} ({now} + 5 min.)")]
    NotYetCurrent {
        /// When it was signed, the client says.
        signed: AmzDate,
        /// When it had to be signed.
        latest: AmzDate,
        /// Our clock.
        now: AmzDate,
    },
    /// The signature is made for something else, or leaves out what it must cover.
    #[error("{0}")]
    BadScope(String),
    /// No such token, or one that has expired or was revoked.
    #[error(
        "The token is not valid: it has expired, was revoked, or was never issued. Get another one."
    )]
    InvalidToken,
    /// More requests in this second than the account may send.
    #[error("Rate exceeded")]
    Throttled,
    /// The account's subscription has ended.
    #[error(
        "The Activity Log subscription of account {account} is not active. Events are still taken in; activate the subscription to see them."
    )]
    SubscriptionOff {
        /// The account.
        account: AccountId,
    },
    /// The user may not do this. AWS's words, and then what would change it.
    #[error(
        "User: arn:aws:iam::{account}:user/{user} is not authorized to perform: {action}, because it takes the \
         permission {needs}. The operator gives it: alog grant --account {account} --user {user} {needs}"
    )]
    NotAuthorized {
        /// The user's account.
        account: AccountId,
        /// The user.
        user: UserName,
        /// What the user asked for.
        action: String,
        /// The least permission that would allow it.
        needs: Permission,
    },
}

impl Denied {
    /// The code that AWS clients know.
    pub fn code(&self) -> &'static str {
        match self {
            Self::MissingToken => "MissingAuthenticationToken",
            Self::Incomplete(_) => "IncompleteSignature",
            Self::UnknownKey => "UnrecognizedClientException",
            Self::Mismatch
            | Self::Expired { .. }
            | Self::NotYetCurrent { .. }
            | Self::BadScope(_) => "InvalidSignatureException",
            Self::InvalidToken => "InvalidToken",
            Self::Throttled => "ThrottlingException",
            Self::SubscriptionOff { .. } => "SubscriptionInactive",
            Self::NotAuthorized { .. } => "AccessDeniedException",
        }
    }

    /// The HTTP status in our REST APIs: 401 while it is not known who calls, 403 after. (The
    /// CloudTrail protocol answers every error with 400.)
    pub fn rest_status(&self) -> http::StatusCode {
        match self {
            Self::NotAuthorized { .. } | Self::SubscriptionOff { .. } => {
                http::StatusCode::FORBIDDEN
            }
            Self::Throttled => http::StatusCode::TOO_MANY_REQUESTS,
            _ => http::StatusCode::UNAUTHORIZED,
        }
    }
}
