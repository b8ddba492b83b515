//! What stands behind the API, and a reporter that does what a test says.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use activity_log_control::memory::InMemory;
use activity_log_control::{
    Account, NewAccount, Permission, PluginReader as _, PluginWriter as _, Registry as _,
    ReportReader as _, ReportWriter as _,
};
use activity_log_core::account::AccountId;
use activity_log_core::event::Admission;
use activity_log_core::ingest::{Incoming, Ordinals, Outcome, arrive};
use activity_log_core::instant::Instant;
use activity_log_core::origin::Origin;
use activity_log_core::pack::PackEncoder;
use activity_log_core::plugins::{Manifest, Parameter, Plugin, PluginState, ReadyPlugin};
use activity_log_core::read::Events;
use activity_log_core::reports::{LIFETIME_MS, Report, State, WorkMessage};
use activity_log_rest::ports::{Ports, Work, WorkError};
use activity_log_store::memory::MemoryItems;
use serde_json::Value;

use crate::files::MemoryFiles;

pub const KEY_ID: &str = "AKIAIOSFODNN7EXAMPLE";
pub const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

type Change<T> = Box<dyn FnOnce(&mut T) + Send>;

/// All of it; a clone sees the same.
#[derive(Clone)]
pub struct Stage {
    pub control: InMemory,
    pub files: MemoryFiles,
    items: Arc<MemoryItems>,
    events: Events<MemoryItems>,
    queue: Queue,
    reporter: Arc<Mutex<Steps>>,
}

/// What the reporter does next, each time somebody looks.
#[derive(Default)]
struct Steps {
    reports: VecDeque<Change<Report>>,
    plugins: VecDeque<Change<Plugin>>,
}

#[derive(Clone, Default)]
pub struct Queue(Arc<Mutex<Vec<WorkMessage>>>);

impl Work for Queue {
    async fn send(&self, message: &WorkMessage) -> Result<(), WorkError> {
        self.0.lock().unwrap().push(*message);
        Ok(())
    }
}

pub fn now() -> Instant {
    Instant::from(time::OffsetDateTime::now_utc())
}

pub fn account() -> AccountId {
    "111122223333".parse().unwrap()
}

impl Stage {
    /// An account with an administrator.
    pub async fn new(files: MemoryFiles) -> Self {
        let control = InMemory::new();
        let new = NewAccount {
            id: account(),
            name: "Test".parse().unwrap(),
            retention_override_days: None,
        };
        control.create_account(new, now()).await.unwrap();
        let user = "alice".parse().unwrap();
        control.create_user(account(), &user, now()).await.unwrap();
        control
            .grant(account(), &user, &Permission::Administrator.into())
            .await
            .unwrap();
        let (id, secret) = (KEY_ID.parse().unwrap(), SECRET.parse().unwrap());
        control
            .create_access_key(account(), &user, &id, &secret, now())
            .await
            .unwrap();
        let items = Arc::new(MemoryItems::default());
        Self {
            control,
            files,
            events: Events::shared(Arc::clone(&items), 0),
            items,
            queue: Queue::default(),
            reporter: Arc::default(),
        }
    }

    /// Takes records in, as a producer's that have just come.
    pub async fn take_in(&self, records: &[Value]) {
        let texts: Vec<String> = records.iter().map(Value::to_string).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let (encoder, now) = (Mutex::new(PackEncoder::new().unwrap()), now());
        let admission = Admission {
            account: account(),
            now,
            retention_days: 30,
        };
        let records = Incoming::of_one_body(&texts, &Origin::Queue);
        let mut ordinals = Ordinals::default();
        let by = (&encoder, 1);
        let clock = || now;
        let done = arrive(
            &*self.items,
            by,
            &admission,
            &records,
            &mut ordinals,
            &clock,
        )
        .await;
        for receipt in done.receipts {
            assert_eq!(receipt.outcome, Outcome::Accepted, "{:?}", receipt.id);
        }
    }

    /// What was sent to the reporter so far.
    pub fn sent(&self) -> Vec<WorkMessage> {
        self.queue.0.lock().unwrap().clone()
    }

