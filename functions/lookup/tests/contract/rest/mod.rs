//! Signed requests to our REST API. Every answer is compared with `docs/openapi.json`.

mod access;
pub mod api;
mod counts;
mod deletion;
mod document;
mod download;
pub mod files;
mod hostile;
mod limits;
mod lookup;
mod plugins;
mod plugins_refused;
pub mod queue;
mod reports;
mod reports_refused;
pub mod rival;
