//! How a plugin is named: by its id, or by its name and perhaps its version.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use activity_log_core::plugins::PluginId;
use serde_json::{Value, json};

/// `01939c1e-7b5a-7000-8000-0123456789ab`, `no-mfa`, `no-mfa@1.0.0`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reference {
    /// this very version
    Id(PluginId),
    /// the version named, or the newest
    Name {
        /// from the manifest
        name: String,
        /// from the manifest
        version: Option<String>,
    },
}

impl Reference {
    /// As requests have it.
    pub fn to_json(&self) -> Value {
        match self {
            Self::Id(id) => json!({ "id": id }),
            Self::Name {
                name,
                version: None,
            } => json!({ "name": name }),
            Self::Name {
                name,
                version: Some(version),
            } => json!({ "name": name, "version": version }),
        }
    }
}

impl FromStr for Reference {
    // What is no name, no plugin has: the service says so.
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        if let Ok(id) = text.parse() {
            return Ok(Self::Id(id));
        }
        Ok(match text.split_once('@') {
            Some((name, version)) => Self::Name {
                name: name.to_owned(),
                version: Some(version.to_owned()),
            },
            None => Self::Name {
                name: text.to_owned(),
                version: None,
            },
        })
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Name {
                name,
                version: None,
            } => f.write_str(name),
            Self::Name {
                name,
                version: Some(version),
            } => write!(f, "{name}@{version}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plugin_is_named_in_three_ways() {
        for (text, expected) in [
            ("no-mfa", json!({ "name": "no-mfa" })),
            (
                "no-mfa@1.0.0",
                json!({ "name": "no-mfa", "version": "1.0.0" }),
            ),
            (
                "01939c1e-7b5a-7000-8000-0123456789ab",
                json!({ "id": "01939c1e-7b5a-7000-8000-0123456789ab" }),
            ),
        ] {
            let Ok(reference) = text.parse::<Reference>();
            assert_eq!(reference.to_json(), expected);
            assert_eq!(reference.to_string(), text);
        }
    }
}
