//! Each mistake that the design knows, made: the schedules must notice it.

use crate::port::Wrong;
use crate::schedule::{Mistake, run};

/// Schedules a mistake may go unnoticed in.
const PATIENCE: u64 = 30;

fn must_be_noticed(mistake: Mistake) {
    let noticed = (0..PATIENCE).find_map(|seed| Some((seed, run(seed, Some(mistake)).err()?)));
    let (seed, error) = noticed.unwrap_or_else(|| panic!("{mistake:?} was not noticed"));
    println!("{mistake:?}: schedule {seed}: {error}");
}

#[test]
fn an_open_window_rolled_up_is_noticed() {
    must_be_noticed(Mistake::OpenWindow);
}

#[test]
fn a_commit_after_the_deadline_is_noticed() {
    must_be_noticed(Mistake::CommitLate);
}

#[test]
fn copies_looked_for_within_a_run_only_are_noticed() {
    must_be_noticed(Mistake::Port(Wrong::HidesBlocks));
}

#[test]
fn runs_named_by_their_slots_are_noticed() {
    must_be_noticed(Mistake::NamedBySlots);
}

#[test]
fn a_head_written_blindly_is_noticed() {
    must_be_noticed(Mistake::Port(Wrong::BlindHead));
}

#[test]
fn arrivals_that_expire_early_are_noticed() {
    must_be_noticed(Mistake::ShortArrivals);
}

#[test]
fn replaced_blocks_dropped_at_once_are_noticed() {
    must_be_noticed(Mistake::Port(Wrong::DropsReplaced));
}

#[test]
fn blocks_of_an_older_head_than_the_watermark_are_noticed() {
    must_be_noticed(Mistake::OlderHead);
}
