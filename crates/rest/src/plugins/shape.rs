//! A plugin version as clients see it.

use activity_log_core::instant::Instant;
use activity_log_core::plugins::{Manifest, Plugin, PluginState};
use activity_log_core::reports::Failure;
use serde::Serialize;

use crate::time::At;

/// A plugin version in an answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PluginShape {
    id: String,
    state: &'static str,
    created_at: At,
    created_by: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    finished_at: Option<At>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    manifest: Option<Manifest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Failure>,
    /// where to send the component
    #[serde(skip_serializing_if = "Option::is_none")]
    upload: Option<Upload>,
}

/// A link to upload to.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Upload {
    /// with the signature in it
    pub url: String,
    /// PUT
    pub method: &'static str,
    /// until when it is good
    pub expires_at: At,
}

impl PluginShape {
    /// The plugin version as it is now.
    pub fn of(plugin: &Plugin, now: Instant) -> Self {
        let state = plugin.state_at(now);
        let mut shape = Self {
            id: plugin.id.to_string(),
            state: state.as_str(),
            created_at: At(plugin.created),
            created_by: plugin.created_by.clone(),
            finished_at: None,
            size_bytes: None,
            sha256: None,
            manifest: None,
            error: None,
            upload: None,
        };
        match state {
            PluginState::Uploading | PluginState::Checking { .. } => {}
            PluginState::Ready(ready) => {
                shape.finished_at = Some(At(ready.finished));
                shape.size_bytes = Some(ready.size_bytes);
                shape.sha256 = Some(ready.sha256);
                shape.manifest = Some(ready.manifest);
            }
            PluginState::Refused { finished, error } => {
                shape.finished_at = Some(At(finished));
                shape.error = Some(error);
            }
        }
        shape
    }

    /// The same with a link to upload to.
    #[must_use]
    pub fn with_upload(mut self, upload: Upload) -> Self {
        self.upload = Some(upload);
        self
    }
}

#[cfg(test)]
mod tests {
    use activity_log_core::plugins::{ReadyPlugin, UPLOAD_MS};
    use serde_json::{Value, json};

    use super::*;

    const NOW: Instant = Instant::from_seconds(1_795_176_000);

    fn shown(plugin: &Plugin, now: Instant) -> Value {
        serde_json::to_value(PluginShape::of(plugin, now)).unwrap()
    }

    #[test]
    fn each_state_shows_what_it_has() {
        let account = "111122223333".parse().unwrap();
        let id = activity_log_core::plugins::PluginId::new(NOW, [1; 10]);
        let mut plugin = Plugin::new(account, id, "alice".to_owned(), NOW);
        let at = "2026-11-20T12:00:00Z";
        let uploading = json!({"id": id.to_string(), "state": "uploading", "createdAt": at, "createdBy": "alice"});
        assert_eq!(shown(&plugin, NOW), uploading);
        let late = shown(&plugin, NOW.plus_millis(UPLOAD_MS));
        assert_eq!(
            (&late["state"], &late["error"]["code"]),
            (&json!("refused"), &json!("NotUploaded"))
        );
        assert_eq!(late["finishedAt"], "2026-11-20T13:00:00Z");
        plugin.state = PluginState::Ready(Box::new(ReadyPlugin {
            finished: NOW,
            manifest: Manifest::default(),
            size_bytes: 7,
            sha256: "ab".to_owned(),
            compiled: None,
        }));
        let ready = shown(&plugin, NOW);
        assert_eq!(ready["sha256"], "ab");
        let manifest = json!({"name": "", "version": "", "description": "", "inputs": [], "outputs": [], "parameters": []});
        assert_eq!(ready["manifest"], manifest);
        assert_eq!(ready["finishedAt"], at);
    }
}
