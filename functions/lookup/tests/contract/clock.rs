//! Time as an argument: the same for client and server, unless a test puts one wrong.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering::SeqCst};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use activity_log_core::instant::Instant;
use activity_log_core::page;
use aws_smithy_async::time::TimeSource;

/// The SDK's clock, and the server's.
#[derive(Clone, Debug)]
pub struct Clock(Arc<Times>);

#[derive(Debug)]
struct Times {
    now_ms: AtomicI64,
    server_ahead_ms: AtomicI64,
}

impl Clock {
    pub fn at(now: Instant) -> Self {
        Self(Arc::new(Times {
            now_ms: AtomicI64::new(now.millis()),
            server_ahead_ms: AtomicI64::new(0),
        }))
    }

    /// It is now this much later, for all.
    pub fn advance(&self, ms: i64) {
        self.0.now_ms.fetch_add(ms, SeqCst);
    }

    /// The server's clock is this far ahead of the client's.
    pub fn put_server_ahead(&self, ms: i64) {
        self.0.server_ahead_ms.store(ms, SeqCst);
    }

    pub fn at_server(&self) -> Instant {
        let ahead = self.0.server_ahead_ms.load(SeqCst);
        Instant::from_millis(self.0.now_ms.load(SeqCst) + ahead)
    }
}

impl TimeSource for Clock {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(self.0.now_ms.load(SeqCst).unsigned_abs())
    }
}

/// A clock that stands still, for the tick.
pub fn standing(now: Instant) -> page::Clock {
    Arc::new(move || now)
}
