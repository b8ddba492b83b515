//! The reporter: builds reports, and checks and compiles plugins.
//!
//! Driven by a queue of ids ([`activity_log_core::reports::WorkMessage`]), one message an invocation. A report
//! ([`report`]) is built by runs that each own it for a while; a run that nears its deadline keeps its place and
//! sends a message to go on. A plugin ([`check`]) is checked once, at upload. [`handler`] tells the two apart;
//! [`app`] holds what stands behind them, each by a port of its own.

pub mod app;
pub mod check;
pub mod config;
pub mod files;
pub mod handler;
pub mod metrics;
pub mod plugins;
pub mod queue;
pub mod report;
pub mod s3;
