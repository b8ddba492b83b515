//! What the protocol needs of the outside. An operation takes from here only what it says it takes.

use activity_log_control::{AccessKeys, Account, CursorKeys};
use activity_log_core::reader::EventReader;

/// The ports of a service.
pub trait Ports: Send + Sync {
    /// finds events; cannot write any
    type Events: EventReader;
    /// knows the callers and the accounts' keys; cannot change them
    type Directory: AccessKeys + CursorKeys;

    /// The reader of events.
    fn events(&self) -> &Self::Events;
    /// The directory of callers.
    fn directory(&self) -> &Self::Directory;
    /// Days the account's events are kept.
    fn retention_days(&self, account: &Account) -> u32;
}
