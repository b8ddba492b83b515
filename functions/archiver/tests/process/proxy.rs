//! Stands between the archiver and the emulator, counts the calls, and pulls the trigger at one of them, or loses its
//! answer.

use std::io;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

use crate::http::{Message, read, read_head};

/// When the process dies: calls are counted from 1.
#[derive(Clone, Copy, Debug)]
pub enum Death {
    /// the call does not reach AWS
    #[allow(dead_code, reason = "each test binary uses some of it")]
    Before(usize),
    /// it does, and its answer does not come back
    After(usize),
}

pub struct Proxy {
    pub endpoint: String,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    upstream: String,
    plan: Mutex<(Option<Death>, Vec<String>)>,
    /// the operation whose next answer is lost
    loses: Mutex<Option<&'static str>>,
    /// the operation that gets no answer, and nobody is told
    stalls: Mutex<Option<&'static str>>,
    stalled: Notify,
    trigger: Notify,
}

impl Proxy {
    pub async fn start(upstream: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(State {
            upstream: upstream.trim_start_matches("http://").to_owned(),
            ..State::default()
        });
        let shared = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(serve(client, Arc::clone(&shared)));
            }
        });
        Self { endpoint, state }
    }

    /// All calls go through.
    pub fn let_live(&self) {
        *self.state.plan.lock().unwrap() = (None, Vec::new());
    }

    /// The process dies at a call.
    pub fn let_die(&self, death: Death) {
        *self.state.plan.lock().unwrap() = (Some(death), Vec::new());
    }

    /// The next answer to this operation does not come back, and everybody lives on.
    #[allow(dead_code, reason = "each test binary uses some of it")]
    pub fn lose(&self, operation: &'static str) {
        *self.state.loses.lock().unwrap() = Some(operation);
    }

    /// From now on this operation does not get through: whoever asks for it waits.
    #[allow(dead_code, reason = "each test binary uses some of it")]
    pub fn stall(&self, operation: &'static str) {
        *self.state.stalls.lock().unwrap() = Some(operation);
    }

    /// Returns when somebody waits for what does not get through.
    #[allow(dead_code, reason = "each test binary uses some of it")]
    pub async fn stalled(&self) {
        self.state.stalled.notified().await;
    }

    /// Everything gets through again, but for what waits already.
    #[allow(dead_code, reason = "each test binary uses some of it")]
    pub fn go_on(&self) {
        *self.state.stalls.lock().unwrap() = None;
    }

    /// The calls since.
    pub fn calls(&self) -> Vec<String> {
        self.state.plan.lock().unwrap().1.clone()
    }

    /// Returns when it is time to kill the process.
    pub async fn trigger(&self) {
        self.state.trigger.notified().await;
    }
}

async fn serve(client: TcpStream, state: Arc<State>) -> io::Result<()> {
    let mut client = BufReader::new(client);
    let mut upstream = BufReader::new(TcpStream::connect(&state.upstream).await?);
    while let Some(request) = read(&mut client).await? {
        let name = name(&request);
        if *state.stalls.lock().unwrap() == Some(name.as_str()) {
            state.stalled.notify_one();
            return std::future::pending().await;
        }
        let is_lost = state.loses.lock().unwrap().take_if(|lost| *lost == name);
        let (death, call) = {
            let mut plan = state.plan.lock().unwrap();
            plan.1.push(name);
            (plan.0, plan.1.len())
        };
        let dies = |at: usize| at == call;
        if matches!(death, Some(Death::Before(at)) if dies(at)) {
            return end(&state).await;
        }
        upstream.write_all(&request.bytes).await?;
        let response = if request.first.starts_with("HEAD ") {
            read_head(&mut upstream).await?
        } else {
            read(&mut upstream).await?
        };
        let Some(response) = response else {
            return Ok(());
        };
        if matches!(death, Some(Death::After(at)) if dies(at)) {
            return end(&state).await;
        }
        if is_lost.is_some() {
            return Ok(());
        }
        client.write_all(&response.bytes).await?;
    }
    Ok(())
}

/// Keeps the connection open and silent: the process must die of the signal, not of an error.
async fn end(state: &State) -> io::Result<()> {
    state.trigger.notify_one();
    std::future::pending().await
}

/// The operation a request asks for.
fn name(request: &Message) -> String {
    if let Some(target) = request.header("x-amz-target") {
        return target.rsplit('.').next().unwrap_or_default().to_owned();
    }
    let (method, rest) = request.first.split_once(' ').unwrap_or_default();
    let query = rest.split(' ').next().unwrap_or_default();
    let query = query.split_once('?').map_or("", |(_, query)| query);
    match method {
        "POST" if query.contains("uploadId") => "CompleteMultipartUpload",
        "POST" => "CreateMultipartUpload",
        "PUT" if query.contains("uploadId") => "UploadPart",
        "PUT" => "PutObject",
        other => other,
    }
    .to_owned()
}
