//! How plugins are printed for people.

use std::fmt::Write as _;

use activity_log_core::plugins::Manifest;
use indicatif::HumanBytes;

use super::found::Found;
use crate::printable::escape;

/// A line for each.
pub fn table(plugins: &[Found]) -> String {
    let mut text = String::new();
    for plugin in plugins {
        let (name, version) = match &plugin.manifest {
            Some(manifest) => (manifest.name.as_str(), manifest.version.as_str()),
            None => ("?", "?"),
        };
        let why = plugin
            .error
            .as_ref()
            .map(|error| format!("{}: {}", error.code, error.message));
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "{:<24}  {:<10}  {:<9}  {}  {}{}",
            escape(name),
            escape(version),
            escape(&plugin.state),
            plugin.id,
            escape(&plugin.created_at),
            why.map_or(String::new(), |why| format!("  {}", escape(&why))),
        );
    }
    text
}

/// All that is known of one.
pub fn details(plugin: &Found) -> String {
    let mut text = String::new();
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(text, "{name:<11} {}", escape(value));
    };
    line("plugin", &plugin.name());
    line("id", &plugin.id.to_string());
    line("state", &plugin.state);
    line(
        "uploaded",
        &format!("{} by {}", plugin.created_at, plugin.created_by),
    );
    if let Some(bytes) = plugin.size_bytes {
        line("size", &HumanBytes(bytes).to_string());
    }
    if let Some(sha256) = &plugin.sha256 {
        line("sha256", sha256);
    }
    if let Some(error) = &plugin.error {
        line("error", &format!("{}: {}", error.code, error.message));
    }
    if let Some(found) = &plugin.manifest {
        text.push_str(&manifest(found));
    }
    text
}

/// What a plugin says of itself, but for its name and version.
pub fn manifest(manifest: &Manifest) -> String {
    let mut text = String::new();
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(text, "{name:<11} {}", escape(value));
    };
    if !manifest.description.is_empty() {
        line("description", &manifest.description);
    }
    let inputs = manifest.inputs.iter().map(|input| match input.as_str() {
        "" => "(the whole event)",
        path => path,
    });
    line("inputs", &listed(inputs));
    let outputs = manifest.outputs.iter().map(|output| {
        let verb = if manifest.inputs.contains(output) {
            "replaces"
        } else {
            "adds"
        };
        format!("{verb} {output}")
    });
    line("outputs", &listed(outputs));
    for parameter in &manifest.parameters {
        let need = if parameter.required {
            "required"
        } else {
            "optional"
        };
        line(
            "parameter",
            &format!("{} ({need}): {}", parameter.name, parameter.description),
        );
    }
    text
}

fn listed<T: AsRef<str>>(names: impl Iterator<Item = T>) -> String {
    let names = names.fold(String::new(), |mut text, name| {
        text += if text.is_empty() { "" } else { ", " };
        text + name.as_ref()
    });
    if names.is_empty() {
        "none".to_owned()
    } else {
        names
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::found::tests::told;
    use super::*;

    fn refused() -> Found {
        let mut plugin = told(2, "refused", "", "");
        plugin["error"] = json!({ "code": "ForbiddenImport", "message": "wasi:cli\nx" });
        Found::read(&plugin).unwrap()
    }

    #[test]
    fn a_line_for_each() {
        let ready = Found::read(&told(1, "ready", "no-mfa", "1.0.0")).unwrap();
        assert_eq!(
            table(&[ready, refused()]),
            "no-mfa                    1.0.0       ready      01939c1e-7b5a-7000-8000-000000000001  \
             2026-11-20T12:00:00Z\n\
             ?                         ?           refused    01939c1e-7b5a-7000-8000-000000000002  \
             2026-11-20T12:00:00Z  ForbiddenImport: wasi:cli\\nx\n"
        );
    }

    #[test]
    fn nothing_is_none() {
        assert_eq!(
            manifest(&Manifest::default()),
            "inputs      none\noutputs     none\n"
        );
    }

    #[test]
    fn details_are_all_there() {
        let ready = Found::read(&told(1, "ready", "no-mfa", "1.0.0")).unwrap();
        assert_eq!(
            details(&ready),
            "plugin      no-mfa@1.0.0\n\
             id          01939c1e-7b5a-7000-8000-000000000001\n\
             state       ready\n\
             uploaded    2026-11-20T12:00:00Z by alice\n\
             size        1.50 KiB\n\
             sha256      00ff\n\
             inputs      (the whole event), eventName\n\
             outputs     adds risk\n\
             parameter   hours (required): such as\\n9-17\n"
        );
        assert!(details(&refused()).ends_with("error       ForbiddenImport: wasi:cli\\nx\n"));
    }
}
