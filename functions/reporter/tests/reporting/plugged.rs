//! Reports with a plugin.

use activity_log_control::{PluginReader as _, PluginWriter as _};
use activity_log_core::instant::MINUTE;
use activity_log_core::plugins::PluginState;
use activity_log_core::reports::{Format, PluginUse, Report};

use crate::failing::failure;
use crate::guest::Guest;
use crate::stage::{START, Stage, account, ids};

async fn report(stage: &Stage, plugin: &PluginUse) -> Report {
    let plugin = plugin.clone();
    stage
        .report(Format::Csv, |request| request.plugin = Some(plugin))
        .await
}

fn described(count: usize) -> Vec<String> {
    (0..count)
        .filter(|number| number % 3 == 0)
        .map(|number| format!("id-{number:05}"))
        .collect()
}

#[tokio::test]
async fn a_plugin_decides_and_adds_a_column() {
    let stage = Stage::with_events(400).await;
    let plugin = stage.ready(Guest::default().component()).await;
    let report = report(&stage, &plugin).await;
    let worked = stage.build(&report).await.unwrap();
    assert_eq!(worked.reports_ready, 1);
    let object = stage.object(&report).unwrap();
    let mut found = ids(&object);
    found.sort();
    assert_eq!(found, described(400));
    let mut reader = csv::Reader::from_reader(object.as_slice());
    assert_eq!(
        reader.headers().unwrap(),
        ["eventID", "requestParameters", "copy"].as_slice()
    );
    assert!(
        reader
            .records()
            .all(|row| row.unwrap()[2] == *"DescribeInstances")
    );
    let progress = stage.read(&report).await.progress;
    assert_eq!((progress.matched, progress.rows), (400, 134));
}

#[tokio::test]
async fn suspended_it_is_the_same_to_the_byte() {
    let stage = Stage::with_events(600).await;
    let plugin = stage.ready(Guest::default().component()).await;
    let undisturbed = report(&stage, &plugin).await;
    stage.build(&undisturbed).await.unwrap();
    let suspended = report(&stage, &plugin).await;
    stage.at(START, 2 * MINUTE);
    assert!(stage.build_to_the_end(&suspended).await > 2);
    assert!(stage.object(&suspended) == stage.object(&undisturbed));
}

#[tokio::test]
async fn a_plugin_that_traps_fails_its_report_and_no_other() {
    let stage = Stage::with_events(400).await;
    let good = stage.ready(Guest::default().component()).await;
    let mut bad = Guest::filtering("unreachable");
    bad.manifest.name = "bad".to_owned();
    let bad = stage.ready(bad.component()).await;
    let (failing, fine) = (report(&stage, &bad).await, report(&stage, &good).await);
    let worked = stage.build(&failing).await.unwrap();
    assert_eq!((worked.reports_failed, worked.plugin_failures), (1, 1));
    assert_eq!(stage.build(&fine).await.unwrap().reports_ready, 1);
    let error = failure(&stage, &failing).await;
    assert_eq!(error.code, "PluginFailed");
    let start = "The plugin bad 1.2.3 failed on batch 1, at event id-00399 of ";
    assert!(error.message.starts_with(start), "{}", error.message);
    assert!(error.message.contains("never reached"), "{}", error.message);
    assert_eq!(stage.object(&failing), None);
}

#[tokio::test]
async fn fuel_is_of_the_report_however_often_it_was_suspended() {
    let stage = Stage::with_events(600).await;
    let mut plugin = stage.ready(Guest::default().component()).await;
    plugin.fuel = Some(4_000);
    for each in [0, 3 * MINUTE] {
        stage.at(START, 0);
        let report = report(&stage, &plugin).await;
        stage.at(START, each);
        stage.build_to_the_end(&report).await;
        let error = failure(&stage, &report).await;
        assert_eq!(error.code, "PluginFailed");
        assert!(
            error.message.contains("the run's 4000 units"),
            "{}",
            error.message
        );
    }
    plugin.fuel = Some(100_000_000);
    stage.at(START, 0);
    let report = report(&stage, &plugin).await;
    assert_eq!(stage.build(&report).await.unwrap().reports_ready, 1);
}

