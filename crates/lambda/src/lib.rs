//! What every function does the same way: log lines, and configuration from the environment.

pub mod environment;
pub mod logging;
pub mod stack;
