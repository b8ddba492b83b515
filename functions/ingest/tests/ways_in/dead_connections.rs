//! A connection that died without a word, as idle ones do: it costs an attempt, and not the operation. A socket that takes
//! the first connection and never answers on it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use activity_log_calls::CallLog as _;
use activity_log_calls::sqs::SqsCallLog;
use activity_log_control::dynamodb::UsageTable;
use activity_log_control::{Day, Usage as _, UsageCount};
use activity_log_core::origin::Origin;
use aws_config::SdkConfig;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::stage::{NOW, account};

/// A server that answers no connection but the second and those after it; how many there were.
async fn server(answer: &'static str) -> (SdkConfig, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&connections);
    tokio::spawn(async move {
        let mut dead = Vec::new();
        while let Ok((connection, _)) = listener.accept().await {
            if counted.fetch_add(1, Ordering::Relaxed) == 0 {
                dead.push(connection);
            } else {
                tokio::spawn(serve(connection, answer));
            }
        }
    });
    (
        activity_log_aws::with_endpoint(&endpoint).await,
        connections,
    )
}

async fn serve(mut connection: TcpStream, answer: &str) {
    let mut request = vec![0; 64 * 1024];
    // A request of these is one packet.
    let _ = connection.read(&mut request).await;
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/x-amz-json-1.0\r\nconnection: close";
    let response = format!("{head}\r\ncontent-length: {}\r\n\r\n{answer}", answer.len());
    let _ = connection.write_all(response.as_bytes()).await;
}

#[tokio::test]
async fn an_operation_gets_its_second_try() {
    let (config, connections) = server(r#"{"TableNames":[]}"#).await;
    let timeouts = config.timeout_config().unwrap();
    let (attempt, whole) = (
        timeouts.operation_attempt_timeout(),
        timeouts.operation_timeout(),
    );
    assert!(attempt.unwrap() * 2 < whole.unwrap(), "{timeouts:?}");

    let short = activity_log_aws::timeouts(Duration::from_millis(1_800));
    let config = aws_sdk_dynamodb::config::Builder::from(&config).timeout_config(short);
    let client = aws_sdk_dynamodb::Client::from_conf(config.build());
    client.list_tables().send().await.unwrap();
    assert_eq!(connections.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn a_call_is_recorded_by_the_second_try() {
    let (config, connections) = server(r#"{"MessageId":"m"}"#).await;
    let log = SqsCallLog::new(
        &aws_sdk_sqs::Client::new(&config),
        "http://sqs.test/1/calls",
    );
    let begun = Instant::now();
    log.append(account(), Origin::Service, "{}".to_owned())
        .await
        .unwrap();
    assert!(
        begun.elapsed() < Duration::from_secs(3),
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(connections.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn what_is_counted_is_counted_by_the_second_try() {
    let (config, connections) = server("{}").await;
    let usage = UsageTable::new(aws_sdk_dynamodb::Client::new(&config), "control");
    let count = UsageCount {
        events: 1,
        ..UsageCount::default()
    };
    usage.add(account(), Day::of(NOW), count).await.unwrap();
    assert_eq!(connections.load(Ordering::Relaxed), 2);
}
