//! Columns of events: their lookup fields, without the records.

mod block;
mod compressed;
pub mod dictionary;
pub mod matching;
mod numbers;
pub mod ranks;
pub mod resources;
mod stored;
mod texts;
mod times;
mod unique;
pub mod valued;

pub use block::{Column, Columns};
pub use compressed::{MAX_PLAIN, decompressed, plain_bytes};

#[cfg(test)]
mod tests;
