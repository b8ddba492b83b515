//! `alog report` and `alog plugin`, the program itself, against our REST API on a socket: the crate that serves it,
//! over everything in memory.

mod events;
mod files;
mod http1;
mod plugins;
mod reports;
mod service;
mod stage;
mod wrong;
