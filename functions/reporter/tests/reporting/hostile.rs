//! The hostile components of `plugins/fixtures`, as customers would upload and use them: each is refused or fails its
//! report, by the name of what it met, and a report beside it is none the worse.

use std::path::PathBuf;
use std::time::Duration;

use activity_log_core::plugins::PluginState;
use activity_log_core::reports::Format;

use crate::failing::failure;
use crate::guest::Guest;
use crate::stage::{Stage, ids};

/// Refused at upload: its code.
const REFUSED: [(&str, &str); 2] = [
    ("forbidden-import", "ForbiddenImport"),
    ("wrong-world", "WrongWorld"),
];

/// Fails its report: words of the message.
const FAILS: [(&str, &str); 8] = [
    ("endless-loop", "batch time: "),
    ("memory-bomb", "memory: "),
    ("deep-recursion", "stack: "),
    ("trap", "trap: "),
    ("nonsense-verdict", "nonsense verdict: "),
    ("huge-output", "verdict size: "),
    ("slow-start", "before the first event: start time: "),
    ("fails-on-one-row", "at event id-00099 of "),
];

/// The folder of components; where none is named, the tests are skipped.
fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("ACTIVITY_LOG_PLUGINS").map(PathBuf::from);
    if folder.is_none() {
        println!("skipped: ACTIVITY_LOG_PLUGINS names no folder of components");
    }
    folder
}

fn component(folder: &std::path::Path, name: &str) -> Vec<u8> {
    let path = folder.join(format!("{name}.wasm"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[tokio::test]
async fn bad_components_are_refused_by_name() {
    let Some(folder) = folder() else { return };
    let stage = Stage::with_events(0).await;
    for (name, code) in REFUSED {
        let plugin = stage.upload(component(&folder, name)).await;
        stage.check(&plugin).await.unwrap();
        match stage.plugin(plugin.id).await.state {
            PluginState::Refused { error, .. } => assert_eq!(error.code, code, "{}", error.message),
            other => panic!("{name}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn bad_plugins_fail_their_reports_and_no_other() {
    let Some(folder) = folder() else { return };
    let mut stage = Stage::with_events(100).await;
    // A guest that loops is stopped all the same.
    stage.app.limits.batch_time = Duration::from_millis(300);
    stage.app.limits.start_time = Duration::from_millis(500);
    let good = stage.ready(Guest::default().component()).await;
    for (name, words) in FAILS {
        let bad = stage.ready(component(&folder, name)).await;
        let with = |plugin| stage.report(Format::Csv, |request| request.plugin = Some(plugin));
        let failing = with(bad).await;
        let fine = with(good.clone()).await;
        let (failed, built) = (stage.build(&failing), stage.build(&fine));
        let worked = failed.await.unwrap();
        assert_eq!(
            (worked.reports_failed, worked.plugin_failures),
            (1, 1),
            "{name}"
        );
        assert_eq!(built.await.unwrap().reports_ready, 1);
        let error = failure(&stage, &failing).await;
        let start = format!("The plugin {name} ");
        assert!(error.message.starts_with(&start), "{}", error.message);
        assert!(error.message.contains(words), "{name}: {}", error.message);
        assert_eq!(ids(&stage.object(&fine).unwrap()).len(), 34);
        assert_eq!(stage.object(&failing), None);
    }
}
