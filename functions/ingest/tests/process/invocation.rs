//! The process under a stub of Lambda's runtime API, which hands it one event.
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::process::Command;

use crate::cloud::Cloud;
use crate::http::read;
use crate::proxy::Proxy;

/// How a process ended.
#[derive(Debug, PartialEq)]
pub enum Ended {
    /// it answered this, then we stopped it
    Answered(Value),
    /// it was killed on the way
    Killed,
}

/// Longer than any run; reaching it fails the test.
const TIMEOUT: Duration = Duration::from_mins(2);

/// Starts a process, gives it the event, and waits for its answer or the proxy's trigger.
pub async fn invoke(cloud: &Cloud, proxy: &Proxy, event: &Value) -> Ended {
    let event = event.to_string();
    let runtime = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut process = Command::new(env!("CARGO_BIN_EXE_ingest"))
        .env_clear()
        .envs(cloud.environment())
        .env("AWS_ENDPOINT_URL", &proxy.endpoint)
        .env(
            "AWS_LAMBDA_RUNTIME_API",
            runtime.local_addr().unwrap().to_string(),
        )
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let ended = tokio::select! {
        () = proxy.trigger() => Ended::Killed,
        answer = answer(&runtime, &event) => Ended::Answered(answer),
        status = process.wait() => panic!("the process ended by itself: {status:?}"),
        () = tokio::time::sleep(TIMEOUT) => panic!("neither an answer nor a death in {TIMEOUT:?}"),
    };
    process.kill().await.unwrap();
    ended
}

/// What the process posts as its answer.
async fn answer(runtime: &TcpListener, event: &str) -> Value {
    loop {
        let (stream, _) = runtime.accept().await.unwrap();
        let mut stream = BufReader::new(stream);
        while let Some(request) = read(&mut stream).await.unwrap() {
            let path = request.first.split(' ').nth(1).unwrap_or_default();
            if !path.ends_with("/invocation/next") {
                let body = String::from_utf8_lossy(request.body()).into_owned();
                assert!(path.ends_with("/response"), "{path} {body}");
                return serde_json::from_str(&body).unwrap();
            }
            let deadline = time::OffsetDateTime::now_utc() + Duration::from_secs(29);
            let response = format!(
                "HTTP/1.1 200 OK\r\ncontent-length: {}\r\ncontent-type: application/json\r\n\
                 lambda-runtime-aws-request-id: r\r\nlambda-runtime-deadline-ms: {}\r\n\
                 lambda-runtime-invoked-function-arn: arn:aws:lambda:us-east-1:111122223333:function:f\r\n\r\n{event}",
                event.len(),
                deadline.unix_timestamp_nanos() / 1_000_000,
            );
            let stream = stream.get_mut();
            stream.write_all(response.as_bytes()).await.unwrap();
        }
    }
}
