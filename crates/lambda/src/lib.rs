//! What every function does the same way: log lines, metrics, and configuration from the environment.

pub mod environment;
pub mod logging;
pub mod metrics;
pub mod stack;