    /// What the reporter does with the newest report when somebody looks at a report next, and after that.
    pub fn then(&self, change: impl FnOnce(&mut Report) + Send + 'static) -> &Self {
        self.reporter
            .lock()
            .unwrap()
            .reports
            .push_back(Box::new(change));
        self
    }

    /// The same, of the newest plugin.
    pub fn then_plugin(&self, change: impl FnOnce(&mut Plugin) + Send + 'static) -> &Self {
        self.reporter
            .lock()
            .unwrap()
            .plugins
            .push_back(Box::new(change));
        self
    }

    /// The reporter's next step of what is asked for.
    pub async fn work(&self, path: &str) {
        if path.starts_with("/v1/reports/") {
            let Some(change) = self.reporter.lock().unwrap().reports.pop_front() else {
                return;
            };
            let old = self.reports().await.remove(0);
            let mut new = old.clone();
            change(&mut new);
            assert!(self.control.change_report(&old, &new).await.unwrap());
            if let State::Ready { .. } = new.state {
                self.files.place(&new.object_key(), FILE);
            }
        } else if path.starts_with("/v1/plugins/") {
            let Some(change) = self.reporter.lock().unwrap().plugins.pop_front() else {
                return;
            };
            let old = self.plugins().await.remove(0);
            let mut new = old.clone();
            change(&mut new);
            self.control.change_plugin(&old, &new).await.unwrap();
        }
    }

    /// Newest first.
    pub async fn reports(&self) -> Vec<Report> {
        self.control.reports(account(), now()).await.unwrap()
    }

    /// Newest first.
    pub async fn plugins(&self) -> Vec<Plugin> {
        self.control.plugins(account(), now()).await.unwrap()
    }
}

/// What a report holds.
pub const FILE: &str = "eventTime,eventName\r\n2026-11-20T12:00:00Z,StopInstances\r\n";

/// A report is generated.
pub fn generating(percent: u8) -> impl FnOnce(&mut Report) + Send {
    move |report| {
        report.state = State::Generating;
        report.progress.percent = percent;
        report.progress.scanned = 20 * u64::from(percent);
        report.progress.matched = u64::from(percent);
        report.progress.rows = 1;
    }
}

/// A report is ready.
pub fn ready(report: &mut Report) {
    let finished = now();
    report.state = State::Ready {
        finished,
        expires: finished.plus_millis(LIFETIME_MS),
        size_bytes: FILE.len() as u64,
        cut_cells: 0,
    };
}

/// A plugin is good.
pub fn good(name: &'static str, version: &'static str) -> impl FnOnce(&mut Plugin) + Send {
    move |plugin| {
        let manifest = Manifest {
            name: name.to_owned(),
            version: version.to_owned(),
            description: "Calls without MFA".to_owned(),
            inputs: vec!["userName".to_owned()],
            outputs: vec!["risk".to_owned()],
            parameters: vec![Parameter {
                name: "hours".to_owned(),
                description: "such as 9-17".to_owned(),
                required: false,
            }],
        };
        plugin.state = PluginState::Ready(Box::new(ReadyPlugin {
            finished: now(),
            manifest,
            size_bytes: 2_048,
            sha256: "ab".repeat(32),
            compiled: None,
        }));
    }
}

impl Ports for Stage {
    type Events = Events<MemoryItems>;
    type Cursors = InMemory;
    type Sessions = InMemory;
    type Reports = InMemory;
    type Plugins = InMemory;
    type Files = MemoryFiles;
    type Work = Queue;

    fn events(&self) -> &Events<MemoryItems> {
        &self.events
    }

    fn cursors(&self) -> &InMemory {
        &self.control
    }

    fn sessions(&self) -> &InMemory {
        &self.control
    }

    fn reports(&self) -> &InMemory {
        &self.control
    }

    fn plugins(&self) -> &InMemory {
        &self.control
    }

    fn files(&self) -> &MemoryFiles {
        &self.files
    }

    fn work(&self) -> &Queue {
        &self.queue
    }

    fn retention_days(&self, _: &Account) -> u32 {
        30
    }
}
