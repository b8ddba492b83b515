//! The operations served, one file each, and the table that finds them.

mod add_tags;
mod create_trail;
mod delete_trail;
mod describe_trails;
mod get_event_selectors;
mod get_insight_selectors;
mod get_trail;
mod get_trail_status;
mod list_public_keys;
mod list_tags;
mod list_trails;
mod lookup_events;
mod put_event_selectors;
mod put_insight_selectors;
mod remove_tags;
mod start_logging;
mod stop_logging;
mod update_trail;

pub use add_tags::AddTags;
pub use create_trail::CreateTrail;
pub use delete_trail::DeleteTrail;
pub use describe_trails::DescribeTrails;
pub use get_event_selectors::GetEventSelectors;
pub use get_insight_selectors::GetInsightSelectors;
pub use get_trail::GetTrail;
pub use get_trail_status::GetTrailStatus;
pub use list_public_keys::ListPublicKeys;
pub use list_tags::ListTags;
pub use list_trails::ListTrails;
pub use lookup_events::LookupEvents;
pub use put_event_selectors::PutEventSelectors;
pub use put_insight_selectors::PutInsightSelectors;
pub use remove_tags::RemoveTags;
pub use start_logging::StartLogging;
pub use stop_logging::StopLogging;
pub use update_trail::UpdateTrail;

use crate::operation::Row;
use crate::ports::Ports;

/// Every operation served. Any other of [`crate::model::OPERATIONS`] is answered with
/// `UnsupportedOperationException`.
pub fn table<P: Ports>() -> [Row<P>; 18] {
    [
        Row::of::<AddTags>(),
        Row::of::<CreateTrail>(),
        Row::of::<DeleteTrail>(),
        Row::of::<DescribeTrails>(),
        Row::of::<GetEventSelectors>(),
        Row::of::<GetInsightSelectors>(),
        Row::of::<GetTrail>(),
        Row::of::<GetTrailStatus>(),
        Row::of::<ListPublicKeys>(),
        Row::of::<ListTags>(),
        Row::of::<ListTrails>(),
        Row::of::<LookupEvents>(),
        Row::of::<PutEventSelectors>(),
        Row::of::<PutInsightSelectors>(),
        Row::of::<RemoveTags>(),
        Row::of::<StartLogging>(),
        Row::of::<StopLogging>(),
        Row::of::<UpdateTrail>(),
    ]
}
