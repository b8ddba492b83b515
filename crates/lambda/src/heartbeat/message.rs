//! The message that asked for a run: hidden from others while the run works, so that it is given again soon after the run
//! dies.
//!
//! Lambda takes a queue as a source only if its `VisibilityTimeout` is at least the function's timeout, and leaves a message
//! whose invocation failed or died to that. So a run first makes it shorter, and then longer again and again.
//! <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html>

use std::future::Future;
use std::time::Duration;

use activity_log_core::causes::chain;

use super::{Cause, Heart, Hold};

/// How long a message is hidden after a beat. SQS counts whole seconds.
pub const HIDDEN: Duration = Duration::from_secs(45);

/// Hides messages of a queue from its other receivers.
pub trait Hide: Clone + Send + Sync + 'static {
    /// Hides the message that this receipt was given with for so long from now on; false if it is not the receipt's
    /// any more: somebody else received or deleted it.
    fn hide(
        &self,
        receipt: &str,
        time: Duration,
    ) -> impl Future<Output = Result<bool, Cause>> + Send;
}

/// A message that is hidden while a run works on it.
pub struct Hidden<Q> {
    queue: Q,
    receipt: String,
}

impl<Q: Hide> Hidden<Q> {
    /// Hides a message for the run that received it. Where that fails the message stays hidden for as long as its queue
    /// says, and the beats go on trying.
    pub async fn begin(queue: &Q, receipt: &str) -> Heart<Self> {
        if let Err(error) = queue.hide(receipt, HIDDEN).await {
            let cause = chain(&*error);
            tracing::warn!(cause, "the time of a message was not made shorter");
        }
        Heart::start(Self {
            queue: queue.clone(),
            receipt: receipt.to_owned(),
        })
    }
}

impl<Q: Hide> Hold for Hidden<Q> {
    const WHAT: &'static str = "message";
    const LASTS: Duration = HIDDEN;

    async fn renew(&mut self, _elapsed: Duration) -> Result<bool, Cause> {
        self.queue.hide(&self.receipt, HIDDEN).await
    }
}
