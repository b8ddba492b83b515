//! Lookups of events: what is asked, how it is found, and what is answered.

pub mod body;
pub mod search;
pub mod shape;
