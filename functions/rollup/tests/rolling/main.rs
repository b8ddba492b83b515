//! Ticks and messages of the roll-up, over memory and a clock that the test moves.

mod claims;
mod jobs;
mod stage;
mod ticks;
