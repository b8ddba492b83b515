//! Calls of callers who did not show who they are, in memory.

use std::collections::BTreeMap;
use std::ops::Bound;

use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;

use super::InMemory;
use crate::error::StoreError;
use crate::model::due::{Due, Position};
use crate::model::unproven::{Minute, UnprovenCall, Untold, whole};
use crate::ports::{Counted, UnprovenCalls};

#[derive(Debug, Default)]
pub(super) struct State {
    /// by account, minute, and what is counted
    counts: BTreeMap<(AccountId, Minute, String), u64>,
    /// by their place in the order
    untold: BTreeMap<String, Untold>,
}

fn order(minute: Minute, attempt: &UnprovenCall<'_>) -> String {
    let claimed = attempt.claimed;
    let id = claimed.credential.id();
    format!(
        "{:015}#{}#{id}#{}",
        minute.start().millis(),
        claimed.account,
        attempt.place
    )
}

impl UnprovenCalls for InMemory {
    async fn count(
        &self,
        account: AccountId,
        minute: Minute,
        counted: Counted<'_>,
    ) -> Result<u64, StoreError> {
        let mut state = self.state();
        let at = (account, minute, format!("{counted:?}"));
        let count = state.unproven.counts.entry(at).or_default();
        *count += 1;
        Ok(*count)
    }

    async fn add_untold(
        &self,
        minute: Minute,
        attempt: UnprovenCall<'_>,
        anew: bool,
    ) -> Result<bool, StoreError> {
        let mut state = self.state();
        let at = order(minute, &attempt);
        let untold = &mut state.unproven.untold;
        if !anew && !untold.contains_key(&at) {
            return Ok(false);
        }
        let untold = untold.entry(at).or_insert_with(|| Untold {
            minute,
            claimed: attempt.claimed.clone(),
            place: attempt.place,
            calls: BTreeMap::new(),
        });
        let calls = untold.calls.entry(attempt.operation.to_owned());
        *calls.or_default() += 1;
        Ok(true)
    }

    async fn untold(
        &self,
        over: Instant,
        after: Option<&Position>,
        most: usize,
    ) -> Result<Due<Untold>, StoreError> {
        let state = self.state();
        let from = after.map_or(Bound::Unbounded, |after| Bound::Excluded(after.0.clone()));
        let rest = state.unproven.untold.range((from, Bound::Unbounded));
        let mut rest = rest.filter(|(_, untold)| untold.minute.end() < over);
        let page: Vec<_> = rest.by_ref().take(most).collect();
        let next = page.last().filter(|_| rest.next().is_some());
        let next = next.map(|(at, _)| Position((*at).clone()));
        let page = page.into_iter().map(|(at, one)| (at.clone(), one.clone()));
        let (page, next) = whole(page.collect(), next);
        Ok(Due::of(page.into_iter().map(|(_, one)| Ok(one)), next))
    }

    async fn forget_untold(&self, untold: &Untold) -> Result<(), StoreError> {
        let mut state = self.state();
        state.unproven.untold.retain(|_, one| one != untold);
        Ok(())
    }
}
