//! Counting what became of the records.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::reply::Status;
use crate::logs::record::Record;

/// The counts, and the reasons with their first example.
#[derive(Debug, Default)]
pub struct Tally {
    accepted: usize,
    duplicate: usize,
    rejected: usize,
    failed: usize,
    reasons: BTreeMap<Reason, Group>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Reason {
    Rejected { field: String, rule: String },
    Failed(String),
}

#[derive(Debug)]
struct Group {
    count: usize,
    /// The first in the order of files, not of answers: the same from run to run.
    first: Option<(String, usize)>,
}

impl Tally {
    /// Counts a batch that was answered.
    pub fn count(&mut self, records: &[Record], statuses: Vec<Status>) {
        for (record, status) in records.iter().zip(statuses) {
            let reason = match status {
                Status::Accepted => {
                    self.accepted += 1;
                    continue;
                }
                Status::Duplicate => {
                    self.duplicate += 1;
                    continue;
                }
                Status::Rejected { field, rule } => {
                    self.rejected += 1;
                    Reason::Rejected { field, rule }
                }
                Status::Failed(why) => {
                    self.failed += 1;
                    Reason::Failed(why)
                }
            };
            let place = (record.file.display().to_string(), record.index);
            self.group(reason, 1, Some(place));
        }
    }

    /// Counts what of `all` records was not counted yet as failed.
    pub fn rest_failed(&mut self, all: usize, why: &str) {
        let counted = self.accepted + self.duplicate + self.rejected + self.failed;
        let rest = all - counted;
        if rest > 0 {
            self.failed += rest;
            self.group(Reason::Failed(why.to_owned()), rest, None);
        }
    }

    fn group(&mut self, reason: Reason, count: usize, place: Option<(String, usize)>) {
        let group = self.reasons.entry(reason).or_insert(Group {
            count: 0,
            first: None,
        });
        group.count += count;
        group.first = match (group.first.take(), place) {
            (Some(first), Some(place)) => Some(first.min(place)),
            (first, place) => first.or(place),
        };
    }

    /// Whether every record is stored.
    pub fn is_clean(&self) -> bool {
        self.rejected == 0 && self.failed == 0
    }

    /// `accepted 3, duplicate 2, rejected 1`, and `failed 1` if any did.
    pub fn totals(&self) -> String {
        let mut text = format!(
            "accepted {}, duplicate {}, rejected {}",
            self.accepted, self.duplicate, self.rejected
        );
        if self.failed > 0 {
            // Writing to a String cannot fail.
            let _ = write!(text, ", failed {}", self.failed);
        }
        text
    }

    /// A line for each reason, then the totals.
    pub fn report(&self) -> String {
        let mut text = String::new();
        for (reason, group) in &self.reasons {
            let count = group.count;
            let _ = match reason {
                Reason::Rejected { field, rule } => {
                    write!(text, "rejected {count}: {field} {rule}")
                }
                Reason::Failed(why) => write!(text, "failed {count}: {why}"),
            };
            let _ = match &group.first {
                Some((file, index)) => writeln!(text, " (first: {file}, event {index})"),
                None => writeln!(text),
            };
        }
        text + &self.totals() + "\n"
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use super::*;

    fn records(file: &str, count: usize) -> Vec<Record> {
        let file = Arc::from(Path::new(file));
        (0..count)
            .map(|index| Record::new(&file, index, "{}"))
            .collect()
    }

    fn too_old() -> Status {
        Status::Rejected {
            field: "eventTime".to_owned(),
            rule: "is older than 30 days".to_owned(),
        }
    }

    #[test]
    fn reasons_are_grouped_with_their_first_example() {
        let mut tally = Tally::default();
        let required = Status::Rejected {
            field: "eventName".to_owned(),
            rule: "is required".to_owned(),
        };
        tally.count(
            &records("b.json", 3),
            vec![too_old(), Status::Accepted, required],
        );
        tally.count(
            &records("a.json", 3),
            vec![Status::Duplicate, too_old(), too_old()],
        );
        assert!(!tally.is_clean());
        assert_eq!(
            tally.report(),
            "rejected 1: eventName is required (first: b.json, event 2)\n\
             rejected 3: eventTime is older than 30 days (first: a.json, event 1)\n\
             accepted 1, duplicate 1, rejected 4\n"
        );
    }

    #[test]
    fn what_was_not_sent_failed() {
        let mut tally = Tally::default();
        tally.count(
            &records("a.json", 2),
            vec![Status::Accepted, Status::Failed("HTTP 503".into())],
        );
        tally.rest_failed(5, "not sent");
        assert_eq!(
            tally.report(),
            "failed 1: HTTP 503 (first: a.json, event 1)\n\
             failed 3: not sent\n\
             accepted 1, duplicate 0, rejected 0, failed 4\n"
        );
    }

    #[test]
    fn all_stored_is_one_line() {
        let mut tally = Tally::default();
        tally.count(
            &records("a.json", 2),
            vec![Status::Accepted, Status::Duplicate],
        );
        tally.rest_failed(2, "not sent");
        assert!(tally.is_clean());
        assert_eq!(tally.report(), "accepted 1, duplicate 1, rejected 0\n");
    }
}
