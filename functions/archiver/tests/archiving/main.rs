//! What the archiver promises, over stores in memory and time that the test moves.

mod buckets;
mod cleaning;
mod counts;
mod owners;
mod races;
mod stage;
mod steps;
mod subscription;
mod trails;
mod windows;
