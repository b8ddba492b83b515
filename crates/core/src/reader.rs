//! The port through which protocols read events. What holds it cannot write.

use std::future::Future;

use crate::account::AccountId;
use crate::page::{Page, PageRequest};
use crate::query::Query;

/// The store could not answer; asking again may help.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// the store refused or failed
    #[error("the store of events did not answer")]
    Store(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// the store asked to slow down, and went on doing so
    #[error("the store of events is over its rate")]
    Throttled(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// a stored segment cannot be read
    #[error("segment {key} is damaged")]
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
