//! The reporter's queue in memory.

use std::sync::{Arc, Mutex};

use activity_log_core::reports::WorkMessage;
use activity_log_rest::ports::{Work, WorkError};

/// What was sent; a clone sees the same.
#[derive(Clone, Debug, Default)]
pub struct MemoryQueue(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    sent: Vec<WorkMessage>,
    fails: bool,
}

impl MemoryQueue {
    /// What was sent since one asked last.
    pub fn take(&self) -> Vec<WorkMessage> {
        std::mem::take(&mut self.0.lock().unwrap().sent)
    }

    /// What lies there.
    pub fn sent(&self) -> Vec<WorkMessage> {
        self.0.lock().unwrap().sent.clone()
    }

    /// Whether everything fails from now on.
    pub fn fail(&self, fails: bool) {
        self.0.lock().unwrap().fails = fails;
    }
}

impl Work for MemoryQueue {
    async fn send(&self, message: &WorkMessage) -> Result<(), WorkError> {
        let mut state = self.0.lock().unwrap();
        if state.fails {
            return Err(WorkError {
                queue: "work-7".to_owned(),
                source: "nobody there".into(),
            });
        }
        state.sent.push(*message);
        Ok(())
    }
}
