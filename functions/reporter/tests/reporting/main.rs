//! The reporter over memory: every way a report or a check can go.

mod beating;
mod building;
mod cancelling;
mod checking;
mod deployed;
mod failing;
#[path = "../../../../crates/plugin/tests/guest/mod.rs"]
mod guest;
mod hostile;
mod plugged;
mod stage;
mod suspending;
