//! The reporter over memory: a store, a control table, a bucket that can fail, a queue, a clock.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};
use std::time::Duration;

use activity_log_control::memory::InMemory;
use activity_log_control::{
    NewAccount, NewPlugin, NewReport, PluginReader as _, PluginWriter as _, Registry as _,
    ReportLimits, ReportReader as _, ReportWriter as _,
};
use activity_log_core::account::AccountId;
use activity_log_core::event::Admission;
use activity_log_core::ingest::{Incoming, Ordinals, Outcome, arrive};
use activity_log_core::instant::{DAY, Instant, MINUTE};
use activity_log_core::origin::Origin;
use activity_log_core::pack::PackEncoder;
use activity_log_core::plugins::{Plugin, PluginId, PluginState};
use activity_log_core::read::Events;
use activity_log_core::reports::{Format, PluginUse, Report, ReportId, ReportRequest, WorkMessage};
use activity_log_core::rollup::Task;
use activity_log_core::rollup::roll::{self, Step, roll};
use activity_log_lambda::heartbeat::{Cause, Hide};
use activity_log_plugin::Limits;
use activity_log_reporter::app::{App, Ports, Sizes};
use activity_log_reporter::files::{Files, FilesError, Part, Read, UploadError};
use activity_log_reporter::handler::{InvocationError, handle, work};
use activity_log_reporter::metrics::Worked;
use activity_log_reporter::queue::{Queue, QueueError};
use activity_log_store::memory::MemoryItems;
use serde_json::{Value, json};

pub const START: Instant = Instant::from_seconds(1_795_176_000);

pub fn account() -> AccountId {
    "111122223333".parse().unwrap()
}

/// Small, so that a few hundred events make several batches and parts.
const SIZES: Sizes = Sizes {
    part_bytes: 8 * 1024,
    report_bytes: 1_000_000,
    disk_bytes: 10_000_000,
    batch_rows: 50,
    margin_ms: MINUTE,
};

/// The bucket, in memory.
#[derive(Clone, Default)]
pub struct Bucket(Arc<Mutex<State>>);

type Meanwhile = Box<dyn FnOnce() + Send>;

#[derive(Default)]
pub struct State {
    pub objects: BTreeMap<String, Vec<u8>>,
    pub calls: usize,
    /// the call that fails, and as many after it
    pub fails: Option<(usize, usize)>,
    /// what happens just before a call
    pub meanwhile: Option<(usize, Meanwhile)>,
    pub open: HashMap<String, BTreeMap<i32, Vec<u8>>>,
}

impl Bucket {
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    fn call(
        &self,
        operation: &'static str,
        key: &str,
    ) -> Result<MutexGuard<'_, State>, FilesError> {
        let meanwhile = {
            let mut state = self.state();
            state.calls += 1;
            let calls = state.calls;
            state.meanwhile.take_if(|(at, _)| *at == calls)
        };
        if let Some((_, meanwhile)) = meanwhile {
            meanwhile();
        }
        let state = self.state();
        let fails = |(from, count): (usize, usize)| (from..from + count).contains(&state.calls);
        if state.fails.is_some_and(fails) {
            return Err(FilesError {
                operation,
                key: key.to_owned(),
                cause: "broken on purpose".into(),
            });
        }
        Ok(state)
    }
}

impl Files for Bucket {
    async fn read(&self, key: &str, most_bytes: u64) -> Result<Read, FilesError> {
        let state = self.call("GetObject", key)?;
        Ok(match state.objects.get(key) {
            None => Read::Absent,
            Some(bytes) if bytes.len() as u64 > most_bytes => Read::TooLarge(bytes.len() as u64),
            Some(bytes) => Read::Bytes(bytes.clone()),
        })
    }

    async fn put(&self, key: &str, _content_type: &str, body: Vec<u8>) -> Result<(), FilesError> {
        self.call("PutObject", key)?
            .objects
            .insert(key.to_owned(), body);
        Ok(())
    }

