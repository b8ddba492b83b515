//! A trail of the account: its windows are archived as they are sealed, into nothing.

use activity_log_archive::uploads::{DeliveryError, Target, Uploads};
use activity_log_archive::window::{Job, archive};
use activity_log_archive::writer::Sizes;
use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;
use activity_log_core::slot::Slot;
use activity_log_core::trail::Trail;
use activity_log_core::window::Window;
use activity_log_store::memory::MemoryItems;

use super::events::START;
use crate::counting::{Bill, Counting};

/// What archives the account's windows.
pub(super) struct Archiver {
    trail: Trail,
    /// the first window that is not archived
    next: Window,
    /// what was charged for it
    pub bill: Bill,
    /// events archived
    pub events: u64,
}

impl Archiver {
    pub fn new(account: AccountId) -> Self {
        let start = Instant::from_seconds(0);
        let name = "audit".parse().expect("a name");
        let bucket = ("bucket", account);
        Self {
            trail: Trail::new(account, name, "0123456789abcdef", bucket, start),
            next: Window::of(START),
            bill: Bill::default(),
            events: 0,
        }
    }

    /// Archives all windows that are sealed by now.
    pub async fn work(&mut self, items: &Counting<MemoryItems>, now: Instant) {
        while Slot::last_of(self.next) <= Slot::last_sealed(now) {
            let job = Job {
                trail: &self.trail,
                region: "us-east-1",
                window: self.next,
                now,
                sizes: Sizes::default(),
            };
            let clock = || now;
            let record = archive(items, &Nowhere, job, &clock).await;
            let counts = record.expect("the window is archived").counts;
            self.events += counts.archived;
            self.next = self.next.next();
        }
        self.bill += &items.take();
    }
}

/// Takes everything and keeps nothing.
struct Nowhere;

impl Uploads for Nowhere {
    type Part = ();

    async fn put(&self, _: &Target, _: Vec<u8>, _: &[(&str, String)]) -> Result<(), DeliveryError> {
        Ok(())
    }

    async fn begin(&self, _: &Target) -> Result<String, DeliveryError> {
        Ok(String::new())
    }

    async fn part(&self, _: &Target, _: &str, _: i32, _: Vec<u8>) -> Result<(), DeliveryError> {
        Ok(())
    }

    async fn complete(&self, _: &Target, _: &str, _: Vec<()>) -> Result<(), DeliveryError> {
        Ok(())
    }

    async fn abort(&self, _: &Target, _: &str) {}
}
