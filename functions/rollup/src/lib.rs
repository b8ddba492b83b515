//! The roll-up: makes of what arrived the runs and indexes that readers look into.
//!
//! Every minute the schedule's tick ([`tick`]) looks at each account, cheaply, and sends a message for each of which
//! something is due. A message ([`job`]) does all that is due of its account, and of an account that is busy asks for itself
//! again ten seconds later. What rolling up is, [`activity_log_core::rollup`] knows; here it is a port ([`rolls`]), and
//! [`stored`] puts it over a store. [`handler`] tells ticks from messages; [`app`] holds what stands behind them.

pub mod app;
mod claimed;
pub mod config;
pub mod handler;
pub mod job;
pub mod metrics;
pub mod queue;
pub mod rolls;
pub mod stored;
pub mod tick;
