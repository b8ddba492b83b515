//! Makes a dictionary for packs, of sample records that are made up here: nothing in them is anybody's.
//!
//! `cargo run -p activity-log-core --example pack_dictionary > crates/core/src/pack/dictionary-N.zstd`, with N the next
//! version; then say so in `crates/core/src/pack/dictionary.rs`. A dictionary that was ever written with stays as it is.

// Tables, a row a line.
#[rustfmt::skip]
mod calls;
mod cloudtrail;
#[rustfmt::skip]
mod k2;
mod random;
#[rustfmt::skip]
mod vk;

use std::io::Write as _;

use random::Random;

/// Size of a dictionary. 110 KB saves another twentieth, and costs every function's start.
const BYTES: usize = 16 * 1024;
const SAMPLES: usize = 12_000;

fn main() -> std::io::Result<()> {
    let mut random = Random::new(1);
    let samples: Vec<String> = (0..SAMPLES)
        .map(|_| match random.below(20) {
            0..=14 => cloudtrail::record(&mut random),
            15..=17 => k2::record(&mut random),
            _ => vk::record(&mut random),
        })
        .collect();
    if std::env::args().nth(1).as_deref() == Some("samples") {
        for sample in samples.iter().take(200) {
            println!("{sample}");
        }
        return Ok(());
    }
    let dictionary = zstd::dict::from_samples(&samples, BYTES)?;
    std::io::stdout().write_all(&dictionary)
}
