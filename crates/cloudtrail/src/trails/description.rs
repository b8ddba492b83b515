//! A trail as replies describe it.

use activity_log_core::trail::Trail;
use serde::Serialize;

use super::reference::Home;

/// What `CreateTrail` and `UpdateTrail` answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
#[expect(clippy::struct_excessive_bools, reason = "the wire's")]
pub struct Configuration {
    name: String,
    s3_bucket_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    s3_key_prefix: Option<String>,
    include_global_service_events: bool,
    is_multi_region_trail: bool,
    #[serde(rename = "TrailARN")]
    trail_arn: String,
    log_file_validation_enabled: bool,
    is_organization_trail: bool,
}

impl Configuration {
    /// Of this trail.
    pub fn of(trail: &Trail, home: Home<'_>) -> Self {
        let settings = &trail.settings;
        Self {
            name: trail.name.to_string(),
            s3_bucket_name: settings.bucket.clone(),
            s3_key_prefix: settings.prefix.clone(),
            include_global_service_events: settings.include_global_service_events,
            is_multi_region_trail: settings.is_multi_region,
            trail_arn: trail.arn(home.region),
            log_file_validation_enabled: settings.validation,
            is_organization_trail: false,
        }
    }
}

/// What `GetTrail` and `DescribeTrails` answer: the same, and what follows from it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Description {
    #[serde(flatten)]
    configuration: Configuration,
    home_region: String,
    has_custom_event_selectors: bool,
    has_insight_selectors: bool,
}

impl Description {
    /// Of this trail.
    pub fn of(trail: &Trail, home: Home<'_>) -> Self {
        Self {
            configuration: Configuration::of(trail, home),
            home_region: home.region.to_owned(),
            has_custom_event_selectors: trail.settings.selections.latest().custom,
            has_insight_selectors: false,
        }
    }
}
