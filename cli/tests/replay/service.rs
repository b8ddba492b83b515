//! A service for one test: reads HTTP/1.1 from a socket, checks the signature as ours does, answers
//! as the test says, and remembers what it got.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use activity_log_control::memory::InMemory;
use activity_log_control::{NewAccount, Registry as _};
use activity_log_core::instant::Instant;
use activity_log_identity::{Endpoint, authenticate};
use bytes::Bytes;
use flate2::read::GzDecoder;
use http::Request;
use serde::Deserialize;
use serde_json::value::RawValue;

pub const KEY_ID: &str = "AKIAIOSFODNN7EXAMPLE";
pub const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

/// A batch as it arrived.
pub struct Received {
    pub body: Bytes,
    pub records: Vec<Box<RawValue>>,
}

impl Received {
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.records.iter().map(|record| record.get())
    }
}

/// Given the number of the request and the batch: a status and a body.
type Script = fn(usize, &Received) -> (u16, String);

pub struct Service {
    address: String,
    is_over: Arc<AtomicBool>,
    received: Arc<Mutex<Vec<Received>>>,
    thread: JoinHandle<()>,
}

impl Service {
    pub fn start(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let is_over = Arc::new(AtomicBool::new(false));
        let received = Arc::<Mutex<Vec<Received>>>::default();
        let thread = std::thread::spawn({
            let (is_over, received) = (Arc::clone(&is_over), Arc::clone(&received));
            move || {
                for stream in listener.incoming() {
                    if is_over.load(Ordering::SeqCst) {
                        break;
                    }
                    serve(stream.unwrap(), script, &received);
                }
            }
        });
        Self {
            address,
            is_over,
            received,
            thread,
        }
    }

    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What arrived, in order. Fails if a signature was wrong.
    pub fn stop(self) -> Vec<Received> {
        self.is_over.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(&self.address));
        self.thread.join().expect("every request was signed right");
        std::mem::take(&mut *self.received.lock().unwrap())
    }
}

/// All accepted.
pub fn accept(batch: &Received) -> (u16, String) {
    let events: Vec<String> = (0..batch.records.len())
        .map(|index| format!(r#"{{"index":{index},"status":"accepted"}}"#))
        .collect();
    (200, format!(r#"{{"events":[{}]}}"#, events.join(",")))
}

/// The whole request refused.
pub fn error(status: u16, code: &str) -> (u16, String) {
    let body = format!(r#"{{"error":{{"code":"{code}","message":"as scripted"}}}}"#);
    (status, body)
}

fn serve(mut stream: TcpStream, script: Script, received: &Mutex<Vec<Received>>) {
    let request = read(&stream);
    let address = stream.local_addr().unwrap().to_string();
    check_signature(&request, &address);
    let batch = unpack(request.into_body());
    let mut received = received.lock().unwrap();
    let (status, body) = script(received.len(), &batch);
    received.push(batch);
    write!(
        stream,
        "HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
}

fn read(stream: &TcpStream) -> Request<Bytes> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let mut words = line.split(' ');
    let mut request = Request::builder()
        .method(words.next().unwrap())
        .uri(words.next().unwrap());
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.parse().unwrap();
        }
        request = request.header(name, value);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    request.body(Bytes::from(body)).unwrap()
}

#[tokio::main(flavor = "current_thread")]
async fn check_signature(request: &Request<Bytes>, address: &str) {
    let control = InMemory::new();
    let now = Instant::from(time::OffsetDateTime::now_utc());
    let account = NewAccount {
        id: "111122223333".parse().unwrap(),
        name: "Test".parse().unwrap(),
        retention_override_days: None,
    };
    let account = control.create_account(account, now).await.unwrap();
    let user = "producer".parse().unwrap();
    control.create_user(account.id, &user, now).await.unwrap();
    let (id, secret) = (KEY_ID.parse().unwrap(), SECRET.parse().unwrap());
    control
        .create_access_key(account.id, &user, &id, &secret, now)
        .await
        .unwrap();
    let endpoint = Endpoint::new("eu-central-1", [address]);
    let principal = authenticate(request, now, &control, &endpoint).await;
    let principal = principal.unwrap();
    assert_eq!(principal.user, user);
    assert_eq!(request.uri(), "/v1/events");
    assert_eq!(request.headers()["content-encoding"], "gzip");
}

#[derive(Deserialize)]
struct Envelope {
    #[serde(rename = "Records")]
    records: Vec<Box<RawValue>>,
}

fn unpack(body: Bytes) -> Received {
    let mut text = Vec::new();
    GzDecoder::new(&*body).read_to_end(&mut text).unwrap();
    let envelope: Envelope = serde_json::from_slice(&text).unwrap();
    Received {
        body,
        records: envelope.records,
    }
}
