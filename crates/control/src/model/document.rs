//! What is kept whole, as one JSON text, and changed only as it was read: reports and plugins.

use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;
use activity_log_core::plugins::Plugin;
use activity_log_core::reports::{Report, ReportId};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::StoreError;

/// Most bytes of a document's JSON text. DynamoDB takes 400 KB an item; the largest we make, with 64 KB of
/// a plugin's parameters that are all escaped, stays below this.
pub(crate) const MOST_BYTES: usize = 300 * 1024;

/// A report or a plugin version, as the tables see it.
pub(crate) trait Document: Clone + Serialize + DeserializeOwned + Send + Sync {
    /// What it is called in keys and attributes.
    const KIND: &'static str;

    fn account(&self) -> AccountId;

    fn id(&self) -> ReportId;

    fn revision(&self) -> u64;

    /// When nothing of it need be kept any more; `None`: not while it is as it is.
    fn forgotten(&self) -> Option<Instant>;

    /// This, as what `old` becomes: one revision higher.
    fn following(&self, old: &Self) -> Self;

    /// Whether it is there for those who ask: the table deletes days after it may.
    fn is_kept(&self, now: Instant) -> bool {
        self.forgotten().is_none_or(|end| end > now)
    }

    /// For messages.
    fn name(&self) -> String {
        format!(
            "{}s#{}/{}#{}",
            Self::KIND,
            self.account(),
            Self::KIND,
            self.id()
        )
    }

    /// As it is stored.
    fn json(&self) -> Result<String, StoreError> {
        let text = serde_json::to_string(self).map_err(|_| StoreError::Malformed {
            item: self.name(),
            attribute: Self::KIND,
        })?;
        if text.len() > MOST_BYTES {
            return Err(StoreError::TooLarge {
                item: self.name(),
                bytes: text.len(),
                most: MOST_BYTES,
            });
        }
        Ok(text)
    }
}

impl Document for Report {
    const KIND: &'static str = "report";

    fn account(&self) -> AccountId {
        self.account
    }

    fn id(&self) -> ReportId {
        self.id
    }

    fn revision(&self) -> u64 {
        self.revision
    }

    fn forgotten(&self) -> Option<Instant> {
        Some(Self::forgotten(self))
    }

    fn following(&self, old: &Self) -> Self {
        Self {
            account: old.account,
            id: old.id,
            revision: old.revision + 1,
            ..self.clone()
        }
    }
}

impl Document for Plugin {
    const KIND: &'static str = "plugin";

    fn account(&self) -> AccountId {
        self.account
    }

    fn id(&self) -> ReportId {
        self.id
    }

    fn revision(&self) -> u64 {
        self.revision
    }

    fn forgotten(&self) -> Option<Instant> {
        Self::forgotten(self)
    }

    fn following(&self, old: &Self) -> Self {
        Self {
            account: old.account,
            id: old.id,
            revision: old.revision + 1,
            ..self.clone()
        }
    }
}
