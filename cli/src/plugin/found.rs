//! Plugins as the service tells of them.

use activity_log_core::plugins::{Manifest, PluginId};
use activity_log_core::reports::Failure;
use anyhow::Context as _;
use serde::Deserialize;
use serde_json::Value;

use crate::service::reference::Reference;

/// Where plugins are.
pub const PATH: &str = "/v1/plugins";

/// A version of a plugin. What the service says besides is not ours to check.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Found {
    /// its id
    pub id: PluginId,
    /// uploading, checking, ready, refused
    pub state: String,
    /// RFC 3339
    pub created_at: String,
    /// the user
    pub created_by: String,
    /// what it says of itself, once it is ready
    pub manifest: Option<Manifest>,
    /// of the component
    pub size_bytes: Option<u64>,
    /// of the component, hex
    pub sha256: Option<String>,
    /// why it was refused
    pub error: Option<Failure>,
}

impl Found {
    /// From an answer.
    pub fn read(value: &Value) -> anyhow::Result<Self> {
        Self::deserialize(value).context("the answer is not understood")
    }

    /// Whether it can be used.
    pub fn is_ready(&self) -> bool {
        self.state == "ready"
    }

    /// Whether its check is over.
    pub fn is_checked(&self) -> bool {
        matches!(self.state.as_str(), "ready" | "refused")
    }

    /// `no-mfa@1.0.0`, or its id while that is not known.
    pub fn name(&self) -> String {
        match &self.manifest {
            Some(manifest) => format!("{}@{}", manifest.name, manifest.version),
            None => self.id.to_string(),
        }
    }

    fn is(&self, name: &str, version: Option<&str>) -> bool {
        let manifest = self.manifest.as_ref().filter(|_| self.is_ready());
        manifest.is_some_and(|manifest| {
            manifest.name == name && version.is_none_or(|version| manifest.version == version)
        })
    }
}

#[derive(Deserialize)]
struct List {
    plugins: Vec<Found>,
}

/// All of them.
pub fn list(answer: &Value) -> anyhow::Result<Vec<Found>> {
    let List { plugins } = List::deserialize(answer).context("the answer is not understood")?;
    Ok(plugins)
}

/// The newest ready one of this name.
pub fn named(answer: &Value, reference: &Reference) -> anyhow::Result<Value> {
    let all = list(answer)?;
    let (name, version) = match reference {
        Reference::Id(id) => (id.to_string(), None),
        Reference::Name { name, version } => (name.clone(), version.as_deref()),
    };
    let newest = (all.iter().enumerate())
        .filter(|(_, plugin)| plugin.is(&name, version))
        .max_by_key(|(_, plugin)| plugin.id);
    newest
        .map(|(at, _)| answer["plugins"][at].clone())
        .with_context(|| {
            format!("no plugin {reference} can be used; `alog plugin list` shows what is there")
        })
}

#[cfg(test)]
pub mod tests {
    use serde_json::json;

    use super::*;

    /// A version as the service tells it: the `at`th that was made.
    pub fn told(at: u32, state: &str, name: &str, version: &str) -> Value {
        let mut plugin = json!({
            "id": format!("01939c1e-7b5a-7000-8000-00000000000{at}"), "state": state,
            "createdAt": "2026-11-20T12:00:00Z", "createdBy": "alice",
        });
        if state == "ready" {
            plugin["manifest"] = json!({
                "name": name, "version": version, "description": "", "inputs": ["", "eventName"],
                "outputs": ["risk"], "parameters": [
                    { "name": "hours", "description": "such as\n9-17", "required": true },
                ],
            });
            plugin["sizeBytes"] = 1_536.into();
            plugin["sha256"] = "00ff".into();
        }
        plugin
    }

    #[test]
    fn the_newest_that_can_be_used_is_meant() {
        let all = json!({ "plugins": [
            told(3, "refused", "a", "3.0.0"), told(1, "ready", "a", "2.0.0"),
            told(2, "ready", "a", "1.0.1"), told(4, "ready", "b", "1.0.0"),
        ]});
        let found = |text: &str| {
            let Ok(reference) = text.parse();
            named(&all, &reference).map(|found| Found::read(&found).unwrap().name())
        };
        assert_eq!(found("a").unwrap(), "a@1.0.1");
        assert_eq!(found("a@2.0.0").unwrap(), "a@2.0.0");
        for none in ["c", "a@3.0.0", "a@", ""] {
            let error = found(none).unwrap_err().to_string();
            assert!(
                error.starts_with(&format!("no plugin {none} can be used")),
                "{error}"
            );
        }
    }
}
