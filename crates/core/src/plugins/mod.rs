//! Plugins: customers' WebAssembly filters, every version of them.
//!
//! A version is uploaded, checked and compiled by us, and then ready or refused for good. Its name and its
//! version are those of its own manifest; in an account there is one of each pair.

mod manifest;

use serde::{Deserialize, Serialize};

use crate::account::AccountId;
use crate::instant::{DAY, Instant, MINUTE};
use crate::reports::{Failure, ReportId};

pub use manifest::{Manifest, Parameter};

/// A plugin version's id, of the same shape as a report's.
pub type PluginId = ReportId;

/// How many versions of plugins an account keeps.
pub const STORED: u32 = 50;
/// Most bytes of a component.
pub const MAX_COMPONENT_BYTES: u64 = 32 * 1024 * 1024;
/// How long one may upload to the link that was given.
pub const UPLOAD_MS: i64 = 60 * MINUTE;
/// How long a check may go on before it counts as given up.
pub const STALLED_MS: i64 = 180 * MINUTE;
/// How long a refused or abandoned upload is still shown.
pub const SHOWN_MS: i64 = DAY;

/// A version of a plugin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Plugin {
    /// whose
    pub account: AccountId,
    /// unique; a later one sorts after an earlier one
    pub id: PluginId,
    /// how often it was changed; a change holds only for the revision that was read
    pub revision: u64,
    /// when it was announced or uploaded
    pub created: Instant,
    /// the user who did
    pub created_by: String,
    /// how far it is, as it is stored; see [`Plugin::state_at`]
    pub state: PluginState,
    /// checks that began
    pub attempts: u32,
}

/// The states of a version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "camelCase")]
pub enum PluginState {
    /// a link was given; nothing was said to be there
    Uploading,
    /// it is there and waits to be checked, or is being checked
    Checking {
        /// since when
        since: Instant,
    },
    /// it can be used
    Ready(Box<ReadyPlugin>),
    /// it cannot
    Refused {
        /// when that was found out
        finished: Instant,
        /// what its author has to mend
        error: Failure,
    },
}

/// What is known of a version that can be used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReadyPlugin {
    /// when it was found to be good
    pub finished: Instant,
    /// what it says of itself
    pub manifest: Manifest,
    /// of the component
    pub size_bytes: u64,
    /// of the component, hex
    pub sha256: String,
    /// how the compiled form is authenticated
    pub compiled: Option<CompiledForm>,
}

/// A compiled form that we wrote: whatever is not this to the bit is compiled again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CompiledForm {
    /// its object's key
    pub key: String,
    /// its SHA-256, sealed by KMS for this plugin and this purpose, base64
    pub sealed_digest: String,
}

impl PluginState {
    /// The word in answers.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Uploading => "uploading",
            Self::Checking { .. } => "checking",
            Self::Ready(_) => "ready",
            Self::Refused { .. } => "refused",
        }
    }
}

impl Plugin {
    /// An announced upload.
    pub const fn new(account: AccountId, id: PluginId, created_by: String, now: Instant) -> Self {
        Self {
            account,
            id,
            revision: 0,
            created: now,
            created_by,
            state: PluginState::Uploading,
            attempts: 0,
        }
    }

    /// How far it is at this time: an upload that never came and a check that never ended were refused.
    pub fn state_at(&self, now: Instant) -> PluginState {
        let given_up = |finished: Instant, code, message: &str| PluginState::Refused {
            finished,
            error: Failure::new(code, message),
        };
        match &self.state {
            PluginState::Uploading if self.created.plus_millis(UPLOAD_MS) <= now => given_up(
                self.created.plus_millis(UPLOAD_MS),
                "NotUploaded",
                "Nothing was uploaded to the link within an hour. Ask for a new one.",
            ),
            PluginState::Checking { since } if since.plus_millis(STALLED_MS) <= now => given_up(
                since.plus_millis(STALLED_MS),
                "Stalled",
                "The service did not get to checking this plugin. Upload it again.",
            ),
            state => state.clone(),
        }
    }

    /// Its manifest and the rest, if it can be used.
    pub const fn ready(&self) -> Option<&ReadyPlugin> {
        match &self.state {
            PluginState::Ready(ready) => Some(ready),
            _ => None,
        }
    }

    /// When nothing of it need be kept any more; `None` while it can be used.
    pub fn forgotten(&self) -> Option<Instant> {
        let end = match &self.state {
            PluginState::Ready(_) => return None,
            PluginState::Uploading => self.created.plus_millis(UPLOAD_MS),
            PluginState::Checking { since } => since.plus_millis(STALLED_MS),
            PluginState::Refused { finished, .. } => *finished,
        };
        Some(end.plus_millis(SHOWN_MS))
    }

    /// Where it is uploaded to; never read but by the check.
    pub fn upload_key(&self) -> String {
        format!("uploads/{}/{}.wasm", self.account, self.id)
    }

    /// Where the checked component is kept.
    pub fn component_key(&self) -> String {
        format!("plugins/{}/{}.wasm", self.account, self.id)
    }

    /// Where the compiled form is kept.
    pub fn compiled_key(&self) -> String {
        format!("compiled/{}/{}.cwasm", self.account, self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_never_came_was_refused() {
        let now = Instant::from_seconds(1_000_000);
        let account = "111122223333".parse().unwrap();
        let id = PluginId::new(now, [1; 10]);
        let mut plugin = Plugin::new(account, id, "alice".to_owned(), now);
        assert_eq!(plugin.state_at(now), PluginState::Uploading);
        assert_eq!(
            plugin.state_at(now.plus_millis(UPLOAD_MS)).as_str(),
            "refused"
        );
        plugin.state = PluginState::Checking { since: now };
        assert_eq!(
            plugin.state_at(now.plus_millis(UPLOAD_MS)).as_str(),
            "checking"
        );
        assert_eq!(
            plugin.state_at(now.plus_millis(STALLED_MS)).as_str(),
            "refused"
        );
        let text = serde_json::to_string(&plugin).unwrap();
        assert_eq!(serde_json::from_str::<Plugin>(&text).unwrap(), plugin);
    }
}
