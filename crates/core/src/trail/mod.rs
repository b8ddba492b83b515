//! Trails: what a customer wants archived, where to, since when, and how far it has come.
//!
//! Everything is decided in ingest windows ([`crate::window`]), so that what a window's archive holds
//! depends on nothing that can change while it is written: see [`logging`], [`selection`], [`mod@format`]
//! and [`progress`].

pub mod advanced;
pub mod format;
pub mod keys;
pub mod logging;
pub mod name;
pub mod progress;
pub mod record;
pub mod selection;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::account::AccountId;
use crate::instant::Instant;
use crate::window::Window;
use format::{Format, Formats};
use logging::Logging;
use name::TrailName;
use progress::Progress;
use selection::{Selection, Selections};

/// The tag that limits a trail to the events of one project. AWS's clients can set tags; they have no
/// parameter for projects.
pub const PROJECT_TAG: &str = "activity-log:project";

/// A trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trail {
    /// whose
    pub account: AccountId,
    /// unique in the account
    pub name: TrailName,
    /// 16 hex digits, new with every creation: a trail deleted and made again is another one
    pub id: String,
    /// how often it was changed; a change holds only for the revision that was read
    pub revision: u64,
    /// when it was made
    pub created: Instant,
    /// what the customer asked for
    pub settings: Settings,
    /// when it logs
    pub logging: Logging,
    /// how far the archiver has come
    pub progress: Progress,
    /// how deliveries went
    pub delivery: Delivery,
}

/// What the customer sets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// the bucket archives go to
    pub bucket: String,
    /// the AWS account the bucket must belong to, as it did when it was tried: a bucket of this name that somebody else
    /// made since gets nothing
    pub bucket_owner: AccountId,
    /// what keys start with, without a `/` at the end
    pub prefix: Option<String>,
    /// echoed: every event is in every region's log here
    pub include_global_service_events: bool,
    /// echoed: it is no other trail for that
    pub is_multi_region: bool,
    /// whether digests are delivered (`EnableLogFileValidation`)
    pub validation: bool,
    /// tags
    pub tags: BTreeMap<String, String>,
    /// which events, by window
    pub selections: Selections,
    /// what archives are, by window
    pub formats: Formats,
}

/// How deliveries went; told by `GetTrailStatus`, and decides nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// archives
    pub archives: Attempts,
    /// digests
    pub digests: Attempts,
}

/// Attempts to deliver files of one kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempts {
    /// the latest, good or bad
    pub attempted: Option<Instant>,
    /// the latest that delivered a file
    pub delivered: Option<Instant>,
    /// why the latest failed, as the bucket put it (`NoSuchBucket`, `AccessDenied`); `None` if it did not
    pub error: Option<String>,
    /// the first of the failures in a row
    pub failing_since: Option<Instant>,
}

impl Attempts {
    /// A file was delivered.
    pub fn succeeded(&mut self, now: Instant) {
        *self = Self {
            attempted: Some(now),
            delivered: Some(now),
            error: None,
            failing_since: None,
        };
    }

    /// A file was not delivered.
    pub fn failed(&mut self, now: Instant, error: impl Into<String>) {
        self.attempted = Some(now);
        self.error = Some(error.into());
        self.failing_since.get_or_insert(now);
    }
}

impl Trail {
    /// A trail that does not log yet, of all events, without digests. `id` is 16 random hex digits; the bucket is the
    /// AWS account's `owner`.
    pub fn new(
        account: AccountId,
        name: TrailName,
        id: impl Into<String>,
        (bucket, owner): (impl Into<String>, AccountId),
        now: Instant,
    ) -> Self {
        Self {
            account,
            name,
            id: id.into(),
            revision: 0,
            created: now,
            settings: Settings {
                bucket: bucket.into(),
                bucket_owner: owner,
                prefix: None,
                include_global_service_events: true,
                is_multi_region: false,
                validation: false,
                tags: BTreeMap::new(),
                selections: Selections::default(),
                formats: Formats::default(),
            },
            logging: Logging::default(),
            progress: Progress::default(),
            delivery: Delivery::default(),
        }
    }

    /// Its ARN in `region`.
    pub fn arn(&self, region: &str) -> String {
        arn(region, self.account, &self.name)
    }

    /// Selects `selection` from the window of `now` on, in which what was selected before holds too; windows
    /// before it keep what they had.
    pub fn select(&mut self, selection: Selection, now: Instant) {
        if self.logging.is_idle() {
            // Nothing is logged or waits to be: there is no window to keep another selection for.
            self.settings.selections.set_always(selection);
        } else {
            let window = Window::of(now);
            let needed = self.next_logged().unwrap_or(window);
            self.settings.selections.set(window, selection, needed);
        }
    }

    /// Delivers archives of `format` from the window after that of `now` on; windows before it keep what they had.
    pub fn set_format(&mut self, format: Format, now: Instant) {
        if self.settings.formats.latest() == format {
            return;
        }
        if self.logging.is_idle() {
            self.settings.formats.set_always(format);
        } else {
            let window = Window::of(now).next();
            let needed = self.next_logged().unwrap_or(window);
            self.settings.formats.set(window, format, needed);
        }
    }
}

/// The ARN of an account's trail.
pub fn arn(region: &str, account: AccountId, name: &TrailName) -> String {
    format!("arn:aws:cloudtrail:{region}:{account}:trail/{name}")
}

#[cfg(test)]
pub(crate) fn sample() -> Trail {
    let (account, name) = ("111122223333".parse().unwrap(), "audit".parse());
    let id = "00000000000000aa";
    let mut trail = Trail::new(
        account,
        name.unwrap(),
        id,
        ("logs", account),
        Instant::from_seconds(0),
    );
    trail.settings.validation = true;
    trail
}
