//! What the root user does, and sign-ins to the console without a second factor.
//!
//! As the CIS AWS Foundations Benchmark has them (4.3 and 4.2): root's own calls, not those that a service makes on
//! its behalf; sign-ins that succeeded and do not say that MFA was used. A federated sign-in cannot know: the identity
//! provider asks for the second factor, so they count only if they are asked for.
//!
//! Of K2's records sign-ins are `OpenSession` and, federated, `ADOpenSession`. Of VK's they are tokens that OpenStack's
//! Keystone gives for a password; the second factor there is `totp`. Neither has a root user.

use activity_log_filter::json::{Piece, pieces};
use activity_log_filter::{
    Batch, Column, Failure, Filter, Manifest, Parameter, Parameters, Value, Verdict, export,
};

/// What a row's `finding` can be.
const FINDINGS: [Option<&str>; 5] = [
    None,
    Some("root use"),
    Some("root use without MFA"),
    Some("console sign-in without MFA"),
    Some("token for a password without MFA"),
];

/// What names of members that tell of a second factor hold, in lower case: AWS's `MFAUsed`, K2's `twoFactorUsed`.
const SECOND_FACTOR: [&str; 4] = ["mfa", "twofactor", "two_factor", "2fa"];

struct NoMfa {
    federated: bool,
}

impl Filter for NoMfa {
    const MANIFEST: Manifest = Manifest {
        name: "no-mfa",
        version: env!("CARGO_PKG_VERSION"),
        description: "Use of the root user, and sign-ins to the console without MFA.",
        inputs: &[
            "userIdentity.type",
            "userIdentity.invokedBy",
            "userIdentity.sessionContext.attributes.mfaAuthenticated",
            "eventType",
            "eventName",
            "additionalEventData",
            "responseElements.ConsoleLogin",
            "errorCode",
            "method",
            "uri",
            "success",
            "request_body",
        ],
        outputs: &["finding"],
        parameters: &[Parameter::optional(
            "federated",
            "yes: also sign-ins of roles and by way of a directory, whose second factor the identity provider asks for",
        )],
    };

    fn start(parameters: &Parameters) -> Result<Self, String> {
        match parameters.get("federated") {
            Some("yes") => Ok(Self { federated: true }),
            None | Some("no") => Ok(Self { federated: false }),
            Some(other) => Err(format!("the parameter federated is {other:?}: yes or no")),
        }
    }

    fn filter(&self, batch: &Batch) -> Result<Verdict, Failure> {
        let [
            who,
            invoked_by,
            session_mfa,
            kind,
            name,
            additional,
            sign_in,
            error,
            method,
            uri,
            success,
            body,
        ] = batch.columns();
        let is_root = who.test(|who| who.is("Root"));
        let is_role =
            who.test(|who| who.is("AssumedRole") || who.is("FederatedUser") || who.is("SAMLUser"));
        let by_itself = invoked_by.test(Value::is_nothing);
        let by_service = kind.test(|kind| kind.is("AwsServiceEvent"));
        let with_session_mfa = session_mfa.test(Value::is_true);
        let is_console_login = name.test(|name| name.is("ConsoleLogin"));
        let is_open_session = name.test(|name| name.is("OpenSession") || name.is("ADOpenSession"));
        let by_directory = name.test(|name| name.is("ADOpenSession"));
        // Asked of sign-ins only: nearly every event has other such data, and most have none of this.
        let with_mfa = |row: usize| has_second_factor(&additional[row]);
        let console_login_succeeded = sign_in.test(|result| result.is("Success"));
        let no_error = error.test(|error| error.is_nothing() || error.is(""));
        let is_post = method.test(|method| method.is("POST"));
        let is_tokens = uri.test(is_tokens);
        let token_given = success.test(|success| !success.is("no") && !success.is_false());
        let by_password_only = body.test(|body| says(body, "password") && !says(body, "totp"));

        let findings = (0..batch.rows()).map(|row| {
            if is_root[row] && by_itself[row] && !by_service[row] {
                let mfa = if is_console_login[row] {
                    with_mfa(row)
                } else {
                    with_session_mfa[row]
                };
                return if mfa { 1 } else { 2 };
            }
            let signed_in = (is_console_login[row] && console_login_succeeded[row])
                || (is_open_session[row] && no_error[row]);
            let counts = self.federated || !(is_role[row] || by_directory[row]);
            if signed_in && counts && !with_mfa(row) {
                return 3;
            }
            let got_token = is_post[row] & is_tokens[row] & token_given[row];
            if got_token && by_password_only[row] {
                4
            } else {
                0
            }
        });
        let findings: Vec<u32> = findings.collect();
        let verdict = batch.keep(|row| findings[row] > 0);
        Ok(verdict.with(Column::choice(FINDINGS, findings)))
    }
}