    async fn begin(&self, key: &str, _content_type: &str) -> Result<String, FilesError> {
        let mut state = self.call("CreateMultipartUpload", key)?;
        let id = format!("upload-{}", state.calls);
        state.open.insert(id.clone(), BTreeMap::new());
        Ok(id)
    }

    async fn part(
        &self,
        key: &str,
        upload: &str,
        number: i32,
        body: Vec<u8>,
    ) -> Result<Part, UploadError> {
        let mut state = self.call("UploadPart", key)?;
        let Some(open) = state.open.get_mut(upload) else {
            return Err(UploadError::Gone(key.to_owned()));
        };
        open.insert(number, body);
        Ok(Part {
            number,
            tag: format!("tag-{number}"),
            crc32: None,
        })
    }

    async fn complete(&self, key: &str, upload: &str, parts: &[Part]) -> Result<(), UploadError> {
        let mut state = self.call("CompleteMultipartUpload", key)?;
        let Some(mut sent) = state.open.remove(upload) else {
            return Err(UploadError::Gone(key.to_owned()));
        };
        let mut whole = vec![];
        for (at, part) in parts.iter().enumerate() {
            let bytes = sent.remove(&part.number).unwrap();
            // S3 takes no small part but the last.
            assert!(bytes.len() >= SIZES.part_bytes || at + 1 == parts.len());
            whole.extend(bytes);
        }
        state.objects.insert(key.to_owned(), whole);
        Ok(())
    }

    async fn abort(&self, _key: &str, upload: &str) {
        self.state().open.remove(upload);
    }

    async fn delete(&self, key: &str) {
        self.state().objects.remove(key);
    }
}

#[derive(Clone, Default)]
pub struct Sent(pub Arc<Mutex<Vec<WorkMessage>>>);

impl Hide for Sent {
    async fn hide(&self, _receipt: &str, _time: Duration) -> Result<bool, Cause> {
        Ok(true)
    }
}

impl Queue for Sent {
    async fn send(&self, message: WorkMessage) -> Result<(), QueueError> {
        self.0.lock().unwrap().push(message);
        Ok(())
    }
}

pub struct Memory {
    pub items: Arc<MemoryItems>,
    events: Events<MemoryItems>,
    pub control: InMemory,
    pub bucket: Bucket,
    pub queue: Sent,
}

impl Ports for Memory {
    type Items = MemoryItems;
    type Accounts = InMemory;
    type Reports = InMemory;
    type Plugins = InMemory;
    type Vault = InMemory;
    type Files = Bucket;
    type Queue = Sent;

    fn events(&self) -> &Events<MemoryItems> {
        &self.events
    }
    fn accounts(&self) -> &InMemory {
        &self.control
    }
    fn reports(&self) -> &InMemory {
        &self.control
    }
    fn plugins(&self) -> &InMemory {
        &self.control
    }
    fn vault(&self) -> &InMemory {
        &self.control
    }
    fn files(&self) -> &Bucket {
        &self.bucket
    }
    fn queue(&self) -> &Sent {
        &self.queue
    }
}

pub struct Stage {
    pub app: App<Memory>,
    clock: Arc<Mutex<(Instant, i64)>>,
    made: Mutex<u8>,
}

impl Stage {
    /// With an account and so many events.
    pub async fn with_events(count: usize) -> Self {
        let control = InMemory::new();
        let new = NewAccount {
            id: account(),
            name: "Test".parse().unwrap(),
            retention_override_days: None,
        };
        control.create_account(new, START).await.unwrap();
        let clock = Arc::new(Mutex::new((START, 0)));
        let told = Arc::clone(&clock);
        let items = Arc::default();
        let stage = Self {
            app: App {
                ports: Memory {
                    events: Events::shared(Arc::clone(&items), 0),
                    items,
                    control,
                    bucket: Bucket::default(),
                    queue: Sent::default(),
                },
                retention_days: 30,
                sizes: SIZES,
                limits: Limits::default(),
                compile: Box::new(activity_log_plugin::compile),
                function_name: "reporter".to_owned(),
                clock: Box::new(move || {
                    let mut clock = told.lock().unwrap();
                    clock.0 = clock.0.plus_millis(clock.1);
                    clock.0
                }),
                engine: OnceLock::new(),
            },
            clock,
            made: Mutex::default(),
        };
        stage.ingest(&records(count), START).await;
        stage
    }

