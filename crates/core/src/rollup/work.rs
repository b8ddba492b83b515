//! What a worker does for an account: it looks whether something is due, tells what was left out, rolls up and merges until
//! nothing is.

use super::arrivals::{self, Span};
use super::merge::{Merged, merge};
use super::roll::{Limits, Rolled, Step, roll};
use super::rows::opened;
use super::tell::{Tell, tell_all};
use super::{RollupError, Task, head};
use crate::account::AccountId;
use crate::ingest::Clock;
use crate::instant::{DAY, Instant, MINUTE, SECOND};
use crate::items::key::ArrivalKey;
use crate::items::{Consistency, Item, ItemReader, ItemWriter};
use crate::pack::{Arrival, PackEncoder};
use crate::slot::Slot;

/// So many packed bytes of sealed arrivals are rolled up.
pub const DUE_BYTES: usize = 64 * 1024;
/// So many rows are.
pub const DUE_ROWS: usize = 5_000;
/// So many bytes of records are: every page unpacks what is not rolled up, and what says little packs a thousand to one.
pub const DUE_PLAIN_BYTES: usize = 16 * 1024 * 1024;
/// Arrivals of a slot that ended so long ago are, in milliseconds.
pub const DUE_AGE_MS: i64 = DAY;
/// Longest it is not looked at an account, in milliseconds.
const UNSEEN_MS: i64 = 2 * MINUTE;
/// How long what is due is taken to be, in milliseconds: somebody else may be done with it any moment.
const DUE_MS: i64 = 5 * SECOND;
/// How often one begins anew where others were faster.
const ATTEMPTS: usize = 3;

/// What is remembered of an account between two calls, so that arrivals are not read again and again only to see that
/// nothing is due. May be forgotten at any time.
#[derive(Clone, Debug, Default)]
pub struct Watch {
    /// when to look again
    next: Option<Instant>,
    /// what lies above the watermark
    seen: Seen,
    /// since when something is untold
    untold: Option<Instant>,
    /// the day up to which days were merged
    merged: Option<i64>,
}

impl Watch {
    /// Since when a roll-up, or something to tell, is due.
    fn due_since(&self, now: Instant) -> Option<Instant> {
        self.untold.into_iter().chain(self.seen.since(now)).min()
    }
}

#[derive(Clone, Debug, Default)]
struct Seen {
    watermark: Option<Slot>,
    /// sealed slots up to this one were looked at
    upto: Option<Slot>,
    bytes: usize,
    plain: usize,
    rows: usize,
    oldest: Option<Slot>,
    /// the slot with which it was enough
    enough: Option<Slot>,
}

impl Seen {
    /// Since when a roll-up is due, if it is by now: it does not depend on when somebody looked.
    fn since(&self, now: Instant) -> Option<Instant> {
        let old = self
            .oldest
            .map(|slot| slot.end().plus_millis(DUE_AGE_MS))
            .filter(|since| *since <= now);
        self.enough.map(Slot::sealed).into_iter().chain(old).min()
    }

    /// Counts what was found, until it is enough.
    fn count(&mut self, items: &[(ArrivalKey, Item)]) {
        let first = items.first().map(|(key, _)| key.slot);
        self.oldest = self.oldest.or(first);
        for (key, item) in items {
            self.bytes += item.value.len();
            if self.enough.is_none() && self.bytes >= DUE_BYTES {
                self.enough = Some(key.slot);
            }
        }
        for (key, item) in items {
            if self.enough.is_some() {
                return;
            }
            let Ok(Arrival { pack, .. }) = opened(item) else {
                // The roll-up stumbles over it too, and tells; merges go on.
                self.enough = Some(key.slot);
                return;
            };
            self.rows += pack.rows();
            self.plain += (0..pack.rows())
                .map(|row| pack.text(row).len())
                .sum::<usize>();
            if self.rows >= DUE_ROWS || self.plain >= DUE_PLAIN_BYTES {
                self.enough = Some(key.slot);
            }
        }
    }
}

/// What was done, also where it ended in an error.
#[derive(Debug, Default)]
pub struct Worked {
    /// steps of the roll-up
    pub steps: Vec<Rolled>,
    /// how often blocks were merged
    pub merges: usize,
    /// how often conflicts could not be told
    pub untold: usize,
}

/// Whoever rolls up an account. Two at once do no harm, only the same twice: see [`super::claim`].
#[derive(Clone, Copy, Debug)]
pub struct Worker<'w, S, T, C> {
    /// reads and writes the account's items
    pub store: &'w S,
    /// whose
    pub task: Task,
    /// how much a step takes
    pub limits: Limits,
    /// tells what was left out
    pub tell: &'w T,
    /// tells the time, and when there is none left
    pub clock: &'w C,
}

