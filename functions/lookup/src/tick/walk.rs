//! A walk through all entries of a kind, page by page, until its time is over.

use std::time::Duration;

use activity_log_control::{BoxError, Due, Position, StoreError};
use activity_log_core::causes::chain;
use activity_log_core::instant::{Instant, SECOND};
use activity_log_core::page::Deadline;
use futures::{StreamExt as _, stream};

/// Entries looked at at once.
pub(super) const PAGE: usize = 100;
/// The longest that a page, or an entry, is waited for: whatever does not answer must not take the time of the rest. An
/// entry that was told and not forgotten is told again, as the same event.
pub(super) const LONGEST: Duration = Duration::from_secs(3);

/// A kind of entries.
pub(super) trait Telling {
    type Entry;

    async fn page(&self, after: Option<&Position>) -> Result<Due<Self::Entry>, StoreError>;

    /// `false`: there is nobody to be told, and the entry is forgotten
    async fn tell(&self, entry: &Self::Entry) -> Result<bool, BoxError>;

    /// since when it waits
    fn since(entry: &Self::Entry) -> Instant;
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Walked {
    pub told: u64,
    pub forgotten: u64,
    pub untold: u64,
    pub oldest_seconds: u64,
}

/// It was waited for no longer.
#[derive(Debug, thiserror::Error)]
#[error("it took over {LONGEST:?}")]
struct TookTooLong;

/// Tells what is due, `at_once` entries at a time. Nothing is begun when the time is over, and nothing but that ends the
/// walk: entries that fail, however many, keep none behind them back.
pub(super) async fn walk<T: Telling>(
    telling: &T,
    now: Instant,
    at_once: usize,
    until: &Deadline,
) -> Result<Walked, BoxError> {
    let (mut walked, mut after) = (Walked::default(), None);
    while !until.is_over() {
        let page = tokio::time::timeout(LONGEST, telling.page(after.as_ref())).await;
        let due = page.map_err(|_| TookTooLong)??;
        for error in &due.unreadable {
            walked.untold += 1;
            tracing::error!(
                error = chain(error),
                "an entry that nobody can read is untold"
            );
        }
        let each = due.entries.iter().map(async |entry| {
            // It is told by the next tick, and is no failure.
            if until.is_over() {
                return None;
            }
            let told = tokio::time::timeout(LONGEST, telling.tell(entry)).await;
            Some((entry, told.unwrap_or_else(|_| Err(TookTooLong.into()))))
        });
        let mut each = stream::iter(each).buffer_unordered(at_once);
        while let Some(told) = each.next().await {
            if let Some((entry, told)) = told {
                walked.count(told, now, T::since(entry));
            }
        }
        after = due.next;
        if after.is_none() {
            break;
        }
    }
    Ok(walked)
}

impl Walked {
    fn count(&mut self, told: Result<bool, BoxError>, now: Instant, since: Instant) {
        match told {
            Ok(true) => self.told += 1,
            Ok(false) => self.forgotten += 1,
            Err(error) => {
                let waited = (now.millis() - since.millis()) / SECOND;
                let waited = u64::try_from(waited).unwrap_or(0);
                self.untold += 1;
                self.oldest_seconds = self.oldest_seconds.max(waited);
                tracing::error!(
                    error = chain(&*error),
                    waited_seconds = waited,
                    "an entry is untold"
                );
            }
        }
    }

    /// Both together.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            told: self.told + other.told,
            forgotten: self.forgotten + other.forgotten,
            untold: self.untold + other.untold,
            oldest_seconds: self.oldest_seconds.max(other.oldest_seconds),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicI64, Ordering::SeqCst};

    use super::*;

    const NOW: Instant = Instant::from_seconds(1_795_176_000);

    /// One page of numbers: each takes a second of the clock, or fails, or is never told.
    struct Numbers {
        entries: Vec<i64>,
        clock: Arc<AtomicI64>,
        fails: fn(i64) -> bool,
        hangs: fn(i64) -> bool,
    }

    impl Numbers {
        fn new(count: i64) -> Self {
            Self {
                entries: (0..count).collect(),
                clock: Arc::new(AtomicI64::new(NOW.millis())),
                fails: |_| false,
                hangs: |_| false,
            }
        }

        async fn walk(&self, ms: i64) -> Walked {
            let clock = Arc::clone(&self.clock);
            let clock = Arc::new(move || Instant::from_millis(clock.load(SeqCst)));
            let until = Deadline::new(NOW.plus_millis(ms), clock);
            walk(self, NOW, 4, &until).await.unwrap()
        }
    }

    impl Telling for Numbers {
        type Entry = i64;

        async fn page(&self, after: Option<&Position>) -> Result<Due<i64>, StoreError> {
            assert!(after.is_none());
            Ok(Due {
                entries: self.entries.clone(),
                unreadable: Vec::new(),
                next: None,
            })
        }

        async fn tell(&self, number: &i64) -> Result<bool, BoxError> {
            if (self.hangs)(*number) {
                std::future::pending::<()>().await;
            }
            if (self.fails)(*number) {
                return Err("it was told to fail".into());
            }
            self.clock.fetch_add(SECOND, SeqCst);
            Ok(true)
        }

        fn since(number: &i64) -> Instant {
            NOW.plus_millis(-number * SECOND)
        }
    }

    #[tokio::test]
    async fn nothing_is_begun_when_the_time_is_over() {
        let walked = Numbers::new(50).walk(7 * SECOND).await;
        let expected = Walked {
            told: 7,
            ..Walked::default()
        };
        assert_eq!(walked, expected);
        assert_eq!(Numbers::new(50).walk(0).await, Walked::default());
    }

    #[tokio::test(start_paused = true)]
    async fn what_does_not_answer_is_not_waited_for() {
        let numbers = Numbers {
            hangs: |number| number == 2,
            ..Numbers::new(6)
        };
        let expected = Walked {
            told: 5,
            untold: 1,
            oldest_seconds: 2,
            ..Walked::default()
        };
        assert_eq!(numbers.walk(10 * SECOND).await, expected);
    }

    #[tokio::test]
    async fn entries_that_fail_keep_none_behind_them_back() {
        let numbers = Numbers {
            fails: |number| number < 95,
            ..Numbers::new(100)
        };
        let expected = Walked {
            told: 5,
            untold: 95,
            oldest_seconds: 94,
            ..Walked::default()
        };
        assert_eq!(numbers.walk(10 * SECOND).await, expected);
    }
}
