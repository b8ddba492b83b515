//! Readers over a store in memory, beside a model: random events, batches, roll-ups and merges; random questions.

#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "small random numbers"
)]

mod behind;
mod costs;
mod counts;
mod large;
mod model;
mod pages;
mod racing;
mod rolled;
mod streams;
mod world;
