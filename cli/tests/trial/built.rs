//! Over components of this repository's own filters.

use std::path::PathBuf;

use crate::{folder, guest::Guest, try_out};

/// A component of target/plugins; `None`, having said so, where nobody says that they are built.
fn built(name: &str) -> Option<PathBuf> {
    let Some(folder) = std::env::var_os("ACTIVITY_LOG_PLUGINS") else {
        eprintln!("skipped: ACTIVITY_LOG_PLUGINS is not set");
        return None;
    };
    let path = PathBuf::from(folder).join(format!("{name}.wasm"));
    assert!(path.is_file(), "{} is missing", path.display());
    Some(path)
}

/// Each with what its failure says.
const HOSTILE: [(&str, &str); 9] = [
    ("endless-loop", "time"),
    ("memory-bomb", "memory"),
    ("deep-recursion", "stack"),
    ("trap", "trap"),
    ("forbidden-import", "imports"),
    ("wrong-world", "exports"),
    ("nonsense-verdict", "nonsense verdict"),
    ("huge-output", "output"),
    ("slow-start", "start"),
];

#[test]
fn hostile_filters_fail_by_their_limits_name() {
    let events = folder(&Guest::default());
    for (name, limit) in HOSTILE {
        let Some(component) = built(name) else { return };
        let component = component.display().to_string();
        let told = try_out(events.path(), &[&component, "e.ndjson"]);
        assert_eq!(told.code, Some(1), "{name}: {told:?}");
        assert!(
            told.stderr.starts_with("error: ") && told.stderr.contains(limit),
            "{name}: {told:?}"
        );
    }
}

#[test]
fn the_event_that_a_filter_complains_of_is_named() {
    let Some(component) = built("fails-on-one-row") else {
        return;
    };
    let events = folder(&Guest::default());
    let component = component.display().to_string();
    let arguments = [
        &component,
        "e.ndjson",
        "--parameter",
        "at=DescribeInstances",
    ];
    let told = try_out(events.path(), &arguments);
    assert_eq!(told.code, Some(1));
    assert!(
        told.stderr
            .contains("at event e3 of 2026-11-19T12:00:00Z: the plugin says: "),
        "{told:?}"
    );
}
