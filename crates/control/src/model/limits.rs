//! Limits of an account that the operator can raise.

use std::fmt;
use std::str::FromStr;

use activity_log_core::{plugins, reports};

use crate::ports::ReportLimits;

/// The most reports, and the most plugin versions, of an account, whatever is set: one transaction of DynamoDB
/// has 100 changes, and one of each may be needed to make room for another.
pub const MOST_KEPT: u32 = 90;

/// The most requests a second that can be set. An item of DynamoDB takes 1,000 additions a second, and that is
/// about how many the instances that serve so many requests need to share them out (see
/// [`Throttle`](crate::Throttle)).
pub const MOST_A_SECOND: u32 = 10_000;

/// What the operator set; `None`: what everyone has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// how many trails
    pub trails: Option<u32>,
    /// how many reports
    pub reports: Option<u32>,
    /// how many reports that are queued or generating
    pub reports_generating: Option<u32>,
    /// how many plugin versions
    pub plugins: Option<u32>,
    /// how many requests a second to look things up and to manage
    pub lookup_rate: Option<u32>,
    /// how many requests a second that bring events
    pub ingest_rate: Option<u32>,
}

/// A limit by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// how many trails an account has
    Trails,
    /// how many reports an account has
    Reports,
    /// how many of them are queued or generating
    ReportsGenerating,
    /// how many plugin versions an account has
    Plugins,
    /// how many requests a second the lookup function answers
    LookupRate,
    /// how many requests a second `POST /v1/events` answers
    IngestRate,
}

/// The word names no limit.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "a limit is `trails`, `reports`, `reports-generating`, `plugins`, `lookup-rate` or `ingest-rate`"
)]
pub struct UnknownLimit;

impl Limit {
    /// Every limit there is.
    pub const ALL: [Self; 6] = [
        Self::Trails,
        Self::Reports,
        Self::ReportsGenerating,
        Self::Plugins,
        Self::LookupRate,
        Self::IngestRate,
    ];

    /// The limit's word, on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Trails => "trails",
            Self::Reports => "reports",
            Self::ReportsGenerating => "reports-generating",
            Self::Plugins => "plugins",
            Self::LookupRate => "lookup-rate",
            Self::IngestRate => "ingest-rate",
        }
    }

    /// What an account has for which nothing is set (the seeds: 2 trails; 5 reports, 2 of them unfinished).
    /// AWS answers 2 lookups a second.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "small constants, beside a test"
    )]
    pub const fn default_value(self) -> u32 {
        match self {
            Self::Trails => 2,
            Self::Reports => reports::STORED as u32,
            Self::ReportsGenerating => reports::GENERATING as u32,
            Self::Plugins => plugins::STORED,
            Self::LookupRate => 100,
            Self::IngestRate => 500,
        }
    }

    /// What more than which cannot be set.
    pub const fn most(self) -> u32 {
        match self {
            Self::Trails => u32::MAX,
            Self::Reports | Self::ReportsGenerating | Self::Plugins => MOST_KEPT,
            Self::LookupRate | Self::IngestRate => MOST_A_SECOND,
        }
    }

    /// What less than which cannot be set: to shut an account out is not what a rate is for.
    pub const fn least(self) -> u32 {
        match self {
            Self::Trails | Self::Reports | Self::ReportsGenerating | Self::Plugins => 0,
            Self::LookupRate | Self::IngestRate => 1,
        }
    }
}

impl Limits {
    /// What the operator set.
    pub const fn set(&self, limit: Limit) -> Option<u32> {
        match limit {
            Limit::Trails => self.trails,
            Limit::Reports => self.reports,
            Limit::ReportsGenerating => self.reports_generating,
            Limit::Plugins => self.plugins,
            Limit::LookupRate => self.lookup_rate,
            Limit::IngestRate => self.ingest_rate,
        }
    }

    /// What holds.
    pub fn value(&self, limit: Limit) -> u32 {
        let value = self.set(limit).unwrap_or(limit.default_value());
        value.clamp(limit.least(), limit.most())
    }

    /// What holds for reports of whoever may have any of the account's make room.
    pub fn reports(&self) -> ReportLimits {
        ReportLimits {
            stored: self.value(Limit::Reports) as usize,
            unfinished: self.value(Limit::ReportsGenerating) as usize,
            own_only: false,
        }
    }

    pub(crate) fn change(&mut self, limit: Limit, value: Option<u32>) {
        match limit {
            Limit::Trails => self.trails = value,
            Limit::Reports => self.reports = value,
            Limit::ReportsGenerating => self.reports_generating = value,
            Limit::Plugins => self.plugins = value,
            Limit::LookupRate => self.lookup_rate = value,
            Limit::IngestRate => self.ingest_rate = value,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_the_domain_s_and_nothing_is_beyond_its_bounds() {
        let mut limits = Limits::default();
        let ReportLimits {
            stored, unfinished, ..
        } = limits.reports();
        assert_eq!((stored, unfinished), (reports::STORED, reports::GENERATING));
        for limit in Limit::ALL {
            assert_eq!(limit.as_str().parse(), Ok(limit));
            assert!(UnknownLimit.to_string().contains(&format!("`{limit}`")));
            assert_eq!(limits.value(limit), limit.default_value());
            limits.change(limit, Some(u32::MAX));
            assert_eq!(limits.value(limit), limit.most());
            limits.change(limit, Some(0));
            assert_eq!(limits.value(limit), limit.least());
            limits.change(limit, Some(u32::MAX));
        }
        assert_eq!(limits.reports().stored, 90);
    }
}
