//! Changes whose call, or whose command, was cut short become events of their accounts.

use activity_log_control::{
    Accounts as _, BoxError, Due, Outbox as _, OutboxEntry, OutboxShard, Position, StoreError,
};
use activity_log_core::instant::{Instant, MINUTE};
use serde_json::Value;

use super::walk::{PAGE, Telling};
use crate::app::{App, Ports};

/// How long a change may take before its attempt is told as what is known of it: longer than any function that answers
/// requests may run. So whoever made it is gone, and its end will not be told besides.
pub const PATIENCE_MS: i64 = 2 * MINUTE;

/// What the outbox has that is due now.
pub(super) struct Changes<'a, P: Ports> {
    pub app: &'a App<P>,
    pub now: Instant,
    pub shard: OutboxShard,
}

impl<P: Ports> Telling for Changes<'_, P> {
    type Entry = OutboxEntry;

    async fn page(&self, after: Option<&Position>) -> Result<Due<OutboxEntry>, StoreError> {
        let before = self.now.plus_millis(-PATIENCE_MS);
        self.app.outbox.due(self.shard, before, after, PAGE).await
    }

    async fn tell(&self, entry: &OutboxEntry) -> Result<bool, BoxError> {
        // Of an account that is not there, there is no log, and nothing in it was changed: sent, the record would be a
        // dead letter.
        let account = self.app.accounts.account(entry.account).await?;
        if account.is_some() {
            self.app.recorder.tell(entry).await?;
        } else {
            // Of a deletion this line is what remains: the log it would be in is gone.
            let record: Value = serde_json::from_str(&entry.record).unwrap_or_default();
            tracing::warn!(
                account = %entry.account,
                change = record["eventName"].as_str(),
                by = record["userIdentity"]["arn"].as_str(),
                event_id = %entry.key.event_id,
                "a change of no account is forgotten"
            );
        }
        self.app.outbox.forget(entry.key).await?;
        Ok(account.is_some())
    }

    fn since(entry: &OutboxEntry) -> Instant {
        entry.key.attempted
    }
}
