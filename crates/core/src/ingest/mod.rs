//! Takes records in: checks each, and stores what passes as arrivals (L0).

mod arrive;
mod clock;
mod intake;
mod ordinals;

use std::error::Error;

use crate::event::Rejection;
use crate::origin::Origin;

pub use arrive::arrive;
pub use clock::{Clock, Until};
pub use ordinals::Ordinals;

/// How long before its end nothing is begun, in milliseconds: a write takes some tens. What is still being written then
/// has the rest.
pub const LAST_BEGIN_MS: i64 = 2_000;

/// A record as it came in.
#[derive(Clone, Copy, Debug)]
pub struct Incoming<'a> {
    /// JSON text
    pub text: &'a str,
    /// which body it came in, of those stored together
    pub body: usize,
    /// how it came
    pub origin: &'a Origin,
}

impl<'a> Incoming<'a> {
    /// The records of a single body, which came from `origin`.
    pub fn of_one_body(records: &[&'a str], origin: &'a Origin) -> Vec<Self> {
        let of_body = |text: &&'a str| Self {
            text,
            body: 0,
            origin,
        };
        records.iter().map(of_body).collect()
    }
}

/// What became of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// it is stored
    Accepted,
    /// it was stored before, or stands twice in the batch
    Duplicate,
    /// it breaks a rule and is not stored
    Rejected(Rejection),
    /// it could not be stored now; sending it again is right and safe
    Failed,
}

/// A record's id, where it is known, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// the event's id: its own, or the one it was given
    pub id: Option<String>,
    /// what became of it
    pub outcome: Outcome,
}

/// What became of a batch.
#[derive(Debug)]
pub struct Ingested {
    /// one a record, in their order
    pub receipts: Vec<Receipt>,
    /// what went wrong on our side, for the log
    pub errors: Vec<Box<dyn Error + Send + Sync>>,
}
