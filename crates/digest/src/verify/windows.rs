//! The windows of one digest: whether they fill its period, and whether their counts add up.

use activity_log_core::trail::record::Counts;

use super::digest::Digest;
use crate::document::{LogFile, WindowEntry};
use crate::sign::add_up;

/// What is wrong with a digest's windows. The service signed it all the same: this is a fault of the
/// service, not of who keeps the bucket.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum WindowFault {
    /// there is time in the period that no window has, or two have
    #[error("a window starts at {found}, not at {expected}, where the one before ends")]
    Start {
        /// the end before, or the period's start
        expected: String,
        /// its own
        found: String,
    },
    /// the last window does not end with the period
    #[error("its windows end at {found}, its period at {expected}")]
    End {
        /// the period's end
        expected: String,
        /// the last window's, or the period's start
        found: String,
    },
    /// an event is not accounted for
    #[error(
        "the window that ends at {end}: {} ingested is not {} archived + {} filtered out + {} duplicates",
        counts.ingested, counts.archived, counts.filtered_out, counts.duplicates
    )]
    Counts {
        /// the window's end
        end: String,
        /// as the digest says
        counts: Counts,
    },
    /// archives that are no window's, or the other way round
    #[error("its windows have {windows} archives, it lists {listed}")]
    Archives {
        /// by the windows
        windows: usize,
        /// by the list
        listed: usize,
    },
}

/// All that is wrong with them.
pub fn check(digest: &Digest) -> Vec<WindowFault> {
    let document = &digest.document;
    let windows = &document.activity_log.windows;
    let mut faults = Vec::new();
    let mut expected = &document.digest_start_time;
    for window in windows {
        if window.start != *expected {
            faults.push(WindowFault::Start {
                expected: expected.clone(),
                found: window.start.clone(),
            });
        }
        expected = &window.end;
        if !add_up(&window.counts) {
            faults.push(WindowFault::Counts {
                end: window.end.clone(),
                counts: window.counts,
            });
        }
    }
    if *expected != document.digest_end_time {
        faults.push(WindowFault::End {
            expected: document.digest_end_time.clone(),
            found: expected.clone(),
        });
    }
    let listed = document.log_files.len();
    let all = windows.iter().map(|window| window.archives);
    let windows = all.fold(0, usize::saturating_add);
    if windows != listed {
        faults.push(WindowFault::Archives { windows, listed });
    }
    faults
}

/// Each window with its archives: they are listed window by window.
pub fn archives(digest: &Digest) -> impl Iterator<Item = (&WindowEntry, &[LogFile])> {
    let mut rest = digest.document.log_files.as_slice();
    let windows = digest.document.activity_log.windows.iter();
    windows.map(move |window| {
        let (its, others) = rest.split_at(window.archives.min(rest.len()));
        rest = others;
        (window, its)
    })
}
