//! What the functions do the same way: log lines, metrics, configuration from the environment, and heartbeats.

pub mod environment;
pub mod heartbeat;
pub mod logging;
pub mod metrics;
pub mod queue;
pub mod sqs;
pub mod stack;
