//! What the root user does, and sign-ins to the console without a second factor.
//!
//! As the CIS AWS Foundations Benchmark has them (4.3 and 4.2): root's own calls, not those that a service makes on
//! its behalf; sign-ins that succeeded and say no to MFA. A federated sign-in cannot know: the identity provider
//! asks for the second factor, so they count only if they are asked for.

use activity_log_filter::{
    Batch, Column, Failure, Filter, Manifest, Parameter, Parameters, Value, Verdict, export,
};

/// What a row's `finding` can be.
const FINDINGS: [Option<&str>; 4] = [
    None,
    Some("root use"),
    Some("root use without MFA"),
    Some("console sign-in without MFA"),
];

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
            "additionalEventData.MFAUsed",
            "responseElements.ConsoleLogin",
        ],
        outputs: &["finding"],
        parameters: &[Parameter::optional(
            "federated",
            "yes: also sign-ins of roles, whose second factor the identity provider asks for",
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
            sign_in_mfa,
            sign_in,
        ] = batch.columns();
        let is_root = who.test(|who| who.is("Root"));
        let is_federated =
            who.test(|who| who.is("AssumedRole") || who.is("FederatedUser") || who.is("SAMLUser"));
        let by_itself = invoked_by.test(Value::is_nothing);
        let by_service = kind.test(|kind| kind.is("AwsServiceEvent"));
        let with_session_mfa = session_mfa.test(Value::is_true);
        let is_sign_in = name.test(|name| name.is("ConsoleLogin"));
        let with_mfa = sign_in_mfa.test(|used| used.is("Yes"));
        let succeeded = sign_in.test(|result| result.is("Success"));

        let findings = (0..batch.rows()).map(|row| {
            if is_root[row] && by_itself[row] && !by_service[row] {
                let mfa = if is_sign_in[row] {
                    with_mfa[row]
                } else {
                    with_session_mfa[row]
                };
                return if mfa { 1 } else { 2 };
            }
            let counts = self.federated || !is_federated[row];
            if is_sign_in[row] && succeeded[row] && !with_mfa[row] && counts {
                3
            } else {
                0
            }
        });
        let findings: Vec<u32> = findings.collect();
        let verdict = batch.keep(|row| findings[row] > 0);
        Ok(verdict.with(Column::choice(FINDINGS, findings)))
    }
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
    fn federated_sign_ins_count_if_asked_for() {
        assert_eq!(
            events().run::<NoMfa>(&[("federated", "yes")]).kept(),
            [0, 3, 4, 5, 6]
        );
        assert!(start::<NoMfa>(&[("federated", "maybe")]).is_err());
    }
}
