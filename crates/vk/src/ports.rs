//! What the protocol needs of the outside. Nothing here can write.

use activity_log_control::{Account, CursorKeys};
use activity_log_core::instant::Instant;
use activity_log_core::reader::EventReader;

/// The ports of a service.
pub trait Ports: Send + Sync {
    /// finds events
    type Events: EventReader;
    /// opens the accounts' keys for markers
    type Keys: CursorKeys;

    /// The reader of events.
    fn events(&self) -> &Self::Events;
    /// The keys.
    fn keys(&self) -> &Self::Keys;
    /// Days the account's events are kept.
    fn retention_days(&self, account: &Account) -> u32;
    /// The time. Asked for when a request begins, and again when it has read for a while.
    fn now(&self) -> Instant;
}
