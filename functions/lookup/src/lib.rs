//! The lookup function: every synchronous API of the activity log behind one HTTP API.
//!
//! [`app`] routes plain HTTP requests to the protocols and knows no Lambda; [`handler`] turns
//! Lambda's events into such requests and writes the log; [`backend`] is what stands behind the
//! protocols in AWS, with [`storage`] the customers' buckets; `main` wires the three.

pub mod answered;
pub mod app;
pub mod backend;
pub mod handler;
pub mod storage;
