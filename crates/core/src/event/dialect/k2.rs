//! Records of K2, NGN and CROC: CloudTrail's names with a flat `userName` and a `project`.

use super::Mapped;
use crate::event::fields::{Fields, product, text};
use crate::event::record::{Flag, Record};
use crate::event::resources::Named;

/// Maps a K2 record.
pub fn map(record: Record<'_>) -> Mapped<'_> {
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
            username: text(record.user_name),
            access_key_id: None,
            project: text(record.project),
            region: text(record.aws_region),
            source_ip: text(record.source_ip_address),
            error_code: text(record.error_code),
            event_type: text(record.event_type),
            request_id: record.request_id.0,
            user_agent: product(record.user_agent.0),
            principal_arn: None,
        },
    }
}