    /// Sets the clock; from now on it gets on by `each` milliseconds whenever it is looked at.
    pub fn at(&self, time: Instant, each: i64) {
        *self.clock.lock().unwrap() = (time, each);
    }

    /// Stores these events, which come now.
    pub async fn ingest(&self, records: &[String], now: Instant) {
        let encoder = Mutex::new(PackEncoder::new().unwrap());
        for batch in records.chunks(100) {
            let texts: Vec<&str> = batch.iter().map(String::as_str).collect();
            let admission = Admission {
                account: account(),
                now,
                retention_days: 30,
            };
            let incoming = Incoming::of_one_body(&texts, &Origin::Queue);
            let mut ordinals = Ordinals::default();
            let (items, clock) = (&*self.app.ports.items, || now);
            let done = arrive(
                items,
                (&encoder, 1),
                &admission,
                &incoming,
                &mut ordinals,
                &clock,
            );
            for receipt in done.await.receipts {
                assert_eq!(receipt.outcome, Outcome::Accepted);
            }
        }
    }

    /// Rolls up what is sealed at this time.
    pub async fn roll_up(&self, now: Instant) {
        let task = Task {
            account: account(),
            retention_days: 30,
        };
        let items = &*self.app.ports.items;
        let (mut encoder, limits) = (PackEncoder::new().unwrap(), roll::Limits::default());
        while let Step::Rolled(_) = roll(items, task, &mut encoder, limits, &|| now)
            .await
            .unwrap()
        {}
    }

    fn id(&self) -> ReportId {
        let mut made = self.made.lock().unwrap();
        *made += 1;
        ReportId::new(START, [*made; 10])
    }

    /// A queued report.
    pub async fn report(&self, format: Format, set: impl FnOnce(&mut ReportRequest)) -> Report {
        let mut request = ReportRequest {
            format,
            start: START.plus_millis(-29 * DAY),
            end: START,
            filters: vec![],
            conditions: vec![],
            columns: vec!["eventID".to_owned(), "requestParameters".to_owned()],
            plugin: None,
        };
        set(&mut request);
        let report = Report::new(account(), self.id(), "alice".to_owned(), request, START);
        let limits = ReportLimits {
            stored: 50,
            unfinished: 50,
            own_only: false,
        };
        let made = self
            .app
            .ports
            .control
            .create_report(&report, limits)
            .await
            .unwrap();
        assert_eq!(
            made,
            NewReport::Created {
                overwritten: vec![]
            }
        );
        report
    }

    /// As it is stored.
    pub async fn read(&self, report: &Report) -> Report {
        let control = &self.app.ports.control;
        let stored = control.report(report.account, report.id, START).await;
        stored.unwrap().unwrap()
    }

    /// Hands the message over, in an invocation of a quarter of an hour.
    pub async fn work(&self, message: WorkMessage) -> Result<Worked, InvocationError> {
        let end = self.clock.lock().unwrap().0.plus_millis(15 * MINUTE);
        let mut worked = Worked::default();
        work(&self.app, message, end, &mut worked)
            .await
            .map(|_| worked)
    }

    /// Hands the message over as Lambda does; says whether the queue is to give it again.
    pub async fn invoke(&self, message: WorkMessage) -> Result<bool, InvocationError> {
        let end = self.clock.lock().unwrap().0.plus_millis(15 * MINUTE);
        let body = serde_json::to_string(&message).unwrap();
        let event = json!({"Records": [{"messageId": "m-1", "body": body}]});
        let event = serde_json::value::to_raw_value(&event).unwrap();
        let response = handle(&self.app, &event, end).await?;
        let again: Vec<String> = response
            .batch_item_failures
            .into_iter()
            .map(|failure| failure.item_identifier)
            .collect();
        assert!(again.is_empty() || again == ["m-1"], "{again:?}");
        Ok(!again.is_empty())
    }

