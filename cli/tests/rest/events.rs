//! `alog lookup`, `event`, `tail` and `doctor`.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use activity_log_core::instant::Instant;
use serde_json::{Value, json};

use crate::service::{Service, Told};
use crate::stage::now;

/// A call so many seconds ago.
fn call(seconds: i64, id: &str, name: &str) -> Value {
    let time = Instant::from_seconds(now().seconds() - seconds);
    json!({
        "eventTime": time.to_string(), "eventID": id, "eventName": name, "eventSource": "ec2.amazonaws.com",
        "userIdentity": { "type": "IAMUser", "userName": "alice" }, "sourceIPAddress": "192.0.2.1",
        "requestParameters": { "instancesSet": { "items": [{ "instanceId": "i-0a53" }] } },
    })
}

fn start(records: &[Value]) -> Service {
    let service = Service::start();
    service.runtime.block_on(service.stage.take_in(records));
    service
}

fn alog(service: &Service, arguments: &[&str]) -> Told {
    service.alog(&std::env::temp_dir(), arguments)
}

#[test]
fn a_lookup_is_a_table_or_the_records() {
    let records = [
        call(30, "e-1", "RunInstances"),
        call(20, "e-2", "StopInstances"),
        call(10, "e-3", "StopInstances"),
    ];
    let service = start(&records);
    let time = |record: &Value| record["eventTime"].as_str().unwrap().to_owned();
    let told = alog(
        &service,
        &[
            "lookup",
            "action=StopInstances",
            "--columns",
            "time,who,resource,result,id",
        ],
    );
    let expected = format!(
        "TIME                  WHO    RESOURCE  RESULT  ID\n\
         {}  alice  i-0a53    ok      e-3\n\
         {}  alice  i-0a53    ok      e-2\n",
        time(&records[2]),
        time(&records[1])
    );
    assert_eq!(
        (told.code, told.stdout, told.stderr.as_str()),
        (Some(0), expected, "")
    );

    let told = alog(
        &service,
        &["lookup", "-n", "2", "--ndjson", "--where", "who=alice"],
    );
    let lines: Vec<Value> = told
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines, [records[2].clone(), records[1].clone()]);
    assert_eq!(
        told.stderr,
        "the newest 2; there may be more: -n 20, or -n all\n"
    );

    let told = alog(&service, &["lookup", "-n", "all", "--json"]);
    let array: Vec<Value> = serde_json::from_str(&told.stdout).unwrap();
    assert_eq!((array.len(), told.stderr.as_str()), (3, ""));
}

#[test]
fn what_was_accepted_is_in_the_next_lookup() {
    let service = start(&[call(30, "e-1", "RunInstances")]);
    for (id, ago) in [("e-2", 20), ("e-3", 40), ("e-4", 1)] {
        let found = alog(&service, &["lookup", "--columns", "id"]);
        assert!(!found.stdout.contains(id), "{found:?}");
        let record = call(ago, id, "RunInstances");
        service.runtime.block_on(service.stage.take_in(&[record]));
        let found = alog(&service, &["lookup", "--columns", "id", "--since", "1m"]);
        assert!(found.stdout.contains(id), "{found:?}");
    }
}

#[test]
fn nothing_found_is_said() {
    let service = start(&[call(30, "e-1", "RunInstances")]);
    let told = alog(&service, &["lookup", "ErrorCode!="]);
    assert_eq!((told.code, told.stdout.as_str()), (Some(0), ""));
    assert_eq!(
        told.stderr,
        "no event matches; those of Activity Log itself were left out (--all shows them)\n"
    );
    let told = alog(&service, &["lookup", "--all", ".nosuchfield=1", "--json"]);
    assert_eq!(told.stdout, "[]\n");
    assert!(
        told.stderr.starts_with("warning: ") && told.stderr.contains("nosuchfield"),
        "{told:?}"
    );
}

#[test]
fn an_event_is_shown_by_its_id() {
    let record = call(30, "e/1", "RunInstances");
    let service = start(std::slice::from_ref(&record));
    let told = alog(&service, &["event", "e/1"]);
    let (short, whole) = told.stdout.split_once("\n\n").unwrap();
    assert!(
        short.contains("who       alice\n") && short.ends_with("id        e/1"),
        "{short}"
    );
    assert_eq!(serde_json::from_str::<Value>(whole).unwrap(), record);
    assert!(whole.starts_with("{\n  \""));
    let told = alog(&service, &["event", "e-2"]);
    assert_eq!(told.code, Some(1));
}

#[test]
fn the_newest_come_last_and_what_comes_then_once() {
    let service = start(&[
        call(30, "e-1", "RunInstances"),
        call(20, "e-2", "StopInstances"),
    ]);
    let told = alog(&service, &["tail", "--columns", "id", "-n", "1"]);
    assert_eq!(told.stdout, "ID\ne-2\n");
    let mut tail = service
        .command(&std::env::temp_dir(), &["tail", "-f", "--columns", "id"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(tail.stdout.take().unwrap())
        .lines()
        .map(Result::unwrap);
    let begun: Vec<String> = lines.by_ref().take(3).collect();
    assert_eq!(begun, ["ID", "e-1", "e-2"]);
    // Later in the log, though the call was earlier.
    service
        .runtime
        .block_on(service.stage.take_in(&[call(40, "e-3", "StartInstances")]));
    assert_eq!(lines.next().unwrap(), "e-3");
    service
        .runtime
        .block_on(service.stage.take_in(&[call(1, "e-4", "StartInstances")]));
    assert_eq!(lines.next().unwrap(), "e-4");
    tail.kill().unwrap();
    tail.wait().unwrap();
}

#[test]
fn where_nothing_listens_it_says_so_at_once() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_alog"));
    let address = "http://127.0.0.1:9";
    command
        .args(["lookup", "--url", address])
        .env_clear()
        .envs([
            ("HOME", "/nonexistent"),
            ("AWS_REGION", "x"),
            ("AWS_ACCESS_KEY_ID", "AKIA"),
            ("AWS_SECRET_ACCESS_KEY", "x"),
        ]);
    let mut alog = command.stderr(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(alog.stderr.take().unwrap()).lines();
    let first = said.next().unwrap().unwrap();
    assert!(
        first.starts_with(&format!("{address} does not answer")),
        "{first}"
    );
    assert!(first.ends_with("trying again"), "{first}");
    alog.kill().unwrap();
    alog.wait().unwrap();
}

#[test]
fn doctor_says_what_is_well_and_what_is_not() {
    let service = start(&[call(30, "e-1", "RunInstances")]);
    let run = |variables: &[(&str, &str)]| {
        let mut command = service.command(&std::env::temp_dir(), &["doctor"]);
        command.env("AWS_ENDPOINT_URL_CLOUDTRAIL", service.origin());
        command.envs(variables.iter().copied());
        Told::of(&command.output().unwrap())
    };
    let told = run(&[]);
    assert_eq!(told.code, Some(0), "{told:?}");
    assert!(
        told.stdout.lines().all(|line| line.starts_with("ok ")),
        "{told:?}"
    );
    let told = run(&[("AWS_SECRET_ACCESS_KEY", "another")]);
    assert_eq!(told.code, Some(1));
    let wrong: Vec<&str> = told
        .stdout
        .lines()
        .filter(|line| line.starts_with("WRONG"))
        .collect();
    assert!(
        matches!(wrong[..], [line] if line.contains("InvalidSignature")),
        "{told:?}"
    );
    assert!(told.stdout.contains("to mend it:   AWS_SECRET_ACCESS_KEY"));
}
