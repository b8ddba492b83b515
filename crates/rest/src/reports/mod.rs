//! What the operations on reports share.

pub mod body;
pub mod filters;
pub mod find;
pub mod plugin_use;
pub mod shape;
pub mod time;

#[cfg(test)]
mod properties;
