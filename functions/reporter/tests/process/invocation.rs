//! The reporter's process under a stub of Lambda's runtime API, which hands it one message.
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::process::Stdio;
use std::time::Duration;

use activity_log_core::reports::WorkMessage;
use serde_json::json;
use tokio::io::{AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::process::Command;

use crate::cloud::Cloud;
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
/// What an invocation has on AWS.
pub const LONG: Duration = Duration::from_mins(15);

/// Starts a process, gives it the message and so much time, and waits for its answer or the proxy's trigger. Gives
/// the most memory the process had, in bytes, too.
pub async fn invoke(
    cloud: &Cloud,
    proxy: &Proxy,
    message: WorkMessage,
    time: Duration,
) -> (Ended, u64) {
    let body = serde_json::to_string(&message).unwrap();
    // What a run that was suspended sent is the same.
    while let Some(sent) = cloud.queue.receive().await {
        cloud.queue.delete(&sent).await;
    }
    cloud.queue.send(body).await;
    let received = cloud.queue.wait().await;
    let ended = hand(cloud, proxy, &received, time, proxy.trigger()).await;
    // Nobody else is to get it, whatever became of it.
    cloud.queue.delete(&received).await;
    ended
}

/// Starts a process and gives it this message and so much time; kills it when `death` returns.
pub async fn hand(
    cloud: &Cloud,
    proxy: &Proxy,
    received: &Received,
    time: Duration,
    death: impl Future<Output = ()>,
) -> (Ended, u64) {
    let runtime = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut process = Command::new(env!("CARGO_BIN_EXE_reporter"))
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
        answer = answer(&runtime, received, time) => {
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

/// The path that the process posts its answer to, or the answer where it is an error.
async fn answer(runtime: &TcpListener, received: &Received, time: Duration) -> String {
    let Received { receipt, body } = received;
    let event = json!({"Records": [
        {"messageId": "m", "receiptHandle": receipt, "body": body, "eventSource": "aws:sqs"}
    ]});
    let event = event.to_string();
    loop {
        let (stream, _) = runtime.accept().await.unwrap();
        let mut stream = BufReader::new(stream);
        while let Some(request) = read(&mut stream).await.unwrap() {
            let path = request.first.split(' ').nth(1);
            let path = path.unwrap_or_default().to_owned();
            if !path.ends_with("/invocation/next") {
                let body = String::from_utf8_lossy(request.body()).into_owned();
                return if path.ends_with("/response") {
                    path
                } else {
                    body
                };
            }
            let deadline = time::OffsetDateTime::now_utc() + time;
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
