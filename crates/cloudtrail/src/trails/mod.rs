//! What the operations on trails share: how a trail is named, described, checked and changed.

pub mod advanced;
pub mod change;
pub mod description;
pub mod destination;
pub mod parameters;
pub mod reference;
pub mod selectors;
pub mod tags;

use serde::{Deserialize, Serialize};

/// The request of operations that take nothing but a trail.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all(deserialize = "PascalCase", serialize = "camelCase"))]
pub struct Named {
    /// its name or ARN
    pub name: Option<String>,
}

/// The reply of operations that have nothing to tell: `{}`.
#[derive(Debug, Serialize)]
pub struct Done {}
