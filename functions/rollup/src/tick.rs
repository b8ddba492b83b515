//! The schedule's tick, every minute: a message for each account of which something is due.

use std::time::Duration;

use activity_log_control::{AccountList as _, BoxError};
use activity_log_core::causes::chain;
use activity_log_core::instant::{MINUTE, SECOND};
use futures::{StreamExt as _, stream};

use crate::app::{App, Ports};
use crate::metrics::Ticked;
use crate::queue::{Job, Queue as _};
use crate::rolls::Rolls as _;

/// Accounts looked at at the same time.
const AT_ONCE: usize = 32;
/// Looks at every account, and sends a message for each of which something is due. An account that cannot be looked at is
/// logged and counted, and keeps no other back.
pub async fn fan_out<P: Ports>(app: &App<P>) -> Result<Ticked, BoxError> {
    let now = app.now();
    let accounts = app.ports.accounts().account_ids().await?;
    let looks = accounts.into_iter().map(async |account| {
        let due = app.ports.rolls().due(account, now).await;
        (account, due)
    });
    let mut looks = stream::iter(looks).buffer_unordered(AT_ONCE);
    let (mut ticked, mut jobs) = (Ticked::default(), Vec::new());
    while let Some((account, due)) = looks.next().await {
        let since = due.unwrap_or_else(|error| {
            ticked.accounts_failed += 1;
            let cause = chain(&error);
            tracing::error!(%account, cause, "an account was not looked at");
            None
        });
        if let Some(since) = since {
            jobs.push(Job {
                account,
                until: now.plus_millis(MINUTE),
            });
            let waited = (now.millis() - since.millis()) / SECOND;
            let waited = u64::try_from(waited).unwrap_or(0);
            ticked.lag_seconds = ticked.lag_seconds.max(waited);
        }
    }
    ticked.accounts_due = jobs.len() as u64;
    app.ports.queue().send(&jobs, Duration::ZERO).await?;
    ticked.ticks = 1;
    Ok(ticked)
}
