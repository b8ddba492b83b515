//! Reports that cannot be built say why.

use activity_log_core::causes::chain;
use activity_log_core::instant::MINUTE;
use activity_log_core::items::ItemWriter as _;
use activity_log_core::reports::{Format, ReportRequest};
use activity_log_plugin::{Exceeded, Failure as PluginFailure, Nonsense};
use activity_log_report::Settings;
use activity_log_reporting::BuildError;
use serde_json::json;

use crate::stage::{NOW, Run, constant, filter, request, roll_up, store};

fn records(count: usize) -> Vec<String> {
    (0..count)
        .map(|number| {
            let time = NOW.plus_millis(-1_000 * i64::try_from(number).unwrap());
            let more = "x".repeat(500);
            json!({"eventTime": time.to_string(), "eventID": format!("id-{number}"), "eventName": "Do", "userAgent": more}).to_string()
        })
        .collect()
}

type Fail = fn() -> PluginFailure;

fn told(error: BuildError) -> (String, String) {
    match error {
        BuildError::Failed(failure) => (failure.code, failure.message),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_plugins_failure_names_plugin_batch_and_event() {
    let store = store(&records(30), NOW).await;
    let request = request(Format::Csv, NOW);
    let failures: [(Fail, &str); 3] = [
        (
            || PluginFailure::Plugin {
                row: Some(3),
                message: "bad row".to_owned(),
            },
            "The plugin test 1.2.3 failed on batch 2, at event id-13 of 2026-11-20T",
        ),
        (
            || PluginFailure::Limit(Exceeded::Memory(64 << 20)),
            "The plugin test 1.2.3 failed on batch 2: memory: the plugin asked for more than 64 MiB",
        ),
        (
            || PluginFailure::Nonsense(Nonsense::Keep { found: 1, rows: 2 }),
            "The plugin test 1.2.3 failed on batch 2: nonsense verdict",
        ),
    ];
    for (fail, start_of_message) in failures {
        let start = || {
            let mut batches = 0;
            Some(filter(&["eventName"], &[], move |batch| {
                batches += 1;
                if batches == 2 {
                    Err(fail())
                } else {
                    Ok(constant(batch, vec![]))
                }
            }))
        };
        let run = Run {
            filter: &start,
            batch: 10,
            ..Run::of(&request)
        };
        let (code, message) = told(run.run(&store).await.unwrap_err());
        assert_eq!(code, "PluginFailed");
        assert!(message.starts_with(start_of_message), "{message}");
    }
}

#[tokio::test]
async fn our_own_failure_is_not_the_plugins() {
    let store = store(&records(1), NOW).await;
    let request = request(Format::Csv, NOW);
    let start = || {
        Some(filter(&["eventName"], &[], |_| {
            Err(PluginFailure::Host {
                source: "no memory".into(),
            })
        }))
    };
    let run = Run {
        filter: &start,
        ..Run::of(&request)
    };
    assert!(matches!(run.run(&store).await, Err(BuildError::Host(_))));
}

#[tokio::test]
async fn a_report_has_a_size() {
    let store = store(&records(300), NOW).await;
    let of_whole_records = |format| ReportRequest {
        columns: vec!["record".to_owned()],
        ..request(format, NOW)
    };
    for format in [Format::Csv, Format::Json] {
        let request = of_whole_records(format);
        let settings = Settings {
            part_bytes: 1_000,
            ..Settings::default()
        };
        let run = Run {
            settings,
            most_bytes: 50_000,
            ..Run::of(&request)
        };
        let (code, message) = told(run.run(&store).await.unwrap_err());
        assert_eq!(code, "TooLarge");
        assert!(message.contains("more than the 50000 bytes"), "{message}");
    }
    let request = of_whole_records(Format::Xlsx);
    let settings = Settings {
        disk_bytes: 50_000,
        ..Settings::default()
    };
    let run = Run {
        settings,
        ..Run::of(&request)
    };
    let (code, message) = told(run.run(&store).await.unwrap_err());
    assert_eq!(code, "TooLarge");
    assert!(message.contains("choose CSV"), "{message}");
}

#[tokio::test]
async fn a_workbook_cannot_be_suspended() {
    let store = store(&records(30), NOW).await;
    let request = request(Format::Xlsx, NOW);
    let run = Run {
        batch: 10,
        stop_every: 1,
        ..Run::of(&request)
    };
    let error = run.run(&store).await.unwrap_err();
    assert!(
        matches!(
            error,
            BuildError::Write(activity_log_report::Error::Suspend(Format::Xlsx))
        ),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_column_too_many_is_named() {
    let store = store(&records(1), NOW).await;
    let mut request = request(Format::Csv, NOW);
    request.columns = (0..100).map(|number| format!("c{number}")).collect();
    let start = || Some(filter(&[], &["risk"], |batch| Ok(constant(batch, vec![]))));
    let run = Run {
        filter: &start,
        ..Run::of(&request)
    };
    let (code, message) = told(run.run(&store).await.unwrap_err());
    assert_eq!(code, "InvalidColumns");
    assert!(
        message.starts_with("the plugin's output \"risk\" cannot be a column: more than 100"),
        "{message}"
    );
}

/// What lies in the store is told by its key: that is where to look.
#[tokio::test]
async fn what_is_damaged_is_named() {
    for (kind, is_rolled_up) in [("L#", false), ("C#", true), ("F#", true)] {
        let store = store(&records(30), NOW).await;
        if is_rolled_up {
            roll_up(&store, NOW.plus_millis(MINUTE)).await;
        }
        let items = store.all().into_iter();
        let mut item = items
            .into_iter()
            .find(|item| item.key.partition.starts_with(kind))
            .unwrap();
        item.value.truncate(item.value.len() / 2);
        store.put(&[item.clone()]).await.unwrap();
        let request = request(Format::Csv, NOW);
        let error = Run::of(&request).run(&store).await.unwrap_err();
        assert!(matches!(error, BuildError::Read(_)), "{error:?}");
        let told = chain(&error);
        assert!(told.contains(&item.key.sort), "{told}");
        assert!(told.contains(kind) || !is_rolled_up, "{told}");
    }
}
