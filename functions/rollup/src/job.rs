//! One account's message: rolls up what is due, and tells its log what was left out.

use std::time::Duration;

use activity_log_calls::{Conflicting, Conflicts};
use activity_log_control::{Accounts as _, BoxError};
use activity_log_core::account::AccountId;
use activity_log_core::causes::chain;
use activity_log_core::head::{MAX_HEAD_BYTES, Untold};
use activity_log_core::instant::{Instant, SECOND};
use activity_log_core::rollup::roll::Rolled;
use activity_log_core::rollup::tell::Tell;
use activity_log_core::rollup::{RollupError, Task};
use activity_log_lambda::heartbeat::after;
use activity_log_lambda::queue::Turn;

use crate::app::{App, Ports};
use crate::metrics::RolledUp;
use crate::queue::{Job, Queue as _};
use crate::rolls::Rolls as _;

/// How soon it is looked again at an account of which something was due.
const AGAIN: Duration = Duration::from_secs(10);
/// From this size on it is told how large a head is, in bytes: where there is time to do something about it.
const LARGE_HEAD_BYTES: usize = MAX_HEAD_BYTES / 4;
/// How long before its end an invocation begins nothing more, in milliseconds.
const MARGIN_MS: i64 = 20 * SECOND;

/// Does what a message asks for, in an invocation that ends at `end`, and counts it in `counted`.
pub async fn run<P: Ports>(
    app: &App<P>,
    job: Job,
    end: Instant,
    counted: &mut RolledUp,
) -> Result<Turn, BoxError> {
    let Some(account) = app.ports.accounts().account(job.account).await? else {
        return Ok(Turn::Done);
    };
    let task = Task {
        account: job.account,
        retention_days: account.retention_days(app.retention_days),
    };
    let last = end.plus_millis(-MARGIN_MS);
    let run = app.ports.rolls().work(task, &Log(app), last).await;
    for step in &run.worked.steps {
        count(step, job.account, counted);
    }
    counted.merges += run.worked.merges as u64;
    counted.untold_conflicts += run.worked.untold as u64;
    if let Some(error) = run.error {
        return Err(failed(error, job.account, counted));
    }
    let asks_again = after(app.now(), AGAIN) < job.until;
    if run.is_claimed {
        // That run may die; the next tick asks again in any case.
        return Ok(if asks_again { Turn::Again } else { Turn::Done });
    }
    if asks_again && !run.worked.steps.is_empty() {
        app.ports.queue().send(&[job], AGAIN).await?;
    }
    Ok(Turn::Done)
}

fn count(step: &Rolled, account: AccountId, counted: &mut RolledUp) {
    let totals = step.totals;
    counted.roll_ups += 1;
    counted.rows_rolled_up += totals.kept;
    counted.copies_dropped += totals.copies;
    counted.conflicts_dropped += totals.conflicts;
    tracing::info!(
        %account,
        upto = step.upto.map(|upto| upto.end().to_string()),
        rows = totals.kept,
        copies = totals.copies,
        conflicts = totals.conflicts,
        size_bytes = step.bytes,
        "rolled up"
    );
    if step.head_bytes > LARGE_HEAD_BYTES {
        let head_bytes = step.head_bytes;
        tracing::warn!(%account, head_bytes, most = MAX_HEAD_BYTES, "the head is large");
    }
}

/// Counts what a run ended in. An arrival that cannot be read stops its account until somebody looks after it; a head that
/// is too large, until blocks are merged or have expired.
fn failed(error: RollupError, account: AccountId, counted: &mut RolledUp) -> BoxError {
    counted.roll_ups_failed += 1;
    match &error {
        RollupError::Unreadable { key, .. } => {
            counted.unreadable_arrivals += 1;
            let cause = chain(&error);
            tracing::error!(%account, key, cause, "nothing is rolled up from here on");
        }
        RollupError::HeadTooLarge(head_bytes) => {
            tracing::error!(%account, head_bytes, most = MAX_HEAD_BYTES, "the head is too large");
        }
        _ => {}
    }
    error.into()
}

/// The accounts' logs.
struct Log<'a, P>(&'a App<P>);

impl<P: Ports> Tell for Log<'_, P> {
    async fn tell(&self, account: AccountId, untold: &Untold) -> bool {
        let upto = untold.upto.end();
        let first = untold.first.iter().map(|one| {
            tracing::warn!(%account, time = %one.time, id = one.id, origin = one.origin, "a conflict");
            Conflicting {
                time: one.time,
                id: one.id.clone(),
                origin: one.origin.clone(),
            }
        });
        let conflicts = Conflicts {
            account,
            upto,
            count: untold.count,
            first: first.collect(),
        };
        let told = self.0.ports.recorder().record_conflicts(&conflicts).await;
        if let Err(error) = &told {
            let cause = chain(error);
            tracing::error!(%account, %upto, conflicts = untold.count, cause, "conflicts are untold");
        }
        told.is_ok()
    }
}
