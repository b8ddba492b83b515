//! What the operations on plugins share.

pub mod check;
pub mod create;
pub mod find;
pub mod shape;
