//! The ports through which protocols read and count events. What holds them cannot write.

use std::future::Future;

use crate::account::AccountId;
use crate::page::{Page, PageRequest};
use crate::query::Query;
use crate::read::{CountRequest, Counts};

/// The store could not answer; asking again may help.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// the store refused or failed
    #[error("the store of events did not answer")]
    Store(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// the store asked to slow down, and went on doing so
    #[error("the store of events is over its rate")]
    Throttled(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// an item cannot be read
    #[error("item {key} is damaged")]
    Damaged {
        /// which one
        key: String,
        /// what is wrong with it
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// Finds an account's events.
pub trait EventReader: Send + Sync {
    /// The page of `query`'s answer that `page` asks for, newest first.
    ///
    /// Pages of any size, taken one after the other with `Page::next`, give each matching event
    /// exactly once, also while events arrive.
    fn find(
        &self,
        account: AccountId,
        query: &Query,
        page: &PageRequest,
    ) -> impl Future<Output = Result<Page, ReadError>> + Send;
}

/// Counts an account's events.
pub trait EventCounter: Send + Sync {
    /// Counts the events of a query by time, newest first, as far as it takes not too long ([`Counts::next`]).
    ///
    /// Of an event that is stored twice, as a row of a higher rank came behind one of a lower, both rows are counted
    /// once they are rolled up: row sets do not tell which rows are of one event.
    fn counts(
        &self,
        account: AccountId,
        query: &Query,
        request: &CountRequest,
    ) -> impl Future<Output = Result<Counts, ReadError>> + Send;
}
