//! What the benchmarks share: real events, ours and the plain way of doing the same.
//!
//! The plain way is what one writes first: a `serde_json::Value` per event, and one item per event.

pub mod archived;
pub mod counting;
pub mod hot;
pub mod item_file;
pub mod measured;
pub mod month;
pub mod plain;
pub mod real;
pub mod reported;
pub mod varied;
