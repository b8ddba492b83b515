//! Tells an account what was left out of its log: conflicts are kept in the head, with the step that dropped them, until
//! they are told. So a worker that dies in between leaves them to the next.

use std::future::Future;

use super::{RollupError, head, replace};
use crate::account::AccountId;
use crate::head::{Head, Untold};
use crate::ingest::Clock;
use crate::items::{ItemReader, ItemWriter};

/// Tells an account's log.
pub trait Tell: Sync {
    /// Tells of conflicts; whether it is done. The same may have to be told again, and must be one event then.
    fn tell(&self, account: AccountId, untold: &Untold) -> impl Future<Output = bool> + Send;
}

impl<F: Fn(AccountId, &Untold) -> bool + Sync> Tell for F {
    async fn tell(&self, account: AccountId, untold: &Untold) -> bool {
        self(account, untold)
    }
}

/// Tells what is untold; how much still is.
pub(super) async fn tell_all<S: ItemReader + ItemWriter>(
    store: &S,
    account: AccountId,
    tell: &impl Tell,
    clock: &impl Clock,
) -> Result<usize, RollupError> {
    let head = head(store, account).await?;
    let (all, mut told) = (head.untold.clone(), Vec::new());
    for untold in &all {
        if tell.tell(account, untold).await {
            told.push(untold);
        }
    }
    if !told.is_empty() {
        replace(store, account, head, |head| without(head, &told), clock).await?;
    }
    Ok(all.len() - told.len())
}

/// The head without what is told; `None` if somebody else has told it.
fn without(head: &Head, told: &[&Untold]) -> Option<Head> {
    let mut next = head.clone();
    // One that has grown meanwhile is another.
    next.untold.retain(|untold| !told.contains(&untold));
    (next.untold.len() < head.untold.len()).then_some(next)
}
