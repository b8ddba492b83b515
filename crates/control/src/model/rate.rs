//! The rates that are limited.

use std::fmt;

use crate::model::limits::{Limit, Limits};

/// What an account may do so often a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Rate {
    /// a request to the lookup function, whatever it asks for
    Lookup,
    /// a request that brings events: `POST /v1/events`
    Ingest,
}

impl Rate {
    /// The rate's word, as its counters are stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Lookup => "lookup",
            Self::Ingest => "ingest",
        }
    }

    /// How often a second, of an account with these limits.
    pub fn a_second(self, limits: &Limits) -> u32 {
        match self {
            Self::Lookup => limits.value(Limit::LookupRate),
            Self::Ingest => limits.value(Limit::IngestRate),
        }
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
