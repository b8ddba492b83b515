//! What the checks ask of a store, whatever its layout.

use std::future::Future;

use activity_log_core::account::AccountId;
use activity_log_core::event::Admission;
use activity_log_core::ingest::{Incoming, Outcome};
use activity_log_core::page::{Page, PageRequest, Position};
use activity_log_core::query::Query;

/// A store under test.
pub trait Store {
    /// Whether it tells the sender at once that an event was stored before, and by whom it is believed more.
    const KNOWS_COPIES: bool;

    /// Takes records in; gives what became of each. It must not fail.
    fn take_in(
        &self,
        admission: &Admission,
        records: &[Incoming<'_>],
    ) -> impl Future<Output = Vec<Outcome>>;

    /// Rolls up what there is, if the store is one that is rolled up. Anybody may do that at any moment.
    fn roll_up(&self, account: AccountId) -> impl Future<Output = ()>;

    /// A page, for which no more is read than this.
    fn find(
        &self,
        most: Most,
        account: AccountId,
        query: &Query,
        page: &PageRequest,
    ) -> impl Future<Output = Page>;

    /// Batches of a whole answer.
    fn stream(
        &self,
        most: Most,
        account: AccountId,
        query: &Query,
        wanted: Wanted,
    ) -> impl Future<Output = Streamed>;
}

/// The most that is read at a time.
#[derive(Clone, Copy, Debug)]
pub struct Most {
    /// of requests
    pub requests: usize,
    /// of bytes
    pub bytes: usize,
}

impl Most {
    /// As much as it takes.
    pub const ALL: Self = Self {
        requests: usize::MAX,
        bytes: usize::MAX,
    };
}

/// Which part of a whole answer is wanted.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// what comes after this
    pub after: Option<Position>,
    /// most rows of a batch
    pub max_rows: usize,
    /// at most so many batches
    pub batches: usize,
}

/// Part of a whole answer.
#[derive(Debug)]
pub struct Streamed {
    /// ids and records
    pub rows: Vec<(String, String)>,
    /// the position that was reached; `None` at the end
    pub reached: Option<Position>,
}
