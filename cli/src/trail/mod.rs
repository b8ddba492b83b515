//! `alog trail …`: how trails get on, and whether what they delivered is whole.

mod bucket;
mod public_keys;
mod report;
pub mod status;
pub mod verify;

use clap::Subcommand;

/// What to do with trails.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show how trails get on: what is delivered, what waits, what fails
    Status(status::Arguments),
    /// Verify that what a trail delivered is all there, unchanged, and once
    Verify(Box<verify::Arguments>),
}
