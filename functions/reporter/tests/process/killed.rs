//! The reporter killed - the process, by SIGKILL - before and after every call to AWS, and run again: the report
//! ends up as if nothing had happened, to the byte, and so does a plugin.

use std::time::Duration;

use activity_log_core::reports::{Format, Report};

use crate::cloud::{Cloud, check_of, message};
use crate::guest::Guest;
use crate::invocation::{Ended, LONG, invoke};
use crate::proxy::{Death, Proxy};

/// The reporter stops to build a minute before the end: this leaves next to no time.
const SHORT: Duration = Duration::from_mins(1);

/// Runs until the report is finished; the first run dies, if it gets so far. Gives the calls.
async fn build(
    cloud: &Cloud,
    proxy: &Proxy,
    report: &Report,
    time: Duration,
    death: Option<Death>,
) -> Vec<String> {
    let mut calls = vec![];
    if let Some(death) = death {
        proxy.let_die(death);
        if invoke(cloud, proxy, message(report), time).await.0 == Ended::Killed
            && cloud.stored(report).await.state.finished().is_none()
        {
            cloud.expire_claim(report).await;
        }
    }
    for _ in 0..100 {
        if cloud.stored(report).await.state.finished().is_some() {
            return calls;
        }
        proxy.let_live();
        assert_eq!(
            invoke(cloud, proxy, message(report), time).await.0,
            Ended::Answered
        );
        calls.extend(proxy.calls());
    }
    panic!("{:?}", cloud.stored(report).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whichever_call_it_dies_at_the_report_is_the_same() {
    let Some(mut cloud) = Cloud::start().await else {
        println!("skipped: ACTIVITY_LOG_TEST_DYNAMODB names no emulator");
        return;
    };
    // Two batches, and two parts.
    cloud.ingest(4_300, 22).await;
    let proxy = Proxy::start(&cloud.endpoint).await;
    let mut undisturbed = None;
    for (time, steps) in [
        (
            LONG,
            &[
                "CreateMultipartUpload",
                "UploadPart",
                "CompleteMultipartUpload",
            ][..],
        ),
        (
            SHORT,
            &[
                "CompleteMultipartUpload",
                "PutObject",
                "SendMessage",
                "DELETE",
            ],
        ),
    ] {
        let report = cloud.report(Format::Csv, None).await;
        let calls = build(&cloud, &proxy, &report, time, None).await;
        println!("{} calls: {}", calls.len(), calls.join(", "));
        for step in steps {
            assert!(calls.iter().any(|call| call == step), "no {step}");
        }
        let bytes = cloud.object(&report).await.unwrap();
        cloud.check(&bytes);
        let undisturbed = undisturbed.get_or_insert(bytes);
        // One query after another changes nothing.
        let is_first =
            |call: &usize| *call == 1 || calls[*call - 1] != "Query" || calls[*call - 2] != "Query";
        let deaths = (1..=calls.len()).filter(is_first).map(Death::After);
        for death in [Death::Before(1)].into_iter().chain(deaths) {
            let report = cloud.report(Format::Csv, None).await;
            build(&cloud, &proxy, &report, time, Some(death)).await;
            let stored = cloud.stored(&report).await;
            assert_eq!(stored.state.as_str(), "ready", "{death:?}");
            assert_eq!(stored.progress.rows, 4_300, "{death:?}");
            assert!(
                cloud.object(&report).await.as_ref() == Some(undisturbed),
                "{death:?}"
            );
        }
        assert!(
            cloud.objects("tails/").await.len() <= 1,
            "but for one whose run died as it was to be deleted"
        );
    }
    cloud.stop().await;
}

/// The SDK says it again, and finds the report changed: by itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_whose_claim_was_not_answered_knows_its_report() {
    let Some(mut cloud) = Cloud::start().await else {
        println!("skipped: ACTIVITY_LOG_TEST_DYNAMODB names no emulator");
        return;
    };
    cloud.ingest(100, 1).await;
    let proxy = Proxy::start(&cloud.endpoint).await;
    let report = cloud.report(Format::Csv, None).await;
    proxy.lose("UpdateItem");
    let message = message(&report);
    assert_eq!(
        invoke(&cloud, &proxy, message, LONG).await.0,
        Ended::Answered
    );
    let calls = proxy.calls();
    assert_eq!(calls[2..4], ["UpdateItem", "UpdateItem"], "{calls:?}");
    let stored = cloud.stored(&report).await;
    assert_eq!((stored.state.as_str(), stored.attempts), ("ready", 1));
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whichever_call_it_dies_at_the_plugin_becomes_ready() {
    let Some(mut cloud) = Cloud::start().await else {
        println!("skipped: ACTIVITY_LOG_TEST_DYNAMODB names no emulator");
        return;
    };
    cloud.ingest(100, 1).await;
    let proxy = Proxy::start(&cloud.endpoint).await;
    let component = Guest::default().component();
    let mut calls = vec![];
    for call in 0.. {
        let plugin = cloud.upload(component.clone()).await;
        if call > 0 {
            proxy.let_die(Death::After(call));
            assert_eq!(
                invoke(&cloud, &proxy, check_of(&plugin), LONG).await.0,
                Ended::Killed
            );
        }
        proxy.let_live();
        assert_eq!(
            invoke(&cloud, &proxy, check_of(&plugin), LONG).await.0,
            Ended::Answered
        );
        if call == 0 {
            calls = proxy.calls();
            println!("{} calls: {}", calls.len(), calls.join(", "));
            assert!(calls.iter().any(|call| call == "Encrypt"));
        }
        let ready = cloud
            .plugin(&plugin)
            .await
            .ready()
            .expect("it is ready")
            .clone();
        if call == 0 || call == calls.len() {
            let asked = activity_log_core::reports::PluginUse {
                id: plugin.id,
                name: ready.manifest.name.clone(),
                version: ready.manifest.version.clone(),
                sha256: ready.sha256.clone(),
                parameters: std::collections::BTreeMap::new(),
                fuel: None,
            };
            let report = cloud.report(Format::Csv, Some(asked)).await;
            proxy.let_live();
            assert_eq!(
                invoke(&cloud, &proxy, message(&report), LONG).await.0,
                Ended::Answered
            );
            assert!(
                proxy.calls().iter().any(|call| call == "Decrypt"),
                "its compiled form was used"
            );
            assert!(
                proxy.calls().iter().all(|call| call != "Encrypt"),
                "and not made again"
            );
            cloud.check(&cloud.object(&report).await.unwrap());
        }
        cloud.delete_plugin(&plugin).await;
        if call == calls.len() {
            break;
        }
    }
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_component_is_compiled_in_a_process_of_its_own_with_no_credentials() {
    let Some(cloud) = Cloud::start().await else {
        println!("skipped: ACTIVITY_LOG_TEST_DYNAMODB names no emulator");
        return;
    };
    let proxy = Proxy::start(&cloud.endpoint).await;
    let folder = std::env::var("ACTIVITY_LOG_PLUGINS").ok();
    let bomb = folder.map(|folder| {
        std::fs::read(format!("{folder}/compile-bomb.wasm")).expect("a compile bomb")
    });
    let Some(bomb) = bomb else {
        println!("skipped: ACTIVITY_LOG_PLUGINS names no folder of components");
        return;
    };
    let plugin = cloud.upload(bomb).await;
    let (ended, peak_bytes) = invoke(&cloud, &proxy, check_of(&plugin), LONG).await;
    assert_eq!(ended, Ended::Answered);
    let state = cloud.plugin(&plugin).await.state;
    assert_eq!(state.as_str(), "refused", "{state:?}");
    println!("{state:?}, at most {} MB", peak_bytes >> 20);
    assert!(peak_bytes < 200 << 20, "{peak_bytes} bytes");
    cloud.stop().await;
}
