//! Heartbeats: what a run holds - its claim on a trail, a report or an account, and the message that asked for it - it
//! holds for less than a minute, and longer only by saying so again. So where a run dies, all that it held is free within
//! that minute and the next run begins, however long a run may take.
//!
//! A hold that somebody else has got, or that could not be renewed in time, ends the run: [`Heart::keep`] drops what the
//! run was doing at its next wait. What a run writes is conditional all the same.
//!
//! Beats are a task of their own. A function that works its processor for seconds on end, as compressing does, needs a
//! runtime with a worker thread, or the beats wait for it.

mod message;

use std::error::Error;
use std::future::Future;
use std::time::Duration;

use activity_log_core::causes::chain;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until, timeout_at};

pub use message::{HIDDEN, Hidden, Hide};

/// How often a hold is renewed.
pub const EVERY: Duration = Duration::from_secs(10);
/// How long a claim holds after it was renewed. Less than [`HIDDEN`]: whoever gets the message of a run that died finds
/// the claim free.
pub const CLAIMED: Duration = Duration::from_secs(40);
/// How long before its end a hold that cannot be renewed is given up: clocks disagree, and a write may be under way.
const MARGIN: Duration = Duration::from_secs(5);
/// How soon a renewal that failed is tried again.
const RETRY: Duration = Duration::from_secs(1);

/// What lies behind a renewal that failed.
pub type Cause = Box<dyn Error + Send + Sync>;

/// So much later, by the clock that claims are told in.
pub fn after(
    time: activity_log_core::instant::Instant,
    wait: Duration,
) -> activity_log_core::instant::Instant {
    time.plus_millis(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX))
}

/// Something that is held for a while.
pub trait Hold: Send + 'static {
    /// What it is, for the log.
    const WHAT: &'static str;
    /// How long it is held after it was got or renewed.
    const LASTS: Duration;

    /// Renews it, so long after it was got; false if it is somebody else's by now. A renewal whose answer is lost is
    /// tried again, and must find its own work.
    fn renew(&mut self, elapsed: Duration) -> impl Future<Output = Result<bool, Cause>> + Send;
}

/// The run lost what it held, and ends without a word more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the run lost its {0}")]
pub struct Lost(pub &'static str);

/// Renews a hold until it is stopped, dropped, or has lost it.
pub struct Heart<H> {
    beats: Option<JoinHandle<H>>,
    stop: Option<oneshot::Sender<()>>,
    is_lost: watch::Receiver<bool>,
}

impl<H: Hold> Heart<H> {
    /// Of a hold that was got just now.
    pub fn start(hold: H) -> Self {
        let (stop, stopped) = oneshot::channel();
        let (lose, is_lost) = watch::channel(false);
        Self {
            beats: Some(tokio::spawn(beat(hold, stopped, lose))),
            stop: Some(stop),
            is_lost,
        }
    }

    /// Does `work` while the hold lasts; what is lost first drops the work.
    pub async fn keep<T>(&self, work: impl Future<Output = T>) -> Result<T, Lost> {
        let mut is_lost = self.is_lost.clone();
        tokio::select! {
            biased;
            // An error: the task is gone, and nobody renews anything.
            _ = is_lost.wait_for(|lost| *lost) => Err(Lost(H::WHAT)),
            done = work => Ok(done),
        }
    }

    /// Ends the beats; gives the hold as it was renewed last. A renewal under way is waited for.
    pub async fn stop(mut self) -> Option<H> {
        drop(self.stop.take());
        self.beats.take()?.await.ok()
    }
}

impl<H> Drop for Heart<H> {
    fn drop(&mut self) {
        if let Some(beats) = &self.beats {
            beats.abort();
        }
    }
}

async fn beat<H: Hold>(
    mut hold: H,
    mut stopped: oneshot::Receiver<()>,
    lose: watch::Sender<bool>,
) -> H {
    let got = Instant::now();
    let (mut next, mut give_up) = (got + EVERY, got + H::LASTS - MARGIN);
    loop {
        tokio::select! {
            biased;
            _ = &mut stopped => return hold,
            () = sleep_until(next.min(give_up)) => {}
        }
        let now = Instant::now();
        match timeout_at(give_up, hold.renew(now - got)).await {
            Ok(Ok(true)) => (next, give_up) = (now + EVERY, now + H::LASTS - MARGIN),
            Ok(Ok(false)) => {
                tracing::warn!(hold = H::WHAT, "somebody else has it");
                break;
            }
            Ok(Err(error)) => {
                tracing::warn!(hold = H::WHAT, cause = chain(&*error), "not renewed");
                next = Instant::now() + RETRY;
            }
            Err(_) => {}
        }
        if Instant::now() >= give_up {
            tracing::warn!(hold = H::WHAT, "not renewed in time: given up");
            break;
        }
    }
    lose.send_replace(true);
    hold
}
