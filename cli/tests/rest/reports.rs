//! `alog report …`

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use activity_log_core::query::{Attribute, Filter, Says, Test};
use activity_log_core::reports::{Condition, Failure, Report, State};
use serde_json::Value;
use tempfile::TempDir;

use crate::service::{Service, What};
use crate::stage::{FILE, generating, good, now, ready};

fn start() -> (Service, TempDir) {
    (Service::start(), tempfile::tempdir().unwrap())
}

/// A report that is ready, or whatever the change makes of it; its id.
fn report(
    service: &Service,
    folder: &Path,
    change: impl FnOnce(&mut Report) + Send + 'static,
) -> String {
    let told = service.alog(folder, &["report", "create", "--format", "csv"]);
    let (id, state) = told.stdout.trim_end().split_once(' ').expect("an id");
    assert_eq!(state, "queued");
    service.stage.then(change);
    let shown = service.alog(folder, &["report", "show", id]);
    assert_eq!(shown.code, Some(0), "{shown:?}");
    id.to_owned()
}

#[test]
fn what_is_asked_for_arrives() {
    let (service, folder) = start();
    let plugin = service.alog(folder.path(), &["plugin", "push", "none.wasm"]);
    assert_eq!(plugin.code, Some(1));
    assert!(
        plugin.stderr.starts_with("error: none.wasm: No such file"),
        "{plugin:?}"
    );
    std::fs::write(folder.path().join("f.wasm"), b"\0asm").unwrap();
    service.stage.then_plugin(good("no-mfa", "1.0.0"));
    service.alog(folder.path(), &["plugin", "push", "f.wasm"]);
    std::fs::write(folder.path().join("hours"), "9-17").unwrap();
    let told = service.alog(
        folder.path(),
        &[
            "report",
            "create",
            "--format",
            "xlsx",
            "--start",
            "-2h",
            "--end",
            "2026-11-20T11:00:00Z",
            "--where",
            "eventName=StopInstances",
            "--where",
            "userAgent^=aws-cli/",
            "--where",
            "ErrorCode*=Denied",
            "--column",
            "eventTime",
            "--column",
            "userIdentity.userName",
            "--plugin",
            "no-mfa",
            "--parameter",
            "hours=@hours",
            "--fuel",
            "1000000",
            "--start",
            "2026-11-20T10:00:00Z",
        ],
    );
    // A time is given once.
    assert_eq!(told.code, Some(2), "{told:?}");
    let told = service.alog(
        folder.path(),
        &[
            "report",
            "create",
            "--format",
            "xlsx",
            "--start",
            "-2h",
            "--where",
            "eventName=StopInstances",
            "--where",
            "userAgent^=aws-cli/",
            "--where",
            "ErrorCode*=Denied",
            "--column",
            "eventTime",
            "--column",
            "userIdentity.userName",
            "--plugin",
            "no-mfa",
            "--parameter",
            "hours=@hours",
            "--fuel",
            "1000000",
        ],
    );
    assert_eq!(told.code, Some(0), "{told:?}");
    let stored = service.runtime.block_on(service.stage.reports()).remove(0);
    assert_eq!(told.stdout, format!("{} queued\n", stored.id));
    let request = stored.request;
    let ago = now().millis() - request.start.millis();
    assert!((7_200_000..7_260_000).contains(&ago), "{ago}");
    let filters = [
        Filter::is(Attribute::EventName, "StopInstances"),
        Filter {
            attribute: Attribute::ErrorCode,
            test: Test::of(Says::Contains("Denied".to_owned())),
        },
    ];
    assert_eq!(request.filters, filters);
    let condition = Condition {
        field: "userAgent".to_owned(),
        test: Test::of(Says::Prefix("aws-cli/".to_owned())),
    };
    assert_eq!(request.conditions, [condition]);
    assert_eq!(request.columns, ["eventTime", "userIdentity.userName"]);
    let plugin = request.plugin.unwrap();
    assert_eq!(
        (plugin.name.as_str(), plugin.version.as_str()),
        ("no-mfa", "1.0.0")
    );
    assert_eq!(plugin.parameters["hours"], "9-17");
    assert_eq!(plugin.fuel, Some(1_000_000));
}

