//! A month of one account, simulated: events like the real ones go through the real ingest, roll-up and merge into a
//! store that counts units, and then lookups are made.

pub mod account;
pub mod events;
pub mod formula;
pub mod lookups;
pub mod tables;
mod template;
mod trail;

use template::Template;

use crate::real::RealEvents;

/// How many events there are, and how they come.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// events in 30 days
    pub a_month: u64,
    /// events that come together
    pub batch: usize,
    /// days that are simulated
    pub days: u32,
}

/// What events are made of: the real ones, and two of our making that are rare.
pub struct World {
    templates: Vec<Template>,
    /// how many of them are real
    real: usize,
}

/// A name that [`RARE_EVENTS`] events have, scattered over all days.
pub const RARE_NAME: &str = "RareThing";
/// Two values that are common and meet in [`RARE_EVENTS`] events only.
pub const RARE_PAIR: (&str, &str) = ("GetUser", "ThrottlingException");
/// How many events have what is rare.
pub const RARE_EVENTS: usize = 50;

impl World {
    /// Of these events.
    ///
    /// # Panics
    /// If there is nothing among them to make what is rare of.
    pub fn new(events: &RealEvents) -> Self {
        let mut templates: Vec<Template> = events
            .records
            .iter()
            .map(|record| Template::of(record))
            .collect();
        let real = templates.len();
        let record = |name: &str| {
            let named = format!("\"{name}\"");
            let has = |record: &&String| record.contains(&named) && !record.contains("errorCode");
            let found = events.records.iter().find(has);
            found.expect("a real event of this name").clone()
        };
        let rare = record("GetUser").replacen("\"GetUser\"", &format!("\"{RARE_NAME}\""), 1);
        let code = format!("{{\"errorCode\":\"{}\",", RARE_PAIR.1);
        let pair = record(RARE_PAIR.0).replacen('{', &code, 1);
        templates.extend([rare, pair].map(|record| Template::of(&record)));
        Self { templates, real }
    }
}
