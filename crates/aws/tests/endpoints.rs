//! The lean SDK features still honour the endpoint variables and speak plain `http`.
//!
//! The environment of this process is not touched (that is unsafe, and shared): each case runs
//! this test binary again, as a child with the variables set, against a listener that records
//! one request.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Output};

use aws_sdk_dynamodb::Client;

/// In the child: list the tables with a configuration from the environment.
#[tokio::test]
#[ignore = "only as a child of the tests below"]
async fn child_lists_tables() {
    match activity_log_aws::from_env().await {
        Ok(config) => {
            let listed = Client::new(&config).list_tables().send().await;
            println!("tables: {:?}", listed.map(|tables| tables.table_names));
        }
        Err(error) => println!("error: {error}"),
    }
}

fn child(variables: &[(&str, &str)]) -> Output {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child_lists_tables", "--ignored", "--nocapture"])
        .env_clear()
        .env("HOME", "/nonexistent")
        .env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "secret")
        .envs(variables.iter().copied())
        .output()
        .unwrap()
}

/// Answers one request with an empty list of tables; gives back the request's head.
fn answer(listener: &TcpListener) -> String {
    let (mut stream, _) = listener.accept().unwrap();
    let head = head(&mut stream);
    let body = r#"{"TableNames":["seen"]}"#;
    write!(
        stream,
        "HTTP/1.1 200 OK\r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    head
}

fn head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap() == 1 {
        head.push(byte[0]);
    }
    String::from_utf8(head).unwrap()
}

fn assert_asks_the_endpoint(variable: &str) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || answer(&listener));
    let output = child(&[(variable, &endpoint), ("AWS_REGION", "eu-central-1")]);
    let output = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.contains(r#"tables: Ok(Some(["seen"]))"#), "{output}");
    let head = server.join().unwrap();
    assert!(
        head.contains("x-amz-target: DynamoDB_20120810.ListTables"),
        "{head}"
    );
    assert!(
        head.contains("/eu-central-1/dynamodb/aws4_request"),
        "{head}"
    );
}

#[test]
fn the_general_endpoint_is_honoured() {
    assert_asks_the_endpoint("AWS_ENDPOINT_URL");
}

#[test]
fn the_endpoint_of_one_service_is_honoured() {
    assert_asks_the_endpoint("AWS_ENDPOINT_URL_DYNAMODB");
}

#[test]
fn a_missing_region_is_named() {
    for region in [&[][..], &[("AWS_REGION", "")]] {
        let output = child(region);
        let output = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            output.contains("error: no AWS region: set AWS_REGION"),
            "{output}"
        );
    }
}

#[tokio::test]
async fn the_test_configuration_asks_the_given_endpoint() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || answer(&listener));
    let config = activity_log_aws::with_endpoint(&endpoint).await;
    let tables = Client::new(&config).list_tables().send().await.unwrap();
    assert_eq!(tables.table_names(), ["seen"]);
    assert!(server.join().unwrap().contains("Credential=test/"));
}
