//! The process under a stub of Lambda's runtime API, which hands it one message of an account.
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::process::Stdio;
use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::process::Command;

use crate::cloud::{Cloud, now};
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
const TIMEOUT: Duration = Duration::from_mins(5);

/// Starts a process, gives it a message, and waits for its answer or the proxy's trigger.
pub async fn invoke(cloud: &Cloud, proxy: &Proxy, message: String) -> Ended {
    cloud.queue.send(&message).await;
    let received = loop {
        let received = cloud.queue.wait().await;
        if received.body == message {
            break received;
        }
        // Runs before asked for themselves again.
        cloud.queue.delete(&received).await;
    };
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
) -> Ended {
    let runtime = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut process = Command::new(env!("CARGO_BIN_EXE_rollup"))
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
            assert_eq!(answer, r#"{"batchItemFailures":[]}"#);
            Ended::Answered
        }
        status = process.wait() => panic!("the process ended by itself: {status:?}"),
        () = tokio::time::sleep(TIMEOUT) => panic!("neither an answer nor a death in {TIMEOUT:?}"),
    };
    process.kill().await.unwrap();
    ended
}

/// What the process posts as its answer.
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
            let path = request.first.split(' ').nth(1).unwrap_or_default();
            if !path.ends_with("/invocation/next") {
                return String::from_utf8_lossy(request.body()).into_owned();
            }
            let response = format!(
                "HTTP/1.1 200 OK\r\ncontent-length: {}\r\ncontent-type: application/json\r\n\
                 lambda-runtime-aws-request-id: r\r\nlambda-runtime-deadline-ms: {}\r\n\
                 lambda-runtime-invoked-function-arn: arn:aws:lambda:us-east-1:111122223333:function:f\r\n\r\n{event}",
                event.len(),
                now().millis() + 900_000,
            );
            let stream = stream.get_mut();
            stream.write_all(response.as_bytes()).await.unwrap();
        }
    }
}
