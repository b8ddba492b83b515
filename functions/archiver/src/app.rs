//! What stands behind the function.

use activity_log_archive::uploads::Uploads;
use activity_log_archive::writer::Sizes;
use activity_log_control::{Accounts, TrailArchive};
use activity_log_core::instant::Instant;
use activity_log_core::items::{ItemReader, ItemWriter};
use activity_log_lambda::heartbeat::Hide;

use crate::queue::Queue;
use crate::signer::Signer;

/// The ports of the function.
pub trait Ports: Send + Sync {
    /// reads what was ingested; writes down what is a copy of what is not rolled up
    type Events: ItemReader + ItemWriter;
    /// trails and how far they are archived
    type Trails: TrailArchive + Clone + 'static;
    /// accounts' retention
    type Accounts: Accounts;
    /// customers' buckets
    type Uploads: Uploads;
    /// signs digests
    type Signer: Signer;
    /// one message for each trail
    type Queue: Queue + Hide;

    /// The store of events.
    fn events(&self) -> &Self::Events;
    /// The trails.
    fn trails(&self) -> &Self::Trails;
    /// The accounts.
    fn accounts(&self) -> &Self::Accounts;
    /// Customers' buckets.
    fn uploads(&self) -> &Self::Uploads;
    /// The signer of digests.
    fn signer(&self) -> &Self::Signer;
    /// The queue of trails.
    fn queue(&self) -> &Self::Queue;
}

/// The function's parts put together.
pub struct App<P> {
    /// what stands behind it
    pub ports: P,
    /// the region, in keys
    pub region: String,
    /// days events are kept where the account says nothing else
    pub retention_days: u32,
    /// how large things may get
    pub sizes: Sizes,
    /// the dimension of the metrics
    pub function_name: String,
    /// tells the time
    pub clock: Box<dyn Fn() -> Instant + Send + Sync>,
}

impl<P> App<P> {
    /// The time.
    pub fn now(&self) -> Instant {
        (self.clock)()
    }
}
