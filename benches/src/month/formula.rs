//! Write units of months that are too large to be simulated: by formula, from what was measured of a smaller one.
//!
//! What an event takes in arrivals, frames and columns does not depend on how many there are, but on how much they differ, which
//! they do more in a large account. An index entry has a row number, of as many bits as its block has rows, and every event gets into as many blocks,
//! one after the other, as there are tiers. The head lists more blocks, but is written for more events.

use activity_log_core::instant::DAY;
use activity_log_core::rollup::merge::{FAN, MOST_ROWS};
use activity_log_core::slot::SLOT_MS;

use super::Plan;
use super::account::{Account, RETENTION_DAYS};

/// Bytes of a write unit.
const UNIT_BYTES: f64 = 1_024.0;
/// Hashes of an event that no other has, as a rule: of its id and of its request's.
const OWN_HASHES: f64 = 2.0;
/// Bytes of a block in the head.
const BLOCK_BYTES: f64 = 75.0;
/// Writes of a step beside its items: of the claim, twice.
const CLAIMS: f64 = 2.0;

/// Write units an event, by what they are for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Units {
    /// arrivals, frames and columns
    pub events: f64,
    /// index blocks and their directories
    pub index: f64,
    /// heads and claims
    pub heads: f64,
}

impl Units {
    /// Together.
    pub fn all(&self) -> f64 {
        self.events + self.index + self.heads
    }
}

/// What was measured of an account.
#[expect(clippy::cast_precision_loss, reason = "millions")]
pub fn measured(account: &Account) -> Units {
    let of = |kind| account.bill.of(kind).write / account.events as f64;
    Units {
        events: of('L') + of('F') + of('C'),
        index: of('I') + of('D'),
        heads: of('H'),
    }
}

/// What it is by formula for a month of `plan`, which has batches like those of the account that was measured.
#[expect(clippy::cast_precision_loss, reason = "millions")]
pub fn expected(plan: &Plan, (small, account): (&Plan, &Account)) -> Units {
    let known = measured(account);
    let run = account.events as f64 / account.runs.max(1) as f64;
    let (tiers, few) = (tiers(plan, run), tiers(small, run));
    // What an entry takes beside its row number is the same in every block.
    let beside = (known.index - numbers(&few)) / few.len() as f64;
    Units {
        events: known.events,
        index: beside * tiers.len() as f64 + numbers(&tiers),
        heads: heads(plan, &tiers),
    }
}

/// Rows of the blocks that an event gets into: of its run, of twelve, of a gross, and of its day once that is over.
#[expect(clippy::cast_precision_loss, reason = "millions")]
fn tiers(plan: &Plan, run: f64) -> Vec<f64> {
    let (day, most, fan) = (of_day(plan), f64::from(MOST_ROWS), FAN as f64);
    let of_slot = day / DAY as f64 * SLOT_MS as f64;
    let run = run.max(of_slot).min(day);
    let mut tiers = vec![run];
    tiers.extend(
        [run * fan, run * fan * fan]
            .into_iter()
            .filter(|rows| *rows <= day.min(most)),
    );
    let last = tiers.last().copied().unwrap_or(run);
    if plan.days > 1 && last * 2.0 <= day.min(most) {
        tiers.push((day.min(most) / last).floor() * last);
    }
    tiers
}

/// Write units an event of the row numbers in all its blocks.
fn numbers(tiers: &[f64]) -> f64 {
    let bits: f64 = tiers.iter().map(|rows| rows.log2()).sum();
    OWN_HASHES * bits / 8.0 / UNIT_BYTES
}

/// Write units an event of the head, which is replaced for each block, and of the claim.
#[expect(clippy::cast_precision_loss, reason = "a few")]
fn heads(plan: &Plan, tiers: &[f64]) -> f64 {
    let (Some(run), Some(last)) = (tiers.first(), tiers.last()) else {
        return 0.0;
    };
    let of_days = f64::from(RETENTION_DAYS) * (of_day(plan) / last).max(1.0);
    let blocks = of_days + (FAN * tiers.len()) as f64 / 2.0;
    let units = (blocks * BLOCK_BYTES / UNIT_BYTES).ceil();
    let replaced: f64 = tiers.iter().map(|rows| units / rows).sum();
    replaced + CLAIMS / run
}

/// Events of a day.
#[expect(clippy::cast_precision_loss, reason = "millions")]
fn of_day(plan: &Plan) -> f64 {
    plan.a_month as f64 / 30.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_of_a_billion_a_month_is_of_blocks_as_large_as_may_be() {
        let of = |a_month| Plan {
            a_month,
            batch: 100,
            days: 30,
        };
        // Five hundred rows a run: at 10⁵ a month a day is of six of them, and some more.
        let small = tiers(&of(100_000), 500.0);
        assert_eq!(small.len(), 2);
        assert!(
            small[1] >= 3_000.0 && small[1] <= of_day(&of(100_000)),
            "{small:?}"
        );
        let large = tiers(&of(1_000_000_000), 500.0);
        assert_eq!(large.len(), 4);
        assert!(
            large[0] > 3_800.0 && large[3] <= f64::from(MOST_ROWS),
            "{large:?}"
        );
        assert!(large.is_sorted_by(|one, next| one < next));
    }
}