#[test]
fn a_report_is_waited_for_and_saved() {
    let (service, folder) = start();
    service
        .stage
        .then(generating(40))
        .then(generating(40))
        .then(generating(80))
        .then(ready);
    service.fault(
        "POST /v1/reports",
        What::Status(429, r#"{"error":{"code":"x","message":"y"}}"#),
    );
    service.fault("GET /v1/reports/", What::Status(502, "<html>"));
    let arguments = ["report", "create", "--format", "csv", "--output", "r.csv"];
    let told = service.alog(folder.path(), &arguments);
    let id = service
        .runtime
        .block_on(service.stage.reports())
        .remove(0)
        .id;
    assert_eq!(told.code, Some(0), "{told:?}");
    assert_eq!(told.stdout, format!("{id} ready\n"));
    assert_eq!(
        told.stderr,
        "40%  generating: 800 scanned, 40 matched, 1 rows\n\
         80%  generating: 1,600 scanned, 80 matched, 1 rows\n\
         100%  ready: 1,600 scanned, 80 matched, 1 rows\n\
         saved r.csv\n"
    );
    let saved = std::fs::read_to_string(folder.path().join("r.csv")).unwrap();
    assert_eq!(saved, FILE);
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        1,
        "nothing temporary stays"
    );
    let posts = service
        .requests()
        .iter()
        .filter(|line| line.starts_with("POST"))
        .count();
    assert_eq!(posts, 2, "one that was throttled, one that made the report");
}

#[test]
fn a_report_can_go_to_standard_output_alone() {
    let (service, folder) = start();
    service.stage.then(ready);
    let arguments = ["report", "create", "--format", "csv", "--output", "-"];
    let told = service.alog(folder.path(), &arguments);
    assert_eq!(
        (told.code, told.stdout.as_str()),
        (Some(0), FILE),
        "{told:?}"
    );
    assert!(told.stderr.ends_with(" ready\n"), "{told:?}");
}

#[test]
fn a_report_that_fails_says_why() {
    let (service, folder) = start();
    service.stage.then(|report| {
        report.state = State::Failed {
            finished: now(),
            error: Failure::new(
                "PluginFailed",
                "The plugin x 1.0.0 failed on batch 1\u{1b}[2J",
            ),
        };
    });
    let told = service.alog(
        folder.path(),
        &["report", "create", "--format", "csv", "--wait"],
    );
    assert_eq!(told.code, Some(1));
    assert!(told.stdout.ends_with(" failed\n"), "{told:?}");
    assert!(
        told.stderr
            .ends_with("error: PluginFailed: The plugin x 1.0.0 failed on batch 1\\u{1b}[2J\n"),
        "{told:?}"
    );
    let id = &told.stdout[..36];
    let shown = service.alog(folder.path(), &["report", "show", id, "--wait"]);
    assert_eq!(shown.code, Some(1));
    assert!(
        shown.stdout.contains("error      PluginFailed: The plugin"),
        "{shown:?}"
    );
}

#[test]
fn a_refusal_is_told_in_the_services_words() {
    let (service, folder) = start();
    let told = service.alog(
        folder.path(),
        &["report", "create", "--format", "csv", "--column", "a..b"],
    );
    assert_eq!(told.code, Some(1));
    assert!(
        told.stderr.starts_with("error: InvalidParameter: columns"),
        "{told:?}"
    );
    let bad = [
        "report",
        "create",
        "--format",
        "csv",
        "--where",
        "EventNam=x",
    ];
    let told = service.alog(folder.path(), &bad);
    assert_eq!(told.code, Some(2));
    assert!(
        told.stderr
            .contains("column 1: no event has a field EventNam; did you mean EventName?"),
        "{told:?}"
    );
    for _ in 0..2 {
        let made = service.alog(folder.path(), &["report", "create", "--format", "csv"]);
        assert_eq!(made.code, Some(0), "{made:?}");
    }
    let told = service.alog(folder.path(), &["report", "create", "--format", "csv"]);
    assert_eq!(told.code, Some(1));
    assert!(
        told.stderr.starts_with("error: TooManyReportsGenerating: "),
        "{told:?}"
    );
}

#[test]
fn reports_are_listed_shown_and_deleted() {
    let (service, folder) = start();
    let first = report(&service, folder.path(), ready);
    let second = report(&service, folder.path(), generating(10));
    let listed = service.alog(folder.path(), &["report", "list"]).stdout;
    let lines: Vec<&str> = listed.lines().collect();
    assert!(
        lines[0].starts_with(&format!("{second}  generating  csv ")),
        "{listed}"
    );
    assert!(
        lines[0].ends_with("10%, 1 rows") && lines[1].ends_with("0 rows, 57 B"),
        "{listed}"
    );
    let json = service
        .alog(folder.path(), &["report", "list", "--json"])
        .stdout;
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["reports"][1]["id"], first.as_str());
    let json = service
        .alog(folder.path(), &["report", "show", &first, "--json"])
        .stdout;
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["state"], "ready");

    let told = service.alog(folder.path(), &["report", "delete", &second]);
    assert_eq!(told.stdout, format!("{second} cancelled\n"));
    let told = service.alog(folder.path(), &["report", "delete", &first]);
    assert_eq!(told.stdout, format!("{first} deleted\n"));
    let told = service.alog(folder.path(), &["report", "show", &first]);
    assert_eq!(told.code, Some(1));
    let expected = format!("error: there is no report {first} (any more): ReportNotFound: ");
    assert!(told.stderr.starts_with(&expected), "{told:?}");
    let told = service.alog(folder.path(), &["report", "show", "7"]);
    assert_eq!(told.code, Some(2), "{told:?}");
}

