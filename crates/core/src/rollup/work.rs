//! What a worker does for an account: it looks whether a roll-up is due, rolls up and merges until nothing is.

use super::arrivals::{self, Span};
use super::claim::Claim;
use super::merge::{Merged, merge};
use super::roll::{Limits, Rolled, Step, roll};
use super::rows::opened;
use super::{RollupError, Task, head};
use crate::ingest::Clock;
use crate::instant::{DAY, Instant, MINUTE};
use crate::items::{ItemReader, ItemWriter};
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
/// How long a claim is held without being renewed, in milliseconds; a step takes some seconds.
const CLAIM_MS: i64 = 2 * MINUTE;
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
    /// the day up to which days were merged
    merged: Option<i64>,
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
}

impl Seen {
    fn is_due(&self, now: Instant) -> bool {
        let is_old = |slot: Slot| slot.end().plus_millis(DUE_AGE_MS) <= now;
        let is_much =
            self.bytes >= DUE_BYTES || self.plain >= DUE_PLAIN_BYTES || self.rows >= DUE_ROWS;
        is_much || self.oldest.is_some_and(is_old)
    }
}

/// What was done, also where it ended in an error.
#[derive(Debug, Default)]
pub struct Worked {
    /// steps of the roll-up
    pub steps: Vec<Rolled>,
    /// how often blocks were merged
    pub merges: usize,
    /// whether somebody else has the claim
    pub is_claimed: bool,
    /// what it ended in
    pub error: Option<RollupError>,
}

/// Rolls up and merges what is due, until nothing is or the clock ends.
pub async fn work<S: ItemReader + ItemWriter>(
    store: &S,
    task: Task,
    watch: &mut Watch,
    limits: Limits,
    clock: &impl Clock,
) -> Worked {
    let mut worked = Worked::default();
    worked.error = claimed(store, task, watch, limits, clock, &mut worked)
        .await
        .err();
    worked
}

async fn claimed<S: ItemReader + ItemWriter>(
    store: &S,
    task: Task,
    watch: &mut Watch,
    limits: Limits,
    clock: &impl Clock,
    worked: &mut Worked,
) -> Result<(), RollupError> {
    let is_new_day = watch.merged != Some(clock.now().day());
    if !is_due(store, task, watch, clock.now()).await? && !is_new_day {
        return Ok(());
    }
    let claim = Claim::take(store, task.account, clock.now(), CLAIM_MS).await?;
    let Some(mut claim) = claim else {
        worked.is_claimed = true;
        return Ok(());
    };
    let result = all(store, task, watch, limits, clock, &mut claim, worked).await;
    let released = claim.release(store, clock.now()).await;
    result.and(released)
}

/// Merges also where the roll-up fails: what it stumbles over must not let blocks pile up in the head, or outlive it.
async fn all<S: ItemReader + ItemWriter>(
    store: &S,
    task: Task,
    watch: &mut Watch,
    limits: Limits,
    clock: &impl Clock,
    claim: &mut Claim,
    worked: &mut Worked,
) -> Result<(), RollupError> {
    let rolled = roll_all(store, task, watch, limits, clock, claim, worked).await;
    let merged = merge_all(store, task, watch, clock, worked).await;
    rolled.and(merged)
}

async fn roll_all<S: ItemReader + ItemWriter>(
    store: &S,
    task: Task,
    watch: &mut Watch,
    limits: Limits,
    clock: &impl Clock,
    claim: &mut Claim,
    worked: &mut Worked,
) -> Result<(), RollupError> {
    let mut encoder = PackEncoder::new()?;
    let mut lost = 0;
    while lost < ATTEMPTS && clock.may_begin() && is_due(store, task, watch, clock.now()).await? {
        *watch = Watch {
            merged: watch.merged,
            ..Watch::default()
        };
        match roll(store, task, &mut encoder, limits, clock).await? {
            Step::Rolled(rolled) => worked.steps.push(rolled),
            Step::Lost => lost += 1,
            Step::Nothing => break,
        }
        claim.renew(store, clock.now(), CLAIM_MS).await?;
    }
    Ok(())
}

async fn merge_all<S: ItemReader + ItemWriter>(
    store: &S,
    task: Task,
    watch: &mut Watch,
    clock: &impl Clock,
    worked: &mut Worked,
) -> Result<(), RollupError> {
    let mut lost = 0;
    while lost < ATTEMPTS && clock.may_begin() {
        match merge(store, task, clock).await? {
            Merged::Blocks(_) | Merged::Expired(_) => worked.merges += 1,
            Merged::Lost => lost += 1,
            Merged::Nothing => {
                watch.merged = Some(clock.now().day());
                break;
            }
        }
    }
    Ok(())
}

/// Whether a roll-up is due. Reads only what came since it was looked last, and nothing before it can be due.
///
/// # Errors
/// If the store does not answer. An arrival that cannot be read is due.
pub async fn is_due<R: ItemReader>(
    store: &R,
    task: Task,
    watch: &mut Watch,
    now: Instant,
) -> Result<bool, RollupError> {
    if watch.next.is_some_and(|next| now < next) {
        return Ok(watch.seen.is_due(now));
    }
    let (head, _) = head(store, task.account).await?;
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
    let found = arrivals::read(store, task.account, head.shards.read, span, DUE_BYTES, now).await?;
    seen.upto = seen.upto.max(found.upto);
    seen.bytes += found.bytes;
    let first = found.items.first().map(|(key, _)| key.slot);
    seen.oldest = seen.oldest.or(first);
    if !seen.is_due(now) {
        for (key, item) in &found.items {
            let Ok(Arrival { pack, .. }) = opened(*key, item) else {
                // The roll-up stumbles over it too, and tells; merges go on.
                seen.rows = DUE_ROWS;
                break;
            };
            seen.rows += pack.rows();
            seen.plain += (0..pack.rows())
                .map(|row| pack.text(row).len())
                .sum::<usize>();
            if seen.is_due(now) {
                break;
            }
        }
    }
    let millis = now.millis() - span.after.map_or(0, |after| after.end().millis());
    watch.next = Some(now.plus_millis(unseen(
        found.bytes,
        millis,
        DUE_BYTES.saturating_sub(seen.bytes),
    )));
    Ok(seen.is_due(now))
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
