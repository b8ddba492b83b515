//! Events as the service tells of them.

use clap::ValueEnum;
use serde::Deserialize;
use serde_json::value::RawValue;

/// A page of them, newest first.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Page {
    /// newest first
    pub events: Vec<Event>,
    /// how to go on, if there may be more
    pub next: Option<String>,
    /// back to when everything was looked at
    pub scanned_to: Option<String>,
    /// what was asked in a way that can find nothing
    #[serde(default)]
    pub warnings: Vec<String>,
}

/// An event: what it says in short, and its record.
#[derive(Clone, Debug, Deserialize)]
pub struct Event {
    /// RFC 3339
    pub time: String,
    who: Option<String>,
    action: Option<String>,
    resource: Option<String>,
    result: Option<String>,
    source: Option<String>,
    address: Option<String>,
    project: Option<String>,
    region: Option<String>,
    origin: Option<String>,
    /// its id
    pub id: String,
    /// as it came
    pub record: Box<RawValue>,
}

/// What a table can show of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Column {
    /// when the call was made
    Time,
    /// who made it
    Who,
    /// what was called
    Action,
    /// what it touched
    Resource,
    /// ok, or the error
    Result,
    /// of which service
    Source,
    /// from where
    Address,
    /// of which project
    Project,
    /// in which region
    Region,
    /// how it came into the log
    Origin,
    /// its id
    Id,
}

impl Column {
    /// What stands above it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Time => "TIME",
            Self::Who => "WHO",
            Self::Action => "ACTION",
            Self::Resource => "RESOURCE",
            Self::Result => "RESULT",
            Self::Source => "SOURCE",
            Self::Address => "ADDRESS",
            Self::Project => "PROJECT",
            Self::Region => "REGION",
            Self::Origin => "ORIGIN",
            Self::Id => "ID",
        }
    }
}

impl Event {
    /// What it says there.
    pub fn cell(&self, column: Column) -> Option<&str> {
        match column {
            Column::Time => Some(&self.time),
            Column::Who => self.who.as_deref(),
            Column::Action => self.action.as_deref(),
            Column::Resource => self.resource.as_deref(),
            Column::Result => self.result.as_deref(),
            Column::Source => self.source.as_deref(),
            Column::Address => self.address.as_deref(),
            Column::Project => self.project.as_deref(),
            Column::Region => self.region.as_deref(),
            Column::Origin => self.origin.as_deref(),
            Column::Id => Some(&self.id),
        }
    }
}

#[cfg(test)]
pub mod tests {
    use serde_json::json;

    use super::*;

    /// An event at this time, with this id, of this caller.
    pub fn event(time: &str, id: &str, who: Option<&str>) -> Event {
        let told = json!({
            "time": time, "who": who, "action": "StopInstances", "resource": "i-0a53", "result": "ok",
            "source": "ec2.amazonaws.com", "address": "192.0.2.1", "project": null, "region": "us-east-1",
            "origin": "queue", "id": id, "readOnly": false, "record": { "eventID": id },
        });
        serde_json::from_str(&told.to_string()).unwrap()
    }
}