#[test]
fn a_download_has_the_services_name_and_overwrites_nothing() {
    let (service, folder) = start();
    let id = report(&service, folder.path(), ready);
    let told = service.alog(folder.path(), &["report", "download", &id]);
    assert_eq!(told.code, Some(0), "{told:?}");
    let name = told.stdout.trim_end();
    assert!(
        name.starts_with("activity-log_111122223333_") && name.ends_with("Z.csv"),
        "{name}"
    );
    let path = folder.path().join(name);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), FILE);

    std::fs::write(&path, "mine").unwrap();
    let told = service.alog(folder.path(), &["report", "download", &id]);
    assert_eq!(told.code, Some(1));
    assert_eq!(
        told.stderr,
        format!("error: {name} is there already; --force overwrites it\n")
    );
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");
    let told = service.alog(folder.path(), &["report", "download", &id, "--force"]);
    assert_eq!(told.code, Some(0), "{told:?}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), FILE);
}

#[test]
fn a_download_that_breaks_off_goes_on_where_it_broke_off() {
    let (service, folder) = start();
    let id = report(&service, folder.path(), ready);
    service.fault("GET /files/", What::BreaksAfter(20));
    service.fault(
        "GET /files/",
        What::Status(403, "<Error><Code>AccessDenied</Code></Error>"),
    );
    let told = service.alog(folder.path(), &["report", "download", &id, "--output", "-"]);
    assert_eq!(
        (told.code, told.stdout.as_str()),
        (Some(0), FILE),
        "{told:?}"
    );
    let links = service
        .requests()
        .iter()
        .filter(|line| line.ends_with("/download"))
        .count();
    assert_eq!(links, 3, "a new link each time");
}

#[test]
fn what_is_not_there_leaves_no_file() {
    let (service, folder) = start();
    let id = report(&service, folder.path(), generating(10));
    let told = service.alog(
        folder.path(),
        &["report", "download", &id, "--output", "x.csv"],
    );
    assert_eq!(told.code, Some(1));
    assert!(
        told.stderr.starts_with("error: ReportNotReady: "),
        "{told:?}"
    );
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn ctrl_c_ends_the_waiting_and_says_how_to_go_on() {
    let (service, folder) = start();
    let mut command = service.command(
        folder.path(),
        &["report", "create", "--format", "csv", "--wait"],
    );
    let mut alog = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stderr = BufReader::new(alog.stderr.take().unwrap());
    let mut line = String::new();
    stderr.read_line(&mut line).unwrap();
    assert_eq!(line, "0%  queued: 0 scanned, 0 matched, 0 rows\n");
    let interrupted = Command::new("kill")
        .args(["-INT", &alog.id().to_string()])
        .status()
        .unwrap();
    assert!(interrupted.success());
    let said: String = stderr.lines().map(|line| line.unwrap() + "\n").collect();
    assert_eq!(alog.wait().unwrap().code(), Some(130));
    let id = service
        .runtime
        .block_on(service.stage.reports())
        .remove(0)
        .id;
    assert_eq!(
        said,
        format!(
            "\nThe report is still being made. To wait for it again: alog report show {id} --wait\n"
        )
    );
}

#[test]
fn without_an_address_or_a_key_it_says_which() {
    let run = |variables: &[(&str, &str)]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_alog"));
        command
            .args(["report", "list"])
            .env_clear()
            .env("HOME", "/nonexistent");
        command.envs(variables.iter().copied());
        String::from_utf8(command.output().unwrap().stderr).unwrap()
    };
    let said = run(&[]);
    assert!(
        said.contains("set ACTIVITY_LOG_URL") && said.contains(". localstack/env"),
        "{said}"
    );
    let address = ("ACTIVITY_LOG_URL", "http://127.0.0.1:1");
    let said = run(&[
        address,
        ("AWS_REGION", "x"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ]);
    assert!(
        said.starts_with("error: no access key to sign with"),
        "{said}"
    );
}
