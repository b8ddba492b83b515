//! What stands behind VK's protocol: a reader of events, and the keys of markers.

use activity_log_control::dynamodb::Directory;
use activity_log_control::kms::KmsVault;
use activity_log_control::{Account, CursorKeys};
use activity_log_core::instant::Instant;
use activity_log_core::reader::EventReader;
use activity_log_vk::ports::Ports;

use crate::events::AwsEvents;

/// Tells the time.
pub type Clock = Box<dyn Fn() -> Instant + Send + Sync>;

/// The ports of VK's protocol.
pub struct VkBackend<E, K> {
    /// finds events
    pub events: E,
    /// opens the keys of markers
    pub keys: K,
    /// days events are kept where the account says nothing else
    pub retention_days: u32,
    /// tells the time
    pub clock: Clock,
}

/// The ports in AWS.
pub type AwsVkBackend = VkBackend<AwsEvents, Directory<KmsVault>>;

impl<E: EventReader, K: CursorKeys> Ports for VkBackend<E, K> {
    type Events = E;
    type Keys = K;

    fn events(&self) -> &E {
        &self.events
    }

    fn keys(&self) -> &K {
        &self.keys
    }

    fn retention_days(&self, account: &Account) -> u32 {
        account.retention_days(self.retention_days)
    }

    fn now(&self) -> Instant {
        (self.clock)()
    }
}
