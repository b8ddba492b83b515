//! How far a lookup is, on standard error where that is a terminal.

use std::time::Duration;

use indicatif::ProgressBar;

use super::pages::Found;

/// The line that says it.
#[derive(Debug)]
pub struct Meter(ProgressBar);

impl Meter {
    /// Hidden where there is no terminal, and at first: most answers are there at once.
    pub fn new() -> Self {
        let bar = ProgressBar::new_spinner();
        bar.enable_steady_tick(Duration::from_millis(250));
        Self(bar)
    }

    /// After a page.
    pub fn show(&self, found: &Found) {
        if let Some(to) = &found.scanned_to {
            let count = found.events.len();
            self.0
                .set_message(format!("looked back to {to}: {count} found"));
        }
    }

    /// Leaves nothing behind.
    pub fn end(&self) {
        self.0.finish_and_clear();
    }
}
