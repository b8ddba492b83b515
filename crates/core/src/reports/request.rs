//! What a report is asked to hold.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Condition, Format};
use crate::instant::Instant;
use crate::plugins::PluginId;
use crate::query::{Filter, Query};

/// A request whose time range and plugin are fixed: what it asks for never changes while it is built.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReportRequest {
    /// of the file
    pub format: Format,
    /// earliest event time, inclusive
    pub start: Instant,
    /// latest event time, inclusive
    pub end: Instant,
    /// on attributes; all must hold
    pub filters: Vec<Filter>,
    /// on any fields; all must hold
    pub conditions: Vec<Condition>,
    /// paths, in their order; none: the default columns
    pub columns: Vec<String>,
    /// what decides besides
    pub plugin: Option<PluginUse>,
}

/// The very plugin a report uses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PluginUse {
    /// the version's own id
    pub id: PluginId,
    /// from its manifest
    pub name: String,
    /// from its manifest
    pub version: String,
    /// of the component, hex
    pub sha256: String,
    /// what it is told
    pub parameters: BTreeMap<String, String>,
    /// most instructions, where a reproducible budget is asked for
    pub fuel: Option<u64>,
}

impl ReportRequest {
    /// The part that the store's indexes answer.
    pub fn query(&self) -> Query {
        Query {
            start: Some(self.start),
            end: Some(self.end),
            filters: self.filters.clone(),
        }
    }
}