impl<S: ItemReader + ItemWriter, T: Tell, C: Clock> Worker<'_, S, T, C> {
    /// Whether there may be something to do: something is due, or a day is over whose blocks are to be merged.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn has_work(&self, watch: &mut Watch) -> Result<bool, RollupError> {
        let now = self.clock.now();
        let due = due_since(self.store, self.task.account, watch, now).await?;
        Ok(due.is_some() || watch.merged != Some(now.day()))
    }

    /// Tells, rolls up and merges what is due, until nothing is or the clock ends. What is done is counted in `worked`
    /// as it is done.
    ///
    /// It merges also where the roll-up fails: what that stumbles over must not let blocks pile up in the head, or outlive
    /// it.
    ///
    /// # Errors
    /// If the store fails, something stored is damaged, or the clock ends. What was done before is done.
    pub async fn work(&self, watch: &mut Watch, worked: &mut Worked) -> Result<(), RollupError> {
        look(self.store, self.task.account, watch, self.clock.now()).await?;
        if watch.untold.is_some() {
            // A worker that died has left it, or nobody heard.
            self.tell(worked).await?;
        }
        let rolled = self.roll_all(watch, worked).await;
        let merged = self.merge_all(watch, worked).await;
        rolled.and(merged)
    }

    async fn tell(&self, worked: &mut Worked) -> Result<(), RollupError> {
        let account = self.task.account;
        worked.untold += tell_all(self.store, account, self.tell, self.clock).await?;
        Ok(())
    }

    async fn roll_all(&self, watch: &mut Watch, worked: &mut Worked) -> Result<(), RollupError> {
        let mut encoder = PackEncoder::new()?;
        let mut lost = 0;
        while lost < ATTEMPTS && self.clock.may_begin() && self.is_roll_up_due(watch).await? {
            *watch = Watch {
                merged: watch.merged,
                ..Watch::default()
            };
            let (task, limits) = (self.task, self.limits);
            match roll(self.store, task, &mut encoder, limits, self.clock).await? {
                Step::Rolled(rolled) => {
                    let has_conflicts = rolled.totals.conflicts > 0;
                    worked.steps.push(rolled);
                    if has_conflicts {
                        self.tell(worked).await?;
                    }
                }
                Step::Lost => lost += 1,
                Step::Nothing => break,
            }
        }
        Ok(())
    }

    async fn is_roll_up_due(&self, watch: &mut Watch) -> Result<bool, RollupError> {
        let now = self.clock.now();
        look(self.store, self.task.account, watch, now).await?;
        Ok(watch.seen.since(now).is_some())
    }

    async fn merge_all(&self, watch: &mut Watch, worked: &mut Worked) -> Result<(), RollupError> {
        let mut lost = 0;
        while lost < ATTEMPTS && self.clock.may_begin() {
            match merge(self.store, self.task, self.clock).await? {
                Merged::Blocks(_) | Merged::Expired(_) => worked.merges += 1,
                Merged::Lost => lost += 1,
                Merged::Nothing => {
                    watch.merged = Some(self.clock.now().day());
                    break;
                }
            }
        }
        Ok(())
    }
}

/// Since when something is due: a roll-up, or something to tell. Reads only what came since it was looked last, and
/// nothing before it can be due.
///
/// # Errors
/// If the store does not answer. An arrival that cannot be read is due.
pub async fn due_since<R: ItemReader>(
    store: &R,
    account: AccountId,
    watch: &mut Watch,
    now: Instant,
) -> Result<Option<Instant>, RollupError> {
    look(store, account, watch, now).await?;
    Ok(watch.due_since(now))
}

/// Looks at what came, unless nothing of it can be due yet.
async fn look<R: ItemReader>(
    store: &R,
    account: AccountId,
    watch: &mut Watch,
    now: Instant,
) -> Result<(), RollupError> {
    if watch.next.is_some_and(|next| now < next) {
        return Ok(());
    }
    let head = head(store, account).await?;
    let seen = &mut watch.seen;
    if seen.watermark != head.watermark {
        *seen = Seen {
            watermark: head.watermark,
            ..Seen::default()
        };
    }
    let span = Span {
        after: seen.upto.max(head.watermark),
        upto: Slot::last_sealed(now),
    };
    // At the lower price: nothing is decided by it, and what a look misses the roll-up finds.
    let (shards, eventual) = (head.shards.read, Consistency::Eventual);
    let found = arrivals::read(store, account, shards, span, DUE_BYTES, eventual).await?;
    seen.upto = seen.upto.max(found.upto);
    seen.count(&found.items);
    let millis = now.millis() - span.after.map_or(0, |after| after.end().millis());
    let left = DUE_BYTES.saturating_sub(seen.bytes);
    watch.untold = head.untold.first().map(|untold| untold.upto.sealed());
    let unseen = match watch.due_since(now) {
        Some(_) => DUE_MS,
        None => unseen(found.bytes, millis, left),
    };
    watch.next = Some(now.plus_millis(unseen));
    Ok(())
}

/// How long it need not be looked, in milliseconds: half the time in which as much as is left comes at this rate.
fn unseen(bytes: usize, millis: i64, left: usize) -> i64 {
    let (bytes, left) = (i64::try_from(bytes), i64::try_from(left));
    let (Ok(bytes), Ok(left)) = (bytes, left) else {
        return 0;
    };
    let half = left
        .saturating_mul(millis)
        .checked_div(bytes.saturating_mul(2));
    half.unwrap_or(UNSEEN_MS).clamp(0, UNSEEN_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_less_comes_the_longer_it_is_not_looked() {
        assert_eq!(unseen(0, 60_000, 64), UNSEEN_MS);
        assert_eq!(unseen(64, 60_000, 64), 30_000);
        assert_eq!(unseen(640, 60_000, 64), 3_000);
        assert_eq!(unseen(1, 60_000, 0), 0);
        assert_eq!(unseen(1, 60_000, 64), UNSEEN_MS);
    }
}