    pub async fn build(&self, report: &Report) -> Result<Worked, InvocationError> {
        self.work(message(report)).await
    }

    /// Works until the report is finished, whatever fails on the way; gives how often.
    pub async fn build_to_the_end(&self, report: &Report) -> usize {
        for turn in 1..500 {
            // An error gives the message again, a suspended report has sent one.
            let _ = self.build(report).await;
            if self.read(report).await.state.finished().is_some() {
                return turn;
            }
        }
        panic!("{:?}", self.read(report).await);
    }

    pub fn object(&self, report: &Report) -> Option<Vec<u8>> {
        self.app
            .ports
            .bucket
            .state()
            .objects
            .get(&report.object_key())
            .cloned()
    }

    /// Keys of all objects.
    pub fn keys(&self) -> Vec<String> {
        self.app
            .ports
            .bucket
            .state()
            .objects
            .keys()
            .cloned()
            .collect()
    }

    /// An uploaded plugin that waits for its check.
    pub async fn upload(&self, component: Vec<u8>) -> Plugin {
        let mut plugin = Plugin::new(account(), self.id(), "alice".to_owned(), START);
        plugin.state = PluginState::Checking { since: START };
        let control = &self.app.ports.control;
        let made = control.create_plugin(&plugin, 50).await.unwrap();
        assert_eq!(made, NewPlugin::Created);
        let key = plugin.upload_key();
        self.app.ports.bucket.state().objects.insert(key, component);
        plugin
    }

    pub async fn check(&self, plugin: &Plugin) -> Result<Worked, InvocationError> {
        let (account, id) = (plugin.account, plugin.id);
        self.work(WorkMessage::Plugin { account, id }).await
    }

    pub async fn plugin(&self, id: PluginId) -> Plugin {
        let control = &self.app.ports.control;
        let stored = control.plugin(account(), id, START).await;
        stored.unwrap().unwrap()
    }

    /// A ready plugin, as reports use it.
    pub async fn ready(&self, component: Vec<u8>) -> PluginUse {
        let plugin = self.upload(component).await;
        self.check(&plugin).await.unwrap();
        let plugin = self.plugin(plugin.id).await;
        let ready = plugin
            .ready()
            .unwrap_or_else(|| panic!("{:?}", plugin.state));
        PluginUse {
            id: plugin.id,
            name: ready.manifest.name.clone(),
            version: ready.manifest.version.clone(),
            sha256: ready.sha256.clone(),
            parameters: BTreeMap::new(),
            fuel: None,
        }
    }
}

pub fn message(report: &Report) -> WorkMessage {
    WorkMessage::Report {
        account: report.account,
        id: report.id,
    }
}

/// Newest last; every third one describes something.
pub fn records(count: usize) -> Vec<String> {
    (0..count)
        .map(|number| record(number, count).to_string())
        .collect()
}

fn record(number: usize, count: usize) -> Value {
    let back = i64::try_from((count - number) / 3).unwrap();
    let verb = if number.is_multiple_of(3) {
        "Describe"
    } else {
        "Start"
    };
    json!({
        "eventTime": START.plus_millis(-1_000 * back).to_string(),
        "eventID": format!("id-{number:05}"),
        "eventName": format!("{verb}Instances"),
        "requestParameters": {"text": "x".repeat(100), "number": number},
    })
}

/// Ids of the first column of a CSV report.
pub fn ids(csv: &[u8]) -> Vec<String> {
    let mut reader = csv::Reader::from_reader(csv);
    reader
        .records()
        .map(|row| row.unwrap()[0].to_owned())
        .collect()
}

/// Does something meanwhile, in the middle of a call.
pub fn meanwhile<F: Future<Output = ()>>(
    change: impl FnOnce() -> F + Send + 'static,
) -> impl FnOnce() + Send + 'static {
    move || {
        let run = move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .build()
                .unwrap();
            runtime.block_on(change());
        };
        std::thread::spawn(run).join().unwrap();
    }
}
