//! What stands behind the function.

use std::sync::OnceLock;

use activity_log_control::vault::{Seal, Unseal};
use activity_log_control::{Accounts, PluginReader, PluginWriter, ReportWork};
use activity_log_core::instant::Instant;
use activity_log_core::items::ItemReader;
use activity_log_core::read::Events;
use activity_log_lambda::heartbeat::Hide;
use activity_log_plugin::{Compiled, Engine, EngineError, Limits, Refusal};

use crate::files::Files;
use crate::queue::Queue;

/// The ports of the function.
pub trait Ports: Send + Sync {
    /// reads what is stored of events; writes nothing
    type Items: ItemReader;
    /// accounts' retention
    type Accounts: Accounts;
    /// reports, claimed and changed
    type Reports: ReportWork + Clone + 'static;
    /// plugin versions
    type Plugins: PluginReader + PluginWriter;
    /// authenticates compiled plugins
    type Vault: Seal + Unseal;
    /// the stack's own bucket
    type Files: Files;
    /// goes on later
    type Queue: Queue + Hide;

    /// The events.
    fn events(&self) -> &Events<Self::Items>;
    /// The accounts.
    fn accounts(&self) -> &Self::Accounts;
    /// The reports.
    fn reports(&self) -> &Self::Reports;
    /// The plugins.
    fn plugins(&self) -> &Self::Plugins;
    /// The vault.
    fn vault(&self) -> &Self::Vault;
    /// The bucket.
    fn files(&self) -> &Self::Files;
    /// The queue.
    fn queue(&self) -> &Self::Queue;
}

/// How large things may get, and how long a run goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// least bytes of an upload's part; S3 takes no part under 5 MiB but the last
    pub part_bytes: usize,
    /// most bytes of a report's file
    pub report_bytes: u64,
    /// most bytes a workbook may have on disk
    pub disk_bytes: u64,
    /// most rows taken at once
    pub batch_rows: usize,
    /// how long before its end an invocation stops to build, in milliseconds
    pub margin_ms: i64,
}

/// Compiles a component: in the function in a child process, in tests in this one.
pub type Compile = dyn Fn(&[u8], &Limits) -> Result<Compiled, Refusal> + Send + Sync;

/// The function's parts put together.
pub struct App<P> {
    /// what stands behind it
    pub ports: P,
    /// days events are kept where the account says nothing else
    pub retention_days: u32,
    /// how large things may get
    pub sizes: Sizes,
    /// of plugins
    pub limits: Limits,
    /// makes compiled forms
    pub compile: Box<Compile>,
    /// the dimension of the metrics
    pub function_name: String,
    /// tells the time
    pub clock: Box<dyn Fn() -> Instant + Send + Sync>,
    /// made when the first plugin is run
    pub engine: OnceLock<Engine>,
}

impl<P> App<P> {
    /// The time.
    pub fn now(&self) -> Instant {
        (self.clock)()
    }

    /// Runs plugins.
    pub fn engine(&self) -> Result<&Engine, EngineError> {
        if let Some(engine) = self.engine.get() {
            return Ok(engine);
        }
        let engine = Engine::new(self.limits.clone())?;
        Ok(self.engine.get_or_init(|| engine))
    }
}
