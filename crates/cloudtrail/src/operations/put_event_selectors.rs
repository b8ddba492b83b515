//! `PutEventSelectors`: which events a trail takes, from the current window on.

use activity_log_calls::Resource;
use activity_log_control::Permission;
use activity_log_core::trail::Trail;
use activity_log_core::trail::selection::Selection;
use serde::{Deserialize, Serialize};

use super::get_event_selectors::Output;
use crate::error::ApiError;
use crate::input::Object;
use crate::operation::{Call, Operation};
use crate::ports::Ports;
use crate::trails::advanced::{self, AdvancedEventSelector};
use crate::trails::change::change_named;
use crate::trails::reference::{self, Home, either_name};
use crate::trails::selectors::{self, EventSelector};

/// `PutEventSelectors`.
#[derive(Debug)]
pub struct PutEventSelectors;

/// The request: AWS sends `TrailName`, K2 sends `Name`.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all(deserialize = "PascalCase", serialize = "camelCase"))]
pub struct Input {
    trail_name: Option<String>,
    name: Option<String>,
    event_selectors: Option<Vec<Object<EventSelector>>>,
    advanced_event_selectors: Option<Vec<Object<AdvancedEventSelector>>>,
}

impl Input {
    /// What it selects, of whatever project.
    fn selection(&self) -> Result<Selection, ApiError> {
        let sent = self.advanced_event_selectors.as_deref().unwrap_or_default();
        let (plain, advanced) = if sent.is_empty() {
            let sent = self.event_selectors.as_deref().unwrap_or_default();
            (selectors::read(sent)?, Vec::new())
        } else if self
            .event_selectors
            .as_deref()
            .is_some_and(|some| !some.is_empty())
        {
            return Err(selectors::invalid(
                "EventSelectors and AdvancedEventSelectors are both sent; send one of them",
            ));
        } else {
            (Vec::new(), advanced::read(sent)?)
        };
        Ok(Selection {
            selectors: plain,
            advanced,
            custom: true,
            project: None,
        })
    }
}

impl<P: Ports> Operation<P> for PutEventSelectors {
    const NAME: &'static str = "PutEventSelectors";
    const PERMISSION: Permission = Permission::Administrator;
    const READ_ONLY: bool = false;
    type Input = Input;
    type Output = Output;

    fn resources(input: &Input, home: Home<'_>) -> Vec<Resource> {
        let name = either_name(input.trail_name.as_deref(), input.name.as_deref());
        reference::resources(name.ok().flatten(), home)
    }

    async fn run(call: &Call<'_, P>, input: Input) -> Result<Output, ApiError> {
        let name = either_name(input.trail_name.as_deref(), input.name.as_deref())?;
        let selection = input.selection()?;
        let select = |trail: &mut Trail| {
            let selection = Selection {
                project: trail.settings.selections.latest().project,
                ..selection.clone()
            };
            if trail.settings.selections.latest() != selection {
                trail.select(selection, call.now);
            }
            Ok(())
        };
        let trail = change_named(call, name, select).await?;
        Ok(Output::of(&trail, Home::of(call)))
    }
}
