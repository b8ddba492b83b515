//! Checks of uploads: ready or refused, with what to mend.

use activity_log_core::plugins::{MAX_COMPONENT_BYTES, Plugin, PluginState};
use activity_log_core::reports::{ATTEMPTS, Failure, WorkMessage};

use crate::guest::{Guest, WIT};
use crate::stage::{Stage, meanwhile};

async fn refused(stage: &Stage, plugin: &Plugin) -> Failure {
    match stage.plugin(plugin.id).await.state {
        PluginState::Refused { error, .. } => error,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_good_component_becomes_ready() {
    let stage = Stage::with_events(0).await;
    let bytes = Guest::default().component();
    let plugin = stage.upload(bytes.clone()).await;
    assert_eq!(stage.check(&plugin).await.unwrap().plugins_ready, 1);
    let stored = stage.plugin(plugin.id).await;
    let ready = stored.ready().unwrap();
    assert_eq!(
        (
            ready.manifest.name.as_str(),
            ready.manifest.version.as_str()
        ),
        ("starts-with-d", "1.2.3")
    );
    assert_eq!(
        (ready.size_bytes, ready.sha256.len()),
        (bytes.len() as u64, 64)
    );
    let mut keys = [plugin.component_key(), plugin.compiled_key()];
    keys.sort();
    assert_eq!(stage.keys(), keys);
    assert_eq!(
        stage.app.ports.bucket.state().objects[&plugin.component_key()],
        bytes
    );

    // Given twice, the message does nothing twice.
    assert_eq!(stage.check(&plugin).await.unwrap().plugins_ready, 0);
    assert_eq!(stage.plugin(plugin.id).await, stored);
}

#[tokio::test]
async fn a_bad_upload_is_refused_with_what_to_mend() {
    let stage = Stage::with_events(0).await;
    let good = Guest::default();
    let mut bad_name = good.clone();
    bad_name.manifest.name = "Not Good".to_owned();
    let mut never = good.clone();
    never.describe = "unreachable".to_owned();
    let uploads = [
        (
            b"hello".to_vec(),
            "NotAComponent",
            "not a WebAssembly component",
        ),
        (good.module(), "NotAComponent", "core module"),
        (
            good.component()[..100].to_vec(),
            "InvalidComponent",
            "not valid",
        ),
        (bad_name.component(), "InvalidManifest", "name"),
        (never.component(), "DescribeFailed", "never reached"),
        (
            vec![0; usize::try_from(MAX_COMPONENT_BYTES).unwrap() + 1],
            "TooLarge",
            "33554433 bytes",
        ),
    ];
    for (bytes, code, words) in uploads {
        let plugin = stage.upload(bytes).await;
        assert_eq!(stage.check(&plugin).await.unwrap().plugins_refused, 1);
        let error = refused(&stage, &plugin).await;
        assert_eq!(error.code, code, "{}", error.message);
        assert!(error.message.contains(words), "{}", error.message);
        assert!(stage.keys().is_empty(), "nothing of it is kept");
    }
}

#[tokio::test]
async fn a_forbidden_import_is_named() {
    let stage = Stage::with_events(0).await;
    let wit = WIT.replace(
        "world filter {",
        "world filter { import clock: interface { now: func() -> u64; }",
    );
    let guest = Guest {
        wit,
        imports: r#"(import "clock" "now" (func $now (result i64)))"#.to_owned(),
        ..Guest::default()
    };
    let plugin = stage.upload(guest.component()).await;
    stage.check(&plugin).await.unwrap();
    let error = refused(&stage, &plugin).await;
    assert_eq!(error.code, "ForbiddenImport");
    assert!(
        error
            .message
            .starts_with("imports: clock: a filter may import"),
        "{}",
        error.message
    );
}

#[tokio::test]
async fn a_version_is_there_once() {
    let stage = Stage::with_events(0).await;
    let first = stage.ready(Guest::default().component()).await;
    let again = stage.upload(Guest::default().component()).await;
    stage.check(&again).await.unwrap();
    let error = refused(&stage, &again).await;
    assert_eq!(error.code, "AlreadyThere");
    assert!(
        error.message.contains(&first.id.to_string()),
        "{}",
        error.message
    );

    let mut other = Guest::default();
    other.manifest.description = "another".to_owned();
    let changed = stage.upload(other.component()).await;
    stage.check(&changed).await.unwrap();
    let error = refused(&stage, &changed).await;
    assert_eq!(error.code, "NameTaken");
    assert!(
        error.message.contains("raise the version"),
        "{}",
        error.message
    );
    assert_eq!(stage.keys().len(), 2, "the first one's");

    other.manifest.version = "1.2.4".to_owned();
    stage.ready(other.component()).await;
}

#[tokio::test]
async fn a_check_is_tried_again_and_given_up_in_the_end() {
    let stage = Stage::with_events(0).await;
    let plugin = stage.upload(Guest::default().component()).await;
    stage.app.ports.bucket.state().fails = Some((0, usize::MAX));
    for _ in 1..ATTEMPTS {
        assert!(stage.check(&plugin).await.is_err());
        assert_eq!(stage.plugin(plugin.id).await.state.as_str(), "checking");
    }
    assert_eq!(stage.check(&plugin).await.unwrap().plugins_refused, 1);
    assert_eq!(refused(&stage, &plugin).await.code, "CheckFailed");
}

#[tokio::test]
async fn whichever_call_fails_the_plugin_becomes_ready() {
    for call in 1..=3 {
        let stage = Stage::with_events(0).await;
        let plugin = stage.upload(Guest::default().component()).await;
        stage.app.ports.bucket.state().fails = Some((call, 1));
        assert!(stage.check(&plugin).await.is_err(), "{call}");
        assert_eq!(
            stage.check(&plugin).await.unwrap().plugins_ready,
            1,
            "{call}"
        );
    }
}

#[tokio::test]
async fn a_plugin_deleted_while_it_is_checked_leaves_nothing() {
    use activity_log_control::{PluginReader as _, PluginWriter as _};
    let stage = Stage::with_events(0).await;
    let plugin = stage.upload(Guest::default().component()).await;
    let (control, of) = (stage.app.ports.control.clone(), plugin.clone());
    let delete = meanwhile(move || async move {
        let stored = control.plugin(of.account, of.id, of.created).await;
        let stored = stored.unwrap().unwrap();
        assert!(control.delete_plugin(&stored).await.unwrap());
    });
    stage.app.ports.bucket.state().meanwhile = Some((3, Box::new(delete)));
    let worked = stage.check(&plugin).await.unwrap();
    assert_eq!((worked.plugins_ready, worked.plugins_refused), (0, 0));
    assert!(stage.keys().iter().all(|key| *key == plugin.upload_key()));
}

#[tokio::test]
async fn one_that_is_deleted_before_it_is_refused_counts_as_neither() {
    use activity_log_control::{PluginReader as _, PluginWriter as _};
    let stage = Stage::with_events(0).await;
    let plugin = stage.upload(b"no WebAssembly".to_vec()).await;
    let (control, of) = (stage.app.ports.control.clone(), plugin.clone());
    let delete = meanwhile(move || async move {
        let stored = control.plugin(of.account, of.id, of.created).await;
        let stored = stored.unwrap().unwrap();
        assert!(control.delete_plugin(&stored).await.unwrap());
    });
    stage.app.ports.bucket.state().meanwhile = Some((1, Box::new(delete)));
    let worked = stage.check(&plugin).await.unwrap();
    assert_eq!((worked.plugins_ready, worked.plugins_refused), (0, 0));
}

#[tokio::test]
async fn a_check_that_another_run_took_over_leaves_the_message_to_it() {
    use activity_log_control::{PluginChange, PluginReader as _, PluginWriter as _};
    let stage = Stage::with_events(0).await;
    let plugin = stage.upload(Guest::default().component()).await;
    let (control, of) = (stage.app.ports.control.clone(), plugin.clone());
    let takes = meanwhile(move || async move {
        let stored = control.plugin(of.account, of.id, of.created).await;
        let stored = stored.unwrap().unwrap();
        let mut begun = stored.clone();
        begun.attempts += 1;
        let changed = control.change_plugin(&stored, &begun).await;
        assert_eq!(changed.unwrap(), PluginChange::Written);
    });
    stage.app.ports.bucket.state().meanwhile = Some((3, Box::new(takes)));
    let (account, id) = (plugin.account, plugin.id);
    let message = WorkMessage::Plugin { account, id };
    // The other run dies of it.
    assert!(stage.invoke(message).await.unwrap());
    assert_eq!(stage.plugin(id).await.state.as_str(), "checking");
    assert!(!stage.invoke(message).await.unwrap());
    assert_eq!(stage.plugin(id).await.state.as_str(), "ready");
}

#[tokio::test]
async fn one_that_was_never_uploaded_is_told() {
    let stage = Stage::with_events(0).await;
    let plugin = stage.upload(vec![]).await;
    stage.app.ports.bucket.state().objects.clear();
    stage.check(&plugin).await.unwrap();
    assert_eq!(refused(&stage, &plugin).await.code, "NotUploaded");
}
