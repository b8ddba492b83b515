//! Records of VK Cloud: OpenStack components' REST calls.

use super::Mapped;
use crate::event::fields::{Fields, text};
use crate::event::record::{Flag, Record};

/// Maps a VK record. A call is read-only if its REST method is (RFC 9110 §9.2.1).
pub fn map(record: Record<'_>) -> Mapped<'_> {
    let by_method =
        text(record.method).map(|method| matches!(&*method, "GET" | "HEAD" | "OPTIONS" | "TRACE"));
    Mapped {
        time: text(record.timestamp),
        id: text(record.vk_event_id).or(text(record.event_id)),
        read_only: record.read_only.map(Flag::get).or(by_method),
        fields: Fields {
            name: text(record.action).unwrap_or_default(),
            source: text(record.source),
            username: text(record.user_email).or(text(record.user_id)),
            project: text(record.project_id).or(text(record.project)),
            ..Fields::default()
        },
    }
}
