//! AWS CloudTrail records (1.08 and later).

use std::borrow::Cow;

use super::Mapped;
use crate::event::fields::{Fields, product, text};
use crate::event::record::{Flag, Record, UserIdentity};
use crate::event::resources::Named;
use crate::object::Object;

/// Maps a CloudTrail record.
pub fn map(record: Record<'_>) -> Mapped<'_> {
    let Object(mut identity) = record.user_identity.unwrap_or_default();
    let name = text(record.event_name).unwrap_or_default();
    let source = text(record.event_source);
    let named = Named {
        listed: record.resources,
        request: record.request_parameters,
        response: record.response_elements,
    };
    Mapped {
        time: record.event_time,
        id: text(record.event_id),
        read_only: record.read_only.map(|Flag(value)| value),
        fields: Fields {
            resources: named.resources(&name, source.as_deref()),
            name,
            called: None,
            source,
            access_key_id: text(identity.access_key_id.take()),
            principal_arn: identity.arn.0.take(),
            username: username(identity),
            project: text(record.project),
            region: text(record.aws_region),
            source_ip: text(record.source_ip_address),
            error_code: text(record.error_code),
            event_type: text(record.event_type),
            request_id: record.request_id.0,
            user_agent: product(record.user_agent.0),
        },
    }
}

/// The caller as `LookupEvents` names them: the user's name; `root`; for a role or federated
/// session the session's name, which AWS puts behind the colon of `principalId`; else the issuer's.
fn username(identity: UserIdentity<'_>) -> Option<Cow<'_, str>> {
    if let Some(name) = text(identity.user_name) {
        return Some(name);
    }
    let kind = text(identity.kind).unwrap_or_default();
    if kind == "Root" {
        return Some(Cow::Borrowed("root"));
    }
    if matches!(&*kind, "AssumedRole" | "FederatedUser")
        && let Some(name) = identity.principal_id.and_then(|id| after_colon(id.0))
    {
        return Some(name);
    }
    let Object(context) = identity.session_context?;
    let Object(issuer) = context.session_issuer?;
    text(issuer.user_name)
}

fn after_colon(text: Cow<'_, str>) -> Option<Cow<'_, str>> {
    let at = text.find(':')? + 1;
    if at == text.len() {
        return None;
    }
    Some(match text {
        Cow::Borrowed(text) => Cow::Borrowed(&text[at..]),
        Cow::Owned(text) => Cow::Owned(text[at..].to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name_of(identity: &str) -> Option<String> {
        let identity: UserIdentity<'_> = serde_json::from_str(identity).unwrap();
        username(identity).map(Cow::into_owned)
    }

    #[test]
    fn the_caller_is_the_user_the_session_or_the_issuer() {
        let expected = [
            (r#"{"type":"IAMUser","userName":"alice"}"#, Some("alice")),
            (r#"{"type":"Root"}"#, Some("root")),
            (
                r#"{"type":"AssumedRole","principalId":"AROA:deploy"}"#,
                Some("deploy"),
            ),
            (
                r#"{"type":"FederatedUser","principalId":"1:bob"}"#,
                Some("bob"),
            ),
            (
                r#"{"type":"AssumedRole","principalId":"AROA:","sessionContext":{"sessionIssuer":{"userName":"ci"}}}"#,
                Some("ci"),
            ),
            (
                r#"{"type":"AWSService","invokedBy":"ec2.amazonaws.com"}"#,
                None,
            ),
        ];
        for (identity, name) in expected {
            assert_eq!(name_of(identity).as_deref(), name, "{identity}");
        }
    }
}
