//! What stands behind the function.

use activity_log_calls::{CallLog, Recorder};
use activity_log_control::{AccountList, Accounts};
use activity_log_core::instant::Instant;
use activity_log_lambda::heartbeat::Hide;

use crate::queue::Queue;
use crate::rolls::Rolls;

/// The ports of the function.
pub trait Ports: Send + Sync {
    /// which accounts there are, and how long they keep events
    type Accounts: AccountList + Accounts;
    /// rolls up
    type Rolls: Rolls;
    /// one message for each account
    type Queue: Queue + Hide;
    /// tells accounts what was left out of their logs
    type Calls: CallLog;

    /// The accounts.
    fn accounts(&self) -> &Self::Accounts;
    /// The roll-up.
    fn rolls(&self) -> &Self::Rolls;
    /// The queue.
    fn queue(&self) -> &Self::Queue;
    /// The accounts' logs.
    fn recorder(&self) -> &Recorder<Self::Calls>;
}

/// The function's parts put together.
pub struct App<P> {
    /// what stands behind it
    pub ports: P,
    /// days events are kept where the account says nothing else
    pub retention_days: u32,
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
