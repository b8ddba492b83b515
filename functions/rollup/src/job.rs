//! One account's message: rolls up what is due, decides for its archives, and tells its log what was left out.

use std::time::Duration;

use activity_log_calls::Conflicts;
use activity_log_control::{Accounts as _, BoxError};
use activity_log_core::account::AccountId;
use activity_log_core::causes::chain;
use activity_log_core::instant::{Instant, SECOND};
use activity_log_lambda::heartbeat::after;
use activity_log_lambda::queue::Turn;

use crate::app::{App, Ports};
use crate::metrics::RolledUp;
use crate::queue::{Job, Queue as _};
use crate::rolls::{Rolls as _, Step, Task};
use crate::tick::last_sealed;

/// How soon it is looked again at an account of which something was due.
const AGAIN: Duration = Duration::from_secs(10);
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
    let rolls = app.ports.rolls();
    let mut worked = rolls.work(task, end.plus_millis(-MARGIN_MS)).await;
    for step in &worked.steps {
        count(step, job.account, counted);
        tell(app, step, job.account, counted).await;
    }
    counted.merges += worked.merges;
    if let Some(error) = worked.error.take() {
        counted.roll_ups_failed += 1;
        return Err(error);
    }
    let asks_again = after(app.now(), AGAIN) < job.until;
    if worked.is_claimed {
        // That run may die; the next tick asks again in any case.
        return Ok(if asks_again { Turn::Again } else { Turn::Done });
    }
    let is_decided = !job.decide || rolls.decide(job.account, last_sealed(app.now())).await?;
    counted.windows_decided += u64::from(job.decide && is_decided);
    if asks_again && (!worked.steps.is_empty() || !is_decided) {
        app.ports.queue().send(&[job], AGAIN).await?;
    }
    Ok(Turn::Done)
}

fn count(step: &Step, account: AccountId, counted: &mut RolledUp) {
    counted.roll_ups += 1;
    counted.rows_rolled_up += step.rows;
    counted.copies_dropped += step.copies;
    counted.conflicts_dropped += step.conflicts;
    tracing::info!(
        %account,
        upto = %step.upto,
        rows = step.rows,
        copies = step.copies,
        conflicts = step.conflicts,
        "rolled up"
    );
}

/// Tells the account's log what was left out of it. What cannot be told is logged and counted: the roll-up is done, and is
/// not done again for it.
async fn tell<P: Ports>(app: &App<P>, step: &Step, account: AccountId, counted: &mut RolledUp) {
    if step.conflicts == 0 {
        return;
    }
    for one in &step.first_conflicts {
        tracing::warn!(%account, time = %one.time, id = one.id, origin = one.origin, "a conflict");
    }
    let conflicts = Conflicts {
        account,
        upto: step.upto,
        count: step.conflicts,
        first: step.first_conflicts.clone(),
    };
    if let Err(error) = app.ports.recorder().record_conflicts(&conflicts).await {
        counted.untold_conflicts += 1;
        let cause = chain(&error);
        tracing::error!(%account, upto = %step.upto, conflicts = step.conflicts, cause, "conflicts are untold");
    }
}
