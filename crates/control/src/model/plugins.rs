//! What both tables decide in the same way about plugins.

use activity_log_core::plugins::Plugin;

/// What an account has one ready version of: `NAME@VERSION`. Neither holds an `@`.
pub(crate) fn name_and_version(plugin: &Plugin) -> Option<String> {
    let manifest = &plugin.ready()?.manifest;
    Some(format!("{}@{}", manifest.name, manifest.version))
}
