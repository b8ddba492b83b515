//! What a call came to, as metrics ([`activity_log_lambda::metrics`]).

use http::StatusCode;
use serde::Serialize;
use time::Duration;

use crate::answered::Answered;

/// Codes of refusals for who calls, without the `Exception` that AWS's protocol ends them in. Where a status says
/// it, as in our own APIs' 401, none is needed; 403 has other reasons too.
const DENIALS: [&str; 8] = [
    "MissingAuthenticationToken",
    "IncompleteSignature",
    "UnrecognizedClient",
    "InvalidSignature",
    "AccessDenied",
    "Unauthenticated",
    "Forbidden",
    "ExpiredToken",
];
/// Code of a refusal for how often is called, likewise.
const THROTTLING: &str = "Throttling";

/// What one call came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Call {
    /// calls answered
    pub calls: u64,
    /// calls refused for who calls
    pub denied_calls: u64,
    /// of these: calls that name nobody we know, and so are in nobody's log
    pub unknown_callers: u64,
    /// calls refused because there are too many, the account's or ours to a table
    pub throttled_calls: u64,
    /// calls that we failed
    pub failed_calls: u64,
    /// calls that could not be appended to the log of calls
    pub unrecorded_calls: u64,
    /// from the event to the response
    pub duration_milliseconds: u64,
}

impl Call {
    /// What this answer, which took so long, comes to.
    pub fn of(answered: &Answered, took: Duration) -> Self {
        let status = answered.response.status();
        let code = answered.error_code().unwrap_or_default();
        let code = code.strip_suffix("Exception").unwrap_or(code);
        let is_denied = status == StatusCode::UNAUTHORIZED || DENIALS.contains(&code);
        let is_nobody_s = answered.principal.is_none() && answered.claimed.is_none();
        let is_throttled = status == StatusCode::TOO_MANY_REQUESTS || code == THROTTLING;
        Self {
            calls: 1,
            denied_calls: u64::from(is_denied),
            unknown_callers: u64::from(is_denied && is_nobody_s),
            throttled_calls: u64::from(is_throttled),
            failed_calls: u64::from(status.is_server_error()),
            unrecorded_calls: u64::from(answered.unrecorded.is_some()),
            duration_milliseconds: u64::try_from(took.whole_milliseconds()).unwrap_or(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use activity_log_control::Permission;
    use activity_log_identity::Denied;

    use super::*;

    /// Denied, throttled, failed.
    fn counts(status: u16, code: &'static str) -> (u64, u64, u64) {
        let status = StatusCode::from_u16(status).unwrap();
        let call = Call::of(&Answered::refusal(status, code, ""), Duration::ZERO);
        assert_eq!((call.calls, call.unrecorded_calls), (1, 0));
        assert_eq!(call.unknown_callers, call.denied_calls, "nobody is named");
        (call.denied_calls, call.throttled_calls, call.failed_calls)
    }

    #[test]
    fn an_error_is_counted_by_its_code_or_status_in_every_protocol() {
        let cases = [
            // the CloudTrail protocol: always 400
            (400, "MissingAuthenticationTokenException", (1, 0, 0)),
            (400, "IncompleteSignatureException", (1, 0, 0)),
            (400, "UnrecognizedClientException", (1, 0, 0)),
            (400, "InvalidSignatureException", (1, 0, 0)),
            (400, "AccessDeniedException", (1, 0, 0)),
            (400, "ThrottlingException", (0, 1, 0)),
            (400, "InvalidLookupAttributesException", (0, 0, 0)),
            (500, "InternalFailure", (0, 0, 1)),
            // our REST API
            (401, "MissingAuthenticationToken", (1, 0, 0)),
            (403, "AccessDeniedException", (1, 0, 0)),
            (401, "AnyOther", (1, 0, 0)),
            (403, "AnyOther", (0, 0, 0)),
            (429, "AnyOther", (0, 1, 0)),
            (503, "ServiceUnavailable", (0, 0, 1)),
            // VK's protocol
            (401, "Unauthenticated", (1, 0, 0)),
            (403, "Forbidden", (1, 0, 0)),
            (429, "Throttled", (0, 1, 0)),
            (404, "UnknownProject", (0, 0, 0)),
        ];
        for (status, code, expected) in cases {
            assert_eq!(counts(status, code), expected, "{status} {code}");
        }
    }

    #[test]
    fn every_refusal_of_identity_is_one() {
        let text = String::new();
        for denied in [
            Denied::MissingToken,
            Denied::Incomplete(text.clone()),
            Denied::UnknownKey,
            Denied::Mismatch,
            Denied::BadScope(text.clone()),
            Denied::NotAuthorized {
                account: "111122223333".parse().unwrap(),
                user: "alice".parse().unwrap(),
                action: text,
                needs: Permission::Auditor,
            },
        ] {
            assert_eq!(counts(400, denied.code()), (1, 0, 0), "{denied:?}");
        }
    }

    #[test]
    fn an_answer_counts_its_time_and_whether_it_was_recorded() {
        let mut answered = Answered::refusal(StatusCode::OK, "", "");
        answered.error = None;
        answered.unrecorded = Some("no queue".into());
        let expected = Call {
            calls: 1,
            unrecorded_calls: 1,
            duration_milliseconds: 1_234,
            ..Call::default()
        };
        let took = Duration::microseconds(1_234_567);
        assert_eq!(Call::of(&answered, took), expected);
        // A clock that was set back.
        let took = Duration::milliseconds(-1);
        assert_eq!(Call::of(&answered, took).duration_milliseconds, 0);
    }
}