/// Whether a member that tells of a second factor says yes.
fn has_second_factor(data: &Value) -> bool {
    let Value::Json(json) = data else {
        return false;
    };
    let mut name = None;
    let mut found = false;
    for piece in pieces(json) {
        match piece {
            Piece::Space(_) | Piece::Colon(_) => {}
            Piece::String(_) | Piece::Scalar(_) => {
                let said = piece.text().unwrap_or(piece.raw().into()).to_lowercase();
                let tells = |name: String| SECOND_FACTOR.iter().any(|part| name.contains(part));
                found |= name.take().is_some_and(tells) && (said == "yes" || said == "true");
                name = Some(said);
            }
            Piece::Open(_) | Piece::Close(_) | Piece::Comma(_) => name = None,
        }
    }
    found
}

/// Whether it is where Keystone gives tokens: `/v3/auth/tokens`.
fn is_tokens(uri: &Value) -> bool {
    let path = uri.text().unwrap_or_default();
    let path = path.split(['?', '#']).next().unwrap_or_default();
    path.trim_end_matches('/').ends_with("/auth/tokens")
}

/// Whether a string of a body, which is JSON in a string, is this.
fn says(body: &Value, text: &str) -> bool {
    pieces(body.text().unwrap_or_default()).any(|piece| piece.text().as_deref() == Some(text))
}

export!(NoMfa);

#[cfg(test)]
mod tests {
    use activity_log_filter::testing::{Events, start};

    use super::*;

    fn events() -> Events {
        Events::parse(
            r#"{"eventName":"ConsoleLogin","userIdentity":{"type":"IAMUser"},"responseElements":{"ConsoleLogin":"Success"},"additionalEventData":{"MFAUsed":"No"}}
               {"eventName":"ConsoleLogin","userIdentity":{"type":"IAMUser"},"responseElements":{"ConsoleLogin":"Success"},"additionalEventData":{"MFAUsed":"Yes"}}
               {"eventName":"ConsoleLogin","userIdentity":{"type":"IAMUser"},"responseElements":{"ConsoleLogin":"Failure"},"additionalEventData":{"MFAUsed":"No"}}
               {"eventName":"ConsoleLogin","userIdentity":{"type":"AssumedRole"},"responseElements":{"ConsoleLogin":"Success"},"additionalEventData":{"MFAUsed":"No"}}
               {"eventName":"ConsoleLogin","userIdentity":{"type":"Root"},"responseElements":{"ConsoleLogin":"Success"},"additionalEventData":{"MFAUsed":"Yes"}}
               {"eventName":"ListUsers","userIdentity":{"type":"Root","sessionContext":{"attributes":{"mfaAuthenticated":"false"}}}}
               {"eventName":"ListUsers","userIdentity":{"type":"Root","sessionContext":{"attributes":{"mfaAuthenticated":"true"}}}}
               {"eventName":"Decrypt","userIdentity":{"type":"Root","invokedBy":"s3.amazonaws.com"}}
               {"eventName":"RotateKey","eventType":"AwsServiceEvent","userIdentity":{"type":"Root"}}
               {"eventName":"ListUsers","userIdentity":{"type":"IAMUser"}}"#,
        )
    }

