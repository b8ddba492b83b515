//! The service on a socket, and the tool beside it.

use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use activity_log_calls::memory::Unkept;
use activity_log_control::Rate;
use activity_log_identity::{Endpoint, Gate};
use activity_log_rest::{Context, Service as Rest};
use bytes::Bytes;
use http::{Request, Response};
use tokio::runtime::Runtime;

use crate::files::MemoryFiles;
use crate::http1;
use crate::stage::{KEY_ID, SECRET, Stage, now};

/// Something that goes wrong, once.
pub struct Fault {
    /// of the next request that begins so: `GET /v1/reports`
    pub request: &'static str,
    pub what: What,
}

pub enum What {
    /// somebody else answers
    Status(u16, &'static str),
    /// so many bytes of the body come
    BreaksAfter(usize),
}

pub struct Service {
    pub stage: Stage,
    pub runtime: Arc<Runtime>,
    origin: String,
    address: String,
    is_over: Arc<AtomicBool>,
    faults: Arc<Mutex<Vec<Fault>>>,
    requests: Arc<Mutex<Vec<String>>>,
    thread: Option<JoinHandle<()>>,
}

impl Service {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build();
        let runtime = Arc::new(runtime.unwrap());
        let files = MemoryFiles::at(&format!("http://{address}"));
        let stage = runtime.block_on(Stage::new(files));
        let mut service = Self {
            stage,
            runtime,
            origin: format!("http://{address}"),
            address,
            is_over: Arc::default(),
            faults: Arc::default(),
            requests: Arc::default(),
            thread: None,
        };
        service.thread = Some(service.serve(listener));
        service
    }

    fn serve(&self, listener: TcpListener) -> JoinHandle<()> {
        let (stage, runtime) = (self.stage.clone(), Arc::clone(&self.runtime));
        let (is_over, faults) = (Arc::clone(&self.is_over), Arc::clone(&self.faults));
        let requests = Arc::clone(&self.requests);
        std::thread::spawn(move || {
            let rest = Rest::new(stage.clone());
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let Some(request) = http1::read(&stream) else {
                    if is_over.load(Ordering::SeqCst) {
                        break;
                    }
                    continue;
                };
                let line = format!("{} {}", request.method(), request.uri());
                requests.lock().unwrap().push(line.clone());
                let fault = {
                    let mut faults = faults.lock().unwrap();
                    let at = faults
                        .iter()
                        .position(|fault| line.starts_with(fault.request));
                    at.map(|at| faults.remove(at).what)
                };
                let (response, most) = match fault {
                    Some(What::Status(status, body)) => {
                        let response = Response::builder().status(status);
                        (response.body(Bytes::from(body)).unwrap(), usize::MAX)
                    }
                    Some(What::BreaksAfter(most)) => {
                        (runtime.block_on(answer(&stage, &rest, &request)), most)
                    }
                    None => (
                        runtime.block_on(answer(&stage, &rest, &request)),
                        usize::MAX,
                    ),
                };
                http1::write(&mut stream, &response, most);
            }
        })
    }

    pub fn fault(&self, request: &'static str, what: What) {
        self.faults.lock().unwrap().push(Fault { request, what });
    }

    /// Where it is.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Methods and paths of what was asked, in order.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// The tool, in this folder, with the administrator's key.
    pub fn command(&self, folder: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_alog"));
        command
            .args(arguments)
            .current_dir(folder)
            .env_clear()
            .env("HOME", "/nonexistent")
            .env("AWS_REGION", "eu-central-1")
            .env("AWS_ACCESS_KEY_ID", KEY_ID)
            .env("AWS_SECRET_ACCESS_KEY", SECRET)
            .env("ACTIVITY_LOG_URL", &self.origin);
        command
    }

    /// What it printed, and its exit status.
    pub fn alog(&self, folder: &Path, arguments: &[&str]) -> Told {
        Told::of(&self.command(folder, arguments).output().unwrap())
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(&self.address));
        let ended = self.thread.take().map(JoinHandle::join);
        if !std::thread::panicking() {
            ended.unwrap().expect("the service answered every request");
        }
    }
}

async fn answer(stage: &Stage, rest: &Rest<Stage>, request: &Request<Bytes>) -> Response<Bytes> {
    let path = request.uri().path();
    if path.starts_with("/files/") {
        return stage.files.answer(request);
    }
    if request.method() == "GET" {
        stage.work(path).await;
    }
    let context = Context {
        now: now(),
        request_id: "request-1",
        random: rand::random(),
    };
    let (directory, rates) = (stage.control.clone(), stage.control.clone());
    let host = request.headers()["host"].to_str().unwrap();
    let endpoint = Endpoint::new("eu-central-1", [host]);
    let gate = Gate::new(endpoint, directory, rates, Rate::Lookup);
    let served = rest.serve(request, context, &gate, &Unkept).await;
    served.expect("the path is one of ours").response
}

/// What the tool told.
#[derive(Debug)]
pub struct Told {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Told {
    pub fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        Self {
            code: output.status.code(),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }
}
