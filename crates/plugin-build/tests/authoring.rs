//! The way of an author: a new filter from each template, built, and run over the template's events.

mod common;

use std::fs;
use std::path::Path;

use activity_log_plugin::Limits;
use activity_log_plugin_build::{Error, Language, build, create};
use common::{judge, load, must_be_there};

/// `None`, with the reason printed, where the language's tools are not installed.
fn built(dir: &Path) -> Option<Vec<u8>> {
    match build(dir) {
        Ok(path) => {
            assert_eq!(path, dir.join("night-shift.wasm"));
            Some(fs::read(path).unwrap())
        }
        Err(error @ Error::Missing { .. }) => {
            assert!(!must_be_there(), "{error}");
            println!("SKIPPED: {error}");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

fn try_out(language: Language) {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path().join("night-shift");
    create(language, "night-shift", &dir).unwrap();
    let Some(component) = built(&dir) else { return };
    let plugin = load(&component, Limits::default());
    let manifest = plugin.describe().unwrap();
    assert_eq!(
        (manifest.name.as_str(), manifest.version.as_str()),
        ("night-shift", "1.0.0")
    );
    let events = fs::read_to_string(dir.join("events.ndjson")).unwrap();
    let events: Vec<String> = events.lines().map(str::to_owned).collect();
    let kept = |parameters: &[(&str, &str)]| {
        let judged = judge(&plugin, parameters, &events, 4096).unwrap();
        let kept = judged.kept.iter().enumerate().filter(|(_, kept)| **kept);
        kept.map(|(row, _)| row).collect::<Vec<_>>()
    };
    assert_eq!(kept(&[]), [2, 5, 6]);
    assert_eq!(kept(&[("code", "AccessDenied")]), [2, 6]);
    let refused = judge(&plugin, &[("code", "")], &events, 4096).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the plugin does not start: the parameter code is empty"
    );
}

#[test]
fn a_new_filter_in_rust() {
    try_out(Language::Rust);
}

#[test]
fn a_new_filter_in_c() {
    try_out(Language::C);
}

#[test]
fn a_new_filter_in_javascript() {
    try_out(Language::JavaScript);
}

#[test]
fn a_folder_without_a_filter_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let error = build(dir.path()).unwrap_err();
    assert!(
        error.to_string().contains("`alog plugin new` makes one"),
        "{error}"
    );
}

#[test]
fn a_compilers_own_words_are_shown() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path().join("broken");
    create(Language::C, "broken", &dir).unwrap();
    let filter = dir.join("filter.c");
    let source = fs::read_to_string(&filter).unwrap();
    fs::write(&filter, source.replace("return NULL;", "return NULL")).unwrap();
    match build(&dir) {
        Err(Error::Missing { .. }) if !must_be_there() => println!("SKIPPED: no C compiler"),
        Err(error @ Error::Compile { .. }) => {
            assert!(error.to_string().contains("filter.c"), "{error}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_a_filter_may_not_import_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path().join("greedy");
    create(Language::C, "greedy", &dir).unwrap();
    let filter = dir.join("filter.c");
    let source = fs::read_to_string(&filter).unwrap();
    let import = "__attribute__((import_module(\"wasi_snapshot_preview1\"), import_name(\"proc_exit\"))) void leave(int);\nconst char *al_start(void) {\n  leave(1);";
    fs::write(
        &filter,
        source.replace("const char *al_start(void) {", import),
    )
    .unwrap();
    match build(&dir) {
        Err(Error::Missing { .. }) if !must_be_there() => println!("SKIPPED: no C compiler"),
        Err(error @ Error::Component { .. }) => {
            let message = error.to_string();
            assert!(
                message.contains("it imports proc_exit from wasi_snapshot_preview1"),
                "{message}"
            );
            assert!(message.contains("Filters have no WASI"), "{message}");
        }
        other => panic!("{other:?}"),
    }
}