    #[test]
    fn findings_are_told() {
        let run = events().run::<NoMfa>(&[]);
        assert_eq!(run.kept(), [0, 4, 5, 6]);
        let findings = run
            .kept()
            .into_iter()
            .map(|row| run.output("finding")[row].to_text().into_owned());
        let expected = [
            "console sign-in without MFA",
            "root use",
            "root use without MFA",
            "root use",
        ];
        assert_eq!(findings.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn k2s_sessions_are_sign_ins() {
        let events = Events::parse(
            r#"{"eventName":"OpenSession","eventType":"AwsConsoleSignIn","userName":"anna","additionalEventData":{"sessionId":"s","twoFactorUsed":true}}
               {"eventName":"OpenSession","eventType":"AwsConsoleSignIn","userName":"anna","additionalEventData":{"twoFactorUsed":false}}
               {"eventName":"OpenSession","eventType":"AwsConsoleSignIn","userName":"anna","errorCode":"AuthFailure","additionalEventData":{"twoFactorUsed":false}}
               {"eventName":"OpenSession","eventType":"AwsConsoleSignIn","userName":"anna","additionalEventData":{"mfaUsed":"Yes","sessionId":"true"}}
               {"eventName":"OpenSession","eventType":"AwsConsoleSignIn","userName":"anna","additionalEventData":{"mfaUsed":"No","is":"yes"}}
               {"eventName":"ADOpenSession","eventType":"AwsConsoleSignIn","userName":"igor","additionalEventData":{"identityProvider":"ad"}}
               {"eventName":"OpenSession","eventType":"AwsConsoleSignIn","userName":"lev"}
               {"eventName":"CloseSession","eventType":"AwsConsoleSignOut","userName":"lev"}"#,
        );
        let run = events.run::<NoMfa>(&[]);
        assert_eq!(run.kept(), [1, 4, 6]);
        assert_eq!(
            run.output("finding")[1],
            Value::from("console sign-in without MFA")
        );
        assert_eq!(
            events.run::<NoMfa>(&[("federated", "yes")]).kept(),
            [1, 4, 5, 6]
        );
    }

    #[test]
    fn vks_tokens_are_sign_ins() {
        let event = |method: &str, uri: &str, success: &str, methods: &str| {
            let body = format!(r#"{{\"auth\": {{\"identity\": {{\"methods\": [{methods}]}}}}}}"#);
            format!(
                r#"{{"timestamp":"t","event_id":"e","action":"unknown","source":"iam","method":"{method}","uri":"{uri}","success":"{success}","request_body":"{body}"}}"#
            )
        };
        let (password, both) = (r#"\"password\""#, r#"\"password\", \"totp\""#);
        let events = [
            event("POST", "/v3/auth/tokens", "yes", password),
            event("POST", "/v3/auth/tokens?nocatalog", "yes", both),
            event("POST", "/v3/auth/tokens", "no", password),
            event("POST", "/v3/auth/tokens", "yes", r#"\"token\""#),
            event("GET", "/v3/auth/tokens", "yes", password),
            event("POST", "/v3/users", "yes", password),
            event("POST", "/identity/v3/auth/tokens/?x", "yes", password),
        ];
        let run = Events::parse(&events.join("\n")).run::<NoMfa>(&[]);
        assert_eq!(run.kept(), [0, 6]);
        assert_eq!(
            run.output("finding")[0],
            Value::from("token for a password without MFA")
        );
    }

    #[test]
    fn federated_sign_ins_count_if_asked_for() {
        assert_eq!(
            events().run::<NoMfa>(&[("federated", "yes")]).kept(),
            [0, 3, 4, 5, 6]
        );
        assert!(start::<NoMfa>(&[("federated", "maybe")]).is_err());
    }
}
