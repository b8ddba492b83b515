//! What verifying comes to.

use activity_log_core::instant::Instant;
use activity_log_core::trail::record::Counts;

use super::finding::Finding;
use super::severity::Severity;

/// How many findings there are, and what was verified.
#[derive(Debug, Default)]
pub struct Report {
    notes: u64,
    warnings: u64,
    problems: u64,
    /// how much
    pub totals: Totals,
}

/// How much was verified.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// digests in the bucket
    pub digests: u64,
    /// those that the service signed
    pub valid_digests: u64,
    /// archives that valid digests list
    pub archives: u64,
    /// those that are as listed
    pub valid_archives: u64,
    /// events read from valid archives
    pub events: u64,
    /// windows of valid digests
    pub windows: u64,
    /// sums of the windows' counts
    pub counts: Counts,
    /// start of the first valid digest
    pub from: Option<Instant>,
    /// end of the last valid digest
    pub to: Option<Instant>,
}

impl Report {
    /// Whether nothing is missing, changed, or not as promised.
    pub fn is_valid(&self) -> bool {
        self.count(Severity::Problem) == 0
    }

    /// How many findings are this bad.
    pub const fn count(&self, severity: Severity) -> u64 {
        match severity {
            Severity::Note => self.notes,
            Severity::Warning => self.warnings,
            Severity::Problem => self.problems,
        }
    }

    /// Counts a finding. It is not kept: a bucket can be full of them.
    pub fn add(&mut self, finding: &Finding) {
        let count = match finding.severity() {
            Severity::Note => &mut self.notes,
            Severity::Warning => &mut self.warnings,
            Severity::Problem => &mut self.problems,
        };
        *count += 1;
    }
}

impl Totals {
    /// Adds the counts of a window.
    pub(super) fn add_window(&mut self, counts: &Counts) {
        self.windows += 1;
        let sums = &mut self.counts;
        for (sum, count) in [
            (&mut sums.ingested, counts.ingested),
            (&mut sums.archived, counts.archived),
            (&mut sums.filtered_out, counts.filtered_out),
            (&mut sums.duplicates, counts.duplicates),
            (&mut sums.conflicts, counts.conflicts),
            (&mut sums.expired_parts, counts.expired_parts),
        ] {
            *sum = sum.saturating_add(count);
        }
    }
}
