//! One call, told from before it changes anything until the log has it.
//!
//! A call that changes something is kept in the outbox first, as attempted; what cannot be kept is not done. When it is
//! answered, its end takes the attempt's place, goes into the log's queue, and is forgotten. Whatever dies on the way, a
//! tick tells what was kept. Attempt and end are one event: one id, one time.

use std::sync::atomic::{AtomicBool, Ordering};

use activity_log_control::{Outbox, OutboxEntry, OutboxKey, OutboxState, StoreError};
use activity_log_core::origin::Origin;
use activity_log_identity::Principal;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::parameters::TooLarge;
use crate::recorder::{AnsweredCall, Operation, Received, Recorder};
use crate::{Asked, CallLog, CallLogError, Parameters, ids};

/// A change that is about to be made.
#[derive(Clone, Copy, Debug)]
pub struct Attempt<'a> {
    /// by which operation
    pub operation: Operation,
    /// by whom
    pub caller: &'a Principal,
    /// what of it was understood
    pub asked: &'a Asked,
}

/// Keeps attempts. Whoever serves an operation that changes something calls this when the caller is let in and the
/// request understood, and does nothing if it fails.
pub trait Attempts: Send + Sync {
    /// Keeps that a change is about to be made.
    fn attempt(&self, attempt: Attempt<'_>) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Whether the call may be done: what can be told whole, and a change once its attempt is kept.
    fn begin(&self, call: Attempt<'_>) -> impl Future<Output = Result<(), NotBegun>> + Send {
        async move {
            call.asked.parameters.check()?;
            if !call.operation.read_only {
                self.attempt(call).await?;
            }
            Ok(())
        }
    }
}

/// A call is not to be done.
#[derive(Debug, thiserror::Error)]
pub enum NotBegun {
    /// its event could not tell it whole
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    /// the change could not be kept
    #[error("the attempt of a change could not be kept")]
    Unkept(#[from] StoreError),
}

/// Tells one call.
#[derive(Debug)]
pub struct Telling<'a, L, O> {
    recorder: &'a Recorder<L>,
    outbox: &'a O,
    received: Received<'a>,
    event_id: Uuid,
    is_kept: AtomicBool,
}

/// A call is not in the log yet, and may never be.
#[derive(Debug, thiserror::Error)]
pub enum TellError {
    /// the log's queue did not take it
    #[error(transparent)]
    Log(#[from] CallLogError),
    /// it was sent to the log's queue without having been kept
    #[error("the end of a change could not be kept")]
    Outbox(#[from] StoreError),
}

impl<'a, L: CallLog, O: Outbox> Telling<'a, L, O> {
    /// Of this request.
    pub fn new(recorder: &'a Recorder<L>, outbox: &'a O, received: Received<'a>) -> Self {
        Self {
            recorder,
            outbox,
            received,
            event_id: ids::of_call(received.now),
            is_kept: AtomicBool::new(false),
        }
    }

    /// Tells how it ended.
    pub async fn end(&self, answered: AnsweredCall<'_>) -> Result<(), TellError> {
        let call = self.recorder.call(self.event_id, self.received, answered);
        let (account, record) = (call.account, call.record());
        if !self.is_kept.load(Ordering::Relaxed) {
            return Ok(self.recorder.append(account, record).await?);
        }
        let key = self.key();
        let kept = match self.outbox.put_end(key, &record).await {
            // It took so long that the tick has told the attempt.
            Ok(false) => return Ok(()),
            Ok(true) => Ok(()),
            // The queue may take it all the same, and nobody else knows the end.
            Err(error) => Err(error),
        };
        self.recorder.append(account, record).await?;
        // One that stays is told again by the tick, and is the same event.
        let _ = self.outbox.forget(key).await;
        kept?;
        Ok(())
    }

    fn key(&self) -> OutboxKey {
        OutboxKey {
            attempted: self.received.now,
            event_id: self.event_id,
        }
    }
}

impl<L: CallLog, O: Outbox> Attempts for Telling<'_, L, O> {
    async fn attempt(&self, attempt: Attempt<'_>) -> Result<(), StoreError> {
        let said: (String, Value) = ("Outcome".to_owned(), "Attempted".into());
        let told = AnsweredCall {
            operation: attempt.operation,
            caller: attempt.caller,
            project: None,
            asked: attempt.asked,
            answer: Parameters::none(),
            error: None,
            additional: Map::from_iter([said]),
        };
        let call = self.recorder.call(self.event_id, self.received, told);
        let entry = OutboxEntry {
            key: self.key(),
            account: call.account,
            origin: Origin::Service,
            state: OutboxState::Attempted,
            record: call.record(),
        };
        self.outbox.put_attempt(&entry).await?;
        self.is_kept.store(true, Ordering::Relaxed);
        Ok(())
    }
}
