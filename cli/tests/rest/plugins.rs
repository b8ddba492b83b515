//! `alog plugin push, list, show, delete`

use activity_log_core::plugins::PluginState;
use activity_log_core::reports::{Failure, WorkMessage};
use serde_json::Value;

use crate::service::{Service, What};
use crate::stage::{good, now};

/// A component of so many bytes, as far as the API looks.
fn component(bytes: usize) -> Vec<u8> {
    let mut component = vec![7; bytes];
    component[..4].copy_from_slice(b"\0asm");
    component
}

#[test]
fn a_component_is_uploaded_and_checked() {
    let (service, folder) = (Service::start(), tempfile::tempdir().unwrap());
    std::fs::write(folder.path().join("f.wasm"), component(1_000)).unwrap();
    service
        .stage
        .then_plugin(|_| {})
        .then_plugin(good("no-mfa", "1.0.0"));
    service.fault("GET /v1/plugins/", What::Status(503, ""));
    let told = service.alog(folder.path(), &["plugin", "push", "f.wasm"]);
    let plugin = service.runtime.block_on(service.stage.plugins()).remove(0);
    assert_eq!(told.code, Some(0), "{told:?}");
    assert_eq!(told.stdout, format!("no-mfa@1.0.0 {}\n", plugin.id));
    assert_eq!(
        service.stage.files.get(&plugin.upload_key()).unwrap(),
        component(1_000)
    );
    let message = WorkMessage::Plugin {
        account: plugin.account,
        id: plugin.id,
    };
    assert_eq!(service.stage.sent(), [message]);
}

#[test]
fn a_large_one_goes_to_a_link() {
    let (service, folder) = (Service::start(), tempfile::tempdir().unwrap());
    let large = component(4 * 1024 * 1024 + 1);
    std::fs::write(folder.path().join("f.wasm"), &large).unwrap();
    service.fault(
        "PUT /files/",
        What::Status(503, "<Error><Code>SlowDown</Code></Error>"),
    );
    let told = service.alog(folder.path(), &["plugin", "push", "f.wasm", "--no-wait"]);
    let plugin = service.runtime.block_on(service.stage.plugins()).remove(0);
    assert_eq!(told.code, Some(0), "{told:?}");
    assert_eq!(told.stdout, format!("{}\n", plugin.id));
    assert_eq!(
        service.stage.files.get(&plugin.upload_key()).unwrap(),
        large
    );
    assert!(matches!(plugin.state, PluginState::Checking { .. }));
    assert_eq!(service.stage.sent().len(), 1);
}

#[test]
fn a_refusal_tells_the_author_what_to_mend() {
    let (service, folder) = (Service::start(), tempfile::tempdir().unwrap());
    std::fs::write(folder.path().join("f.wasm"), component(10)).unwrap();
    service.stage.then_plugin(|plugin| {
        let error = Failure::new(
            "Import",
            "a filter imports nothing but its log, not wasi:cli",
        );
        plugin.state = PluginState::Refused {
            finished: now(),
            error,
        };
    });
    let told = service.alog(folder.path(), &["plugin", "push", "f.wasm"]);
    assert_eq!((told.code, told.stdout.as_str()), (Some(1), ""));
    assert_eq!(
        told.stderr,
        "error: Import: a filter imports nothing but its log, not wasi:cli\n"
    );

    std::fs::write(folder.path().join("text"), "hello").unwrap();
    let told = service.alog(folder.path(), &["plugin", "push", "text"]);
    assert_eq!(told.code, Some(1));
    assert!(
        told.stderr.starts_with("error: InvalidComponent: "),
        "{told:?}"
    );
}

#[test]
fn versions_are_listed_shown_and_deleted() {
    let (service, folder) = (Service::start(), tempfile::tempdir().unwrap());
    std::fs::write(folder.path().join("f.wasm"), component(10)).unwrap();
    for version in ["1.0.0", "1.1.0"] {
        service.stage.then_plugin(good("no-mfa", version));
        let told = service.alog(folder.path(), &["plugin", "push", "f.wasm"]);
        assert_eq!(told.code, Some(0), "{told:?}");
    }
    let listed = service.alog(folder.path(), &["plugin", "list"]).stdout;
    let lines: Vec<&str> = listed.lines().collect();
    assert_eq!(lines.len(), 2);
    assert!(
        lines[0].starts_with("no-mfa                    1.1.0       ready  "),
        "{listed}"
    );

    let shown = service
        .alog(folder.path(), &["plugin", "show", "no-mfa"])
        .stdout;
    assert!(shown.starts_with("plugin      no-mfa@1.1.0\n"), "{shown}");
    assert!(
        shown.contains("parameter   hours (optional): such as 9-17\n"),
        "{shown}"
    );
    let json = service
        .alog(folder.path(), &["plugin", "show", "no-mfa@1.0.0", "--json"])
        .stdout;
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["manifest"]["version"], "1.0.0");
    let id = json["id"].as_str().unwrap();
    let shown = service.alog(folder.path(), &["plugin", "show", id]).stdout;
    assert!(shown.starts_with("plugin      no-mfa@1.0.0\n"), "{shown}");

    let told = service.alog(folder.path(), &["plugin", "delete", "no-mfa"]);
    assert_eq!(told.code, Some(1));
    assert_eq!(
        told.stderr,
        "error: say which version: no-mfa@VERSION, as `alog plugin list` prints them\n"
    );
    let told = service.alog(folder.path(), &["plugin", "delete", "no-mfa@1.0.0"]);
    assert_eq!(told.stdout, "no-mfa@1.0.0 deleted\n", "{told:?}");
    let told = service.alog(folder.path(), &["plugin", "show", "no-mfa@1.0.0"]);
    assert_eq!(told.code, Some(1));
    assert!(
        told.stderr.contains("no plugin no-mfa@1.0.0 can be used"),
        "{told:?}"
    );
}
