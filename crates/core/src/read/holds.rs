//! Which events match, and what readers get of them.

use crate::columns::Columns;
use crate::columns::matching;
use crate::event::Event;
use crate::instant::Instant;
use crate::page::{FoundEvent, Position, Resource};
use crate::query::Query;

/// Which of these events match, by their places: as their columns would be asked, so that an event means the same before
/// and after it is rolled up. Times are not looked at.
pub(super) fn matching(events: &[&Event<'_>], query: &Query) -> Vec<usize> {
    if query.filters.is_empty() {
        return (0..events.len()).collect();
    }
    let always = (
        Instant::from_millis(i64::MIN),
        Instant::from_millis(i64::MAX),
    );
    let rows = matching::rows(&Columns::of(events), query, always.0, always.1);
    rows.into_iter().map(|row| row as usize).collect()
}

/// The event as readers get it.
pub(super) fn found(event: Event<'_>) -> FoundEvent {
    let fields = event.fields;
    let resources = fields.resources.into_iter().map(|one| Resource {
        name: one.name.map(Into::into),
        kind: one.kind.map(Into::into),
        source: one.source,
    });
    FoundEvent {
        position: Position {
            time: event.time,
            id: event.id.into_owned(),
        },
        name: fields.name.into_owned(),
        source: fields.source.map(Into::into),
        username: fields.username.map(Into::into),
        access_key_id: fields.access_key_id.map(Into::into),
        project: fields.project.map(Into::into),
        origin: event.origin.into_owned(),
        read_only: event.read_only,
        resources: resources.collect(),
        record: event.text.into_owned(),
    }
}
