//! Counts of events: what is asked, and what is answered.

pub mod body;
pub mod shape;
mod width;
