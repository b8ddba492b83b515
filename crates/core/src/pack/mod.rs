//! Packs: records as they came, with how they came, compressed together with a dictionary of ours.
//!
//! An arrival (L0) is a pack under [`items::key::arrivals`](crate::items::key::arrivals); a frame (L1) is a pack of up to
//! [`FRAME_ROWS`] rows of a run.

mod arrival;
mod codec;
mod dictionary;

use crate::instant::MINUTE;

pub use arrival::{ARRIVAL_LIFE_MS, Arrival, ArrivalDraft, is_late};
pub use codec::{MAX_PLAIN_BYTES, Pack, PackEncoder, PackRow, encoder_version};

/// An arrival older than its slot's start by more than this is late.
pub const ON_TIME_MS: i64 = 5 * MINUTE;
/// Rows of a frame.
pub const FRAME_ROWS: u32 = 64;
/// Rows of a part of a run: what one item of columns holds, and one partition of frames.
pub const PART_ROWS: u32 = 1_024;
