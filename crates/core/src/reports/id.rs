//! Ids of reports and plugins.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::instant::Instant;

/// A report's id: a UUID of version 7, in lower case, so that a later one sorts after an earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ReportId(Uuid);

/// The text is no such id.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("an id is a UUID in lower case, such as 01939c1e-7b5a-7000-8000-0123456789ab")]
pub struct InvalidReportId;

impl ReportId {
    /// The id for this time and these random bits.
    pub fn new(now: Instant, random: [u8; 10]) -> Self {
        let millis = u64::try_from(now.millis()).unwrap_or(0);
        Self(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
    }
}

impl FromStr for ReportId {
    type Err = InvalidReportId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let id = Uuid::try_parse(text).map_err(|_| InvalidReportId)?;
        if id.to_string() == text {
            Ok(Self(id))
        } else {
            Err(InvalidReportId)
        }
    }
}

impl TryFrom<String> for ReportId {
    type Error = InvalidReportId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<ReportId> for String {
    fn from(id: ReportId) -> Self {
        id.to_string()
    }
}

impl fmt::Display for ReportId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_time_and_are_read_strictly() {
        let early = ReportId::new(Instant::from_seconds(1), [255; 10]);
        let late = ReportId::new(Instant::from_seconds(2), [0; 10]);
        assert!(early < late && early.to_string() < late.to_string());
        assert_eq!(early.to_string().parse(), Ok(early));
        let upper = early.to_string().to_uppercase();
        for bad in ["", "1", "../x", upper.as_str()] {
            assert_eq!(bad.parse::<ReportId>(), Err(InvalidReportId), "{bad}");
        }
    }
}
