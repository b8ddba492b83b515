//! Refused calls that got no event of their own become one event for each minute and key.

use activity_log_calls::RefusedTogether;
use activity_log_control::{BoxError, Due, Position, StoreError, UnprovenCalls as _, Untold};
use activity_log_core::instant::{Instant, MINUTE};

use super::keys::Keys;
use super::walk::Telling;
use crate::app::{App, Ports};

/// How long after its end a minute is told: longer than any function that answers requests may run, so that none counts
/// a call in it that is told already.
const PATIENCE_MS: i64 = MINUTE;
/// Entries looked at at once. Those of a minute and key come together, and are about a hundred at most.
const PAGE: usize = 500;

/// What is to be told together now.
pub(super) struct Refused<'a, P: Ports> {
    pub app: &'a App<P>,
    pub now: Instant,
    pub keys: &'a Keys<'a, P>,
}

/// Calls of a minute and key, and the entries they are counted in.
pub(super) struct Group {
    together: RefusedTogether,
    entries: Vec<Untold>,
}

impl<P: Ports> Telling for Refused<'_, P> {
    type Entry = Group;

    async fn page(&self, after: Option<&Position>) -> Result<Due<Group>, StoreError> {
        let over = self.now.plus_millis(-PATIENCE_MS);
        let due = self.app.unproven.untold(over, after, PAGE).await?;
        let mut groups: Vec<Group> = Vec::new();
        for entry in due.entries {
            match groups.last_mut() {
                Some(group) if group.together.has(&entry) => {
                    group.together.add(&entry);
                    group.entries.push(entry);
                }
                _ => groups.push(Group {
                    together: RefusedTogether::of(&entry),
                    entries: vec![entry],
                }),
            }
        }
        Ok(Due {
            entries: groups,
            unreadable: due.unreadable,
            next: due.next,
        })
    }

    async fn tell(&self, group: &Group) -> Result<bool, BoxError> {
        let together = &group.together;
        let key = self.keys.of(together.claimed.account).await?;
        if let Some(key) = &key {
            self.app.recorder.record_untold(together, key).await?;
        }
        for entry in &group.entries {
            self.app.unproven.forget_untold(entry).await?;
        }
        Ok(key.is_some())
    }

    fn since(group: &Group) -> Instant {
        group.together.minute.end()
    }
}
