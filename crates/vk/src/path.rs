//! The one path there is, `/v1/{project_id}/logs`.

use std::borrow::Cow;

use activity_log_core::query::MAX_VALUE_CHARS;
use percent_encoding::percent_decode_str;

/// The project whose log is asked for; `None` if the path is not this protocol's.
///
/// ```
/// use activity_log_vk::path::project;
/// assert_eq!(project("/v1/b5b7ffd4ef/logs").as_deref(), Some("b5b7ffd4ef"));
/// assert_eq!(project("/v1/reports"), None);
/// ```
pub fn project(path: &str) -> Option<Cow<'_, str>> {
    let project = path.strip_prefix("/v1/")?.strip_suffix("/logs")?;
    if project.is_empty() || project.contains('/') {
        return None;
    }
    let project = percent_decode_str(project).decode_utf8().ok()?;
    // No stored event names a longer one.
    (project.chars().count() <= MAX_VALUE_CHARS).then_some(project)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_project_s_log_is_ours() {
        for path in [
            "/",
            "/v1/logs",
            "/v1//logs",
            "/v1/p/logs/",
            "/v1/p/q/logs",
            "/v2/p/logs",
            "/v1/p",
            "/x/v1/p/logs",
            "/v1/%ff/logs",
        ] {
            assert_eq!(project(path), None, "{path}");
        }
    }

    #[test]
    fn a_project_is_decoded() {
        assert_eq!(project("/v1/%D0%BF%2F1/logs").as_deref(), Some("п/1"));
        assert_eq!(project("/v1/logs/logs").as_deref(), Some("logs"));
        let longest = "é".repeat(MAX_VALUE_CHARS);
        assert!(project(&format!("/v1/{longest}/logs")).is_some());
        assert!(project(&format!("/v1/{longest}x/logs")).is_none());
    }
}
