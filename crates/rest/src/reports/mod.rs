//! What the operations on reports share.

pub mod body;
pub mod find;
pub mod plugin_use;
pub mod range;
pub mod shape;

#[cfg(test)]
mod properties;
