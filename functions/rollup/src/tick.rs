//! The schedule's tick, every minute: a message for each account of which something is due.

use std::collections::BTreeSet;
use std::time::Duration;

use activity_log_control::{AccountList as _, BoxError, TrailReader as _};
use activity_log_core::account::AccountId;
use activity_log_core::causes::chain;
use activity_log_core::instant::{Instant, MINUTE, SECOND};
use activity_log_core::slot::Slot;
use activity_log_core::window::Window;
use futures::{StreamExt as _, stream};

use crate::app::{App, Ports};
use crate::metrics::Ticked;
use crate::queue::{Job, Queue as _};
use crate::rolls::Rolls as _;

/// Accounts looked at at the same time.
const AT_ONCE: usize = 32;
/// How long after it was sealed it is asked for a window's decision: two ticks, so that one may be missing.
const ASKED_MS: i64 = 2 * MINUTE;

/// Looks at every account, and sends a message for each of which something is due. An account that cannot be looked at is
/// logged and counted, and keeps no other back.
pub async fn fan_out<P: Ports>(app: &App<P>) -> Result<Ticked, BoxError> {
    let now = app.now();
    let accounts = app.ports.accounts().account_ids().await?;
    let archived = if was_just_sealed(now) {
        archived(app).await?
    } else {
        BTreeSet::new()
    };
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
            let waited = (now.millis() - since.millis()) / SECOND;
            let waited = u64::try_from(waited).unwrap_or(0);
            ticked.lag_seconds = ticked.lag_seconds.max(waited);
        }
        let decide = archived.contains(&account);
        if since.is_some() || decide {
            jobs.push(Job {
                account,
                decide,
                until: now.plus_millis(MINUTE),
            });
        }
    }
    ticked.accounts_due = jobs.len() as u64;
    app.ports.queue().send(&jobs, Duration::ZERO).await?;
    ticked.ticks = 1;
    Ok(ticked)
}

/// The last window of which every slot is sealed.
pub(crate) fn last_sealed(now: Instant) -> Window {
    let slot = Slot::last_sealed(now);
    let window = slot.window();
    if slot == Slot::last_of(window) {
        return window;
    }
    Slot::first_of(window).previous().window()
}

fn was_just_sealed(now: Instant) -> bool {
    last_sealed(now) != last_sealed(now.plus_millis(-ASKED_MS))
}

/// Accounts with a trail that has something to archive, or will.
async fn archived<P: Ports>(app: &App<P>) -> Result<BTreeSet<AccountId>, BoxError> {
    let trails = app.ports.trails();
    let named = trails.all_trails().await?;
    let owners: BTreeSet<AccountId> = named.into_iter().map(|(account, _)| account).collect();
    let reads = owners.into_iter().map(async |account| {
        let trails = trails.trails(account).await?;
        let is_archived = trails.iter().any(|trail| !trail.logging.is_idle());
        Ok::<_, BoxError>(is_archived.then_some(account))
    });
    let mut reads = stream::iter(reads).buffer_unordered(AT_ONCE);
    let mut archived = BTreeSet::new();
    while let Some(read) = reads.next().await {
        archived.extend(read?);
    }
    Ok(archived)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_sealed_with_its_last_slot() {
        let window = Window::of(Instant::from_seconds(1_795_176_000));
        let sealed = window.end().plus_millis(15 * SECOND);
        assert_eq!(last_sealed(sealed.plus_millis(-1)).next(), window);
        for later in [0, SECOND, 4 * MINUTE] {
            assert_eq!(last_sealed(sealed.plus_millis(later)), window);
        }
    }

    #[test]
    fn a_window_is_asked_for_by_two_ticks() {
        let start = Instant::from_seconds(1_795_176_000);
        let asked = (0..50)
            .map(|minute| start.plus_millis(minute * MINUTE))
            .filter(|now| was_just_sealed(*now));
        assert_eq!(asked.count(), 20, "of ten windows");
    }
}
