//! The lookup function: every synchronous API of the activity log behind one HTTP API.
//!
//! [`app`] routes plain HTTP requests to the protocols and knows no Lambda; [`handler`] turns
//! Lambda's events into such requests and writes the log, [`metrics`] in it; [`backend`] is what stands behind the
//! CloudTrail protocol in AWS, with [`storage`] the customers' buckets, and [`rest`] what stands behind our REST
//! API; all of them read the same [`events`]. `main` reads the [`config`] and wires them. Lookups end [`in_time`].

pub mod answered;
pub mod app;
pub mod backend;
pub mod calls;
pub mod config;
pub mod events;
pub mod handler;
pub mod in_time;
mod logs;
pub mod metrics;
pub mod rest;
pub mod storage;
pub mod tick;
pub mod vk;
