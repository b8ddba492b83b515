//! The archiver's process under a stub of Lambda's runtime API, which hands it one message of a trail.
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::process::Stdio;
use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::process::Command;

use crate::cloud::{ACCOUNT, Cloud, TRAIL};
use crate::http::read;
use crate::proxy::Proxy;
use crate::queue::Received;

/// How a process ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Ended {
    /// it answered the invocation, then we stopped it
    Answered,
    /// it was killed on the way
    Killed,
}

/// Longer than any run; reaching it fails the test.
const TIMEOUT: Duration = Duration::from_mins(10);

/// What a tick sends.
pub fn message() -> String {
    json!({"account": ACCOUNT, "trail": TRAIL}).to_string()
}

/// Starts a process, gives it a message, and waits for its answer or the proxy's trigger.
pub async fn invoke(cloud: &Cloud, proxy: &Proxy) -> Ended {
    run(cloud, proxy).await.0
}

/// The same, and the most memory the process had, in bytes.
pub async fn run(cloud: &Cloud, proxy: &Proxy) -> (Ended, u64) {
    cloud.queue.send(message()).await;
    let received = cloud.queue.wait().await;
    let ended = hand(cloud, proxy, &received, proxy.trigger()).await;
    // Nobody else is to get it, whatever became of it.
    cloud.queue.delete(&received).await;
    ended
}

/// Starts a process and gives it this message; kills it when `death` returns.
pub async fn hand(
    cloud: &Cloud,
    proxy: &Proxy,
    received: &Received,
    death: impl Future<Output = ()>,
) -> (Ended, u64) {
    let runtime = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut process = Command::new(env!("CARGO_BIN_EXE_archiver"))
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
        () = death => Ended::Killed,
        answer = answer(&runtime, received) => {
            assert!(answer.ends_with("/response"), "{answer}");
            Ended::Answered
        }
        status = process.wait() => panic!("the process ended by itself: {status:?}"),
        () = tokio::time::sleep(TIMEOUT) => panic!("neither an answer nor a death in {TIMEOUT:?}"),
    };
    let peak = process.id().map_or(0, peak_bytes);
    process.kill().await.unwrap();
    (ended, peak)
}

fn peak_bytes(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = peak.and_then(|peak| peak.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kilobytes.unwrap_or(0) * 1024
}

/// The path that the process posts its answer to, with the answer where it is an error.
async fn answer(runtime: &TcpListener, received: &Received) -> String {
    let Received { receipt, body } = received;
    let event = json!({"Records": [
        {"messageId": "m", "receiptHandle": receipt, "body": body, "eventSource": "aws:sqs"}
    ]});
    let event = event.to_string();
    loop {
        let (stream, _) = runtime.accept().await.unwrap();
        let mut stream = BufReader::new(stream);
        while let Some(request) = read(&mut stream).await.unwrap() {
            let path = request
                .first
                .split(' ')
                .nth(1)
                .unwrap_or_default()
                .to_owned();
            if !path.ends_with("/invocation/next") {
                let body = String::from_utf8_lossy(request.body()).into_owned();
                // Of a message that is to come again, the answer says so.
                return if path.ends_with("/response") && body.contains("[]") {
                    path
                } else {
                    body
                };
            }
            let deadline = time::OffsetDateTime::now_utc() + Duration::from_mins(15);
            let response = format!(
                "HTTP/1.1 200 OK\r\ncontent-length: {}\r\ncontent-type: application/json\r\n\
                 lambda-runtime-aws-request-id: r\r\nlambda-runtime-deadline-ms: {}\r\n\
                 lambda-runtime-invoked-function-arn: arn:aws:lambda:us-east-1:111122223333:function:f\r\n\r\n{event}",
                event.len(),
                deadline.unix_timestamp() * 1_000,
            );
            stream
                .get_mut()
                .write_all(response.as_bytes())
                .await
                .unwrap();
        }
    }
}
