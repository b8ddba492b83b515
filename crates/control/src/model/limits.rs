//! Limits of an account that the operator can raise.

use std::fmt;
use std::str::FromStr;

/// What the operator set; `None`: what everyone has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// how many trails
    pub trails: Option<u32>,
}

/// A limit by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// how many trails an account has
    Trails,
}

/// The word names no limit.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a limit is `trails`")]
pub struct UnknownLimit;

impl Limit {
    /// Every limit there is.
    pub const ALL: [Self; 1] = [Self::Trails];

    /// The limit's word, on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Trails => "trails",
        }
    }

    /// What an account has for which nothing is set (the seeds: 2 trails).
    pub const fn default_value(self) -> u32 {
        match self {
            Self::Trails => 2,
        }
    }
}

impl Limits {
    /// What the operator set.
    pub const fn set(&self, limit: Limit) -> Option<u32> {
        match limit {
            Limit::Trails => self.trails,
        }
    }

    /// What holds.
    pub fn value(&self, limit: Limit) -> u32 {
        self.set(limit).unwrap_or(limit.default_value())
    }

    pub(crate) fn change(&mut self, limit: Limit, value: Option<u32>) {
        match limit {
            Limit::Trails => self.trails = value,
        }
    }
}

impl FromStr for Limit {
    type Err = UnknownLimit;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|limit| limit.as_str() == word)
            .ok_or(UnknownLimit)
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
