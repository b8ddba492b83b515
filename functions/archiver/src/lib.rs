//! The archiver: every five minutes, every trail's sealed windows into its bucket, and every hour a
//! signed digest of them.
//!
//! The schedule's tick ([`tick`]) sends one message for each trail; a message ([`delivery`]) takes the
//! trail's steps one after the other ([`activity_log_core::trail::progress`]). So a trail whose bucket
//! fails, or that has much to archive, delays no other. The tick also deletes what deleted trails left ([`cleaning`]). [`handler`] tells the two apart; [`app`] holds
//! what stands behind them, each by a port of its own.

pub mod app;
pub mod bucket;
mod claimed;
pub mod cleaning;
pub mod config;
pub mod delivery;
pub mod digests;
pub mod handler;
pub mod metrics;
pub mod queue;
pub mod signer;
pub mod tick;