#[tokio::test]
async fn wrong_parameters_fail_before_the_first_event() {
    let stage = Stage::with_events(10).await;
    let mut plugin = stage.ready(Guest::default().component()).await;
    plugin
        .parameters
        .insert("hours".to_owned(), "9-17".to_owned());
    let report = report(&stage, &plugin).await;
    stage.build(&report).await.unwrap();
    let error = failure(&stage, &report).await;
    assert_eq!(error.code, "PluginFailed");
    assert!(
        error.message.contains("the plugin has no \"hours\""),
        "{}",
        error.message
    );
}

type Spoil = fn(&Stage, &str);

#[tokio::test]
async fn a_compiled_form_that_is_not_ours_is_compiled_again() {
    let stage = Stage::with_events(90).await;
    let plugin = stage.ready(Guest::default().component()).await;
    let stored = stage.plugin(plugin.id).await;
    let (compiled, component) = (stored.compiled_key(), stored.component_key());
    let spoils: [Spoil; 3] = [
        |stage, key| stage.app.ports.bucket.state().objects.get_mut(key).unwrap()[5_000] ^= 1,
        |stage, key| drop(stage.app.ports.bucket.state().objects.remove(key)),
        |stage, key| {
            let mut bucket = stage.app.ports.bucket.state();
            bucket
                .objects
                .insert(key.to_owned(), b"not at all".to_vec());
        },
    ];
    let good = stage.app.ports.bucket.state().objects[&compiled].clone();
    for spoil in spoils {
        spoil(&stage, &compiled);
        let report = report(&stage, &plugin).await;
        assert_eq!(stage.build(&report).await.unwrap().reports_ready, 1);
        assert_eq!(ids(&stage.object(&report).unwrap()).len(), 30);
        assert!(stage.app.ports.bucket.state().objects[&compiled] == good);
    }

    // A digest that was sealed for another plugin opens nothing.
    let mut other = Guest::default();
    other.manifest.name = "other".to_owned();
    let other = stage.ready(other.component()).await;
    let other = stage.plugin(other.id).await;
    let mut forged = stage.plugin(plugin.id).await;
    let old = forged.clone();
    let mut ready = forged.ready().unwrap().clone();
    ready.compiled.clone_from(&other.ready().unwrap().compiled);
    forged.state = PluginState::Ready(Box::new(ready));
    stage
        .app
        .ports
        .control
        .change_plugin(&old, &forged)
        .await
        .unwrap();
    let report_of_forged = report(&stage, &plugin).await;
    assert_eq!(
        stage.build(&report_of_forged).await.unwrap().reports_ready,
        1
    );
    assert_eq!(ids(&stage.object(&report_of_forged).unwrap()).len(), 30);

    // And a component that is another is never compiled.
    stage.app.ports.bucket.state().objects.remove(&compiled);
    stage
        .app
        .ports
        .bucket
        .state()
        .objects
        .insert(component, Guest::filtering("unreachable").component());
    let report = report(&stage, &plugin).await;
    stage.build_to_the_end(&report).await;
    assert_eq!(failure(&stage, &report).await.code, "Internal");
}

#[tokio::test]
async fn a_plugin_that_was_deleted_is_named() {
    let stage = Stage::with_events(10).await;
    let plugin = stage.ready(Guest::default().component()).await;
    let report = report(&stage, &plugin).await;
    let control = &stage.app.ports.control;
    let stored = control
        .plugin(account(), plugin.id, START)
        .await
        .unwrap()
        .unwrap();
    assert!(control.delete_plugin(&stored).await.unwrap());
    stage.build(&report).await.unwrap();
    let error = failure(&stage, &report).await;
    assert_eq!(error.code, "PluginMissing");
    assert!(
        error.message.contains("starts-with-d 1.2.3"),
        "{}",
        error.message
    );
}

/// It is being deleted while the run begins: to try again would be of no use.
#[tokio::test]
async fn a_plugin_whose_files_are_gone_is_named_too() {
    let stage = Stage::with_events(10).await;
    let plugin = stage.ready(Guest::default().component()).await;
    let report = report(&stage, &plugin).await;
    stage.app.ports.bucket.state().objects.clear();
    assert_eq!(stage.build(&report).await.unwrap().reports_failed, 1);
    assert_eq!(failure(&stage, &report).await.code, "PluginMissing");
}
