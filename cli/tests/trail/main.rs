//! `alog trail verify`, the program itself, against an S3 on a socket: pages, statuses of exit.

mod s3;

use std::process::{Command, Output};

use s3::S3;

const FOLDER: &str = "AWSLogs/111122223333/CloudTrail/us-east-1/2023/07/10/";

fn verify(endpoint: &str, keys: &str, options: &[&str]) -> Output {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), keys).unwrap();
    Command::new(env!("CARGO_BIN_EXE_alog"))
        .args(["trail", "verify", "--bucket", "logs", "--trail", "audit"])
        .args(["--account", "111122223333", "--keys"])
        .arg(file.path())
        .args(options)
        .env_clear()
        .env("HOME", "/nonexistent")
        .env("AWS_REGION", "us-east-1")
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_MAX_ATTEMPTS", "1")
        .env("AWS_ENDPOINT_URL_S3", endpoint)
        .output()
        .unwrap()
}

const KEYS: &str = r#"{"PublicKeyList":[{"Value":"a2V5"}]}"#;

/// The key of the digest that ends at this hour.
fn digest(hour: u32) -> String {
    format!(
        "AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2023/07/10/111122223333_CloudTrail-Digest_us-east-1_audit_us-east-1_20230710T{hour}0000Z.json.gz"
    )
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn a_bucket_without_digests_is_not_valid_and_all_its_pages_are_read() {
    let name = |minute: u32| {
        format!(
            "{FOLDER}111122223333_CloudTrail_us-east-1_20230710T12{minute:02}Z_0001aaaaaaaaaaaa.tar.gz"
        )
    };
    let keys = (0..12).map(|five| name(five * 5));
    let s3 = S3::start(keys.chain([format!("{FOLDER}0 & 1")]).collect());
    let output = verify(&s3.endpoint(), KEYS, &["--json"]);
    assert_eq!(stderr(&output), "");
    assert_eq!(output.status.code(), Some(1));
    let lines: Vec<serde_json::Value> = stdout(&output)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let kinds: Vec<&serde_json::Value> =
        lines.iter().map(|line| &line["finding"]["kind"]).collect();
    assert_eq!(kinds[..3], ["noDigests", "noArchive", "otherTrails"]);
    assert_eq!(
        lines[1]["finding"]["text"],
        format!(
            "1 objects are none of the service's archives, the first is s3://logs/{FOLDER}0 & 1"
        )
    );
    assert_eq!(
        lines[2]["finding"]["text"],
        "12 archives of other trails were not looked at: aaaaaaaaaaaa"
    );
    assert_eq!(lines[3]["summary"]["valid"], false);

    let later = ["--start-time", "2023-07-10T12:50:00Z", "--json"];
    let output = verify(&s3.endpoint(), KEYS, &later);
    assert!(
        stdout(&output).contains("1 archives of other trails"),
        "{}",
        stdout(&output)
    );
}

#[test]
fn a_digest_that_is_none_is_told_and_one_that_is_gone_too() {
    let s3 = S3::start(vec![digest(12), format!("{}{}", s3::GONE, digest(13))]);
    let output = verify(&s3.endpoint(), KEYS, &[]);
    assert_eq!(output.status.code(), Some(1));
    let (told, totals) = stdout(&output)
        .split_once("verified ")
        .map(|(told, totals)| (told.to_owned(), totals.to_owned()))
        .unwrap();
    assert_eq!(
        told,
        format!(
            "problem: digest s3://logs/{} is not valid: not a whole gzip file: invalid gzip header\n\
             problem: digest s3://logs/{} is not valid: it is gone\n",
            digest(12),
            digest(13)
        )
    );
    assert!(
        totals.ends_with("NOT VALID: 2 problems, 0 warnings\n"),
        "{totals}"
    );
}

#[test]
fn an_object_that_is_not_given_out_is_told_and_all_of_them_are_no_answer() {
    let frozen = |hour| format!("{}{}", s3::FROZEN, digest(hour));
    let s3 = S3::start(vec![frozen(12), digest(13)]);
    let output = verify(&s3.endpoint(), KEYS, &[]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let told = format!(
        "problem: s3://logs/{} cannot be read: InvalidObjectState: in\\nGlacier\n\
         problem: digest s3://logs/{} is not valid: not a whole gzip file",
        digest(12),
        digest(13)
    );
    assert!(stdout(&output).starts_with(&told), "{}", stdout(&output));
    let s3 = S3::start(vec![frozen(12), frozen(13)]);
    let output = verify(&s3.endpoint(), KEYS, &[]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        stderr(&output),
        format!(
            "error: none of 2 objects can be read, the first is s3://logs/{}\n",
            digest(12)
        )
    );
}

#[test]
fn a_key_forges_no_line_and_a_prefix_may_end_in_a_slash() {
    let hostile = format!("x/{FOLDER}0\nVALID, with 0 warnings");
    let s3 = S3::start(vec![hostile]);
    for prefix in ["x", "x/"] {
        let output = verify(&s3.endpoint(), KEYS, &["--prefix", prefix]);
        let told = stdout(&output);
        let line = format!(
            "note: 1 objects are none of the service's archives, the first is s3://logs/x/{FOLDER}0\\nVALID, with 0 warnings"
        );
        assert!(told.lines().any(|told| told == line), "{told}");
        assert!(
            !told.lines().any(|line| line.starts_with("VALID")),
            "{told}"
        );
    }
}

#[test]
fn what_cannot_be_found_out_is_neither_valid_nor_not() {
    let nobody = "http://127.0.0.1:1";
    let output = verify(nobody, KEYS, &[]);
    assert_eq!(output.status.code(), Some(2));
    let error = stderr(&output);
    assert!(
        error.starts_with(
            "error: s3://logs/AWSLogs/111122223333/CloudTrail-Digest/us-east-1/ cannot be listed: S3 did not answer"
        ),
        "{error}"
    );
    let output = verify(nobody, r#"{"PublicKeyList":[]}"#, &[]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        stderr(&output),
        "error: there are no public keys to verify digests with\n"
    );
    let backwards = [
        "--start-time",
        "2023-07-10T13:00:00Z",
        "--end-time",
        "2023-07-10T12:00:00Z",
    ];
    assert_eq!(verify(nobody, KEYS, &backwards).status.code(), Some(2));
}
