//! The roll-up over items in memory: deaths at any call, races, random schedules, and the mistakes that these tests must
//! notice.

#![expect(clippy::unwrap_used, reason = "tests")]

mod attacks;
mod deaths;
mod decisions;
mod heads;
mod mutants;
mod port;
mod races;
mod raised;
mod schedule;
mod spread;
mod stage;
mod steps;
mod stored;
mod working;
