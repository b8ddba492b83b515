//! The function over memory: accounts and trails, a queue that is read at once, a roll-up that does what it is told.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use activity_log_calls::Recorder;
use activity_log_calls::memory::MemoryCallLog;
use activity_log_control::memory::InMemory;
use activity_log_control::{BoxError, NewAccount, Registry as _};
use activity_log_core::account::AccountId;
use activity_log_core::head::Untold;
use activity_log_core::instant::{Instant, MINUTE};
use activity_log_core::rollup::tell::Tell;
use activity_log_core::rollup::{RollupError, Task};
use activity_log_lambda::heartbeat::{Cause, Hide};
use activity_log_lambda::queue::Turn;
use activity_log_lambda::sqs::QueueError;
use activity_log_rollup::app::{App, Ports};
use activity_log_rollup::job;
use activity_log_rollup::metrics::{RolledUp, Ticked};
use activity_log_rollup::queue::{Job, Queue};
use activity_log_rollup::rolls::{Rolls, Run};
use activity_log_rollup::tick;

/// A window's first millisecond.
pub const START: Instant = Instant::from_seconds(1_795_176_000);

/// An account of this number.
pub fn account(number: u32) -> AccountId {
    format!("1111222233{number:02}").parse().unwrap()
}

/// What is due, and what comes of it, by account.
#[derive(Default)]
pub struct Script {
    pub due: Mutex<BTreeMap<AccountId, Result<Instant, &'static str>>>,
    pub works: Mutex<BTreeMap<AccountId, Run>>,
    /// what is told to whoever is worked for
    pub untold: Mutex<Vec<Untold>>,
    pub worked: Mutex<Vec<Task>>,
}

impl Rolls for Script {
    async fn due(&self, account: AccountId, _now: Instant) -> Result<Option<Instant>, RollupError> {
        let due = self.due.lock().unwrap().get(&account).copied();
        due.transpose().map_err(failed)
    }

    async fn work(&self, task: Task, tell: &impl Tell, _end: Instant) -> Run {
        self.worked.lock().unwrap().push(task);
        let works = self.works.lock().unwrap().remove(&task.account);
        let mut run = works.unwrap_or_default();
        let untold = self.untold.lock().unwrap().clone();
        for one in untold {
            let is_told = tell.tell(task.account, &one).await;
            run.worked.untold += usize::from(!is_told);
        }
        run
    }
}

/// An arrival that cannot be read.
pub fn failed(why: &'static str) -> RollupError {
    RollupError::Unreadable {
        key: "0179517600".to_owned(),
        source: why.into(),
    }
}

#[derive(Clone, Default)]
pub struct Sent(pub Arc<Mutex<Vec<(Job, Duration)>>>);

impl Hide for Sent {
    async fn hide(&self, _receipt: &str, _time: Duration) -> Result<bool, Cause> {
        Ok(true)
    }
}

impl Queue for Sent {
    async fn send(&self, jobs: &[Job], wait: Duration) -> Result<(), QueueError> {
        let jobs = jobs.iter().map(|job| (*job, wait));
        self.0.lock().unwrap().extend(jobs);
        Ok(())
    }
}

pub struct Memory {
    pub control: InMemory,
    pub rolls: Script,
    pub queue: Sent,
    recorder: Recorder<MemoryCallLog>,
}

impl Ports for Memory {
    type Accounts = InMemory;
    type Rolls = Script;
    type Queue = Sent;
    type Calls = MemoryCallLog;

    fn accounts(&self) -> &InMemory {
        &self.control
    }
    fn rolls(&self) -> &Script {
        &self.rolls
    }
    fn queue(&self) -> &Sent {
        &self.queue
    }
    fn recorder(&self) -> &Recorder<MemoryCallLog> {
        &self.recorder
    }
}

pub struct Stage {
    pub app: App<Memory>,
    pub log: MemoryCallLog,
    clock: Arc<Mutex<Instant>>,
}

impl Stage {
    /// With so many accounts, at [`START`].
    pub async fn new(accounts: u32) -> Self {
        let control = InMemory::new();
        for number in 0..accounts {
            let new = NewAccount {
                id: account(number),
                name: "Test".parse().unwrap(),
                retention_override_days: (number == 1).then_some(7),
            };
            control.create_account(new, START).await.unwrap();
        }
        let log = MemoryCallLog::new();
        let clock = Arc::new(Mutex::new(START));
        let told = Arc::clone(&clock);
        Self {
            app: App {
                ports: Memory {
                    control,
                    rolls: Script::default(),
                    queue: Sent::default(),
                    recorder: Recorder::new(log.clone(), "us-east-1"),
                },
                retention_days: 30,
                function_name: "rollup".to_owned(),
                clock: Box::new(move || *told.lock().unwrap()),
            },
            log,
            clock,
        }
    }

    pub fn at(&self, time: Instant) -> &Self {
        *self.clock.lock().unwrap() = time;
        self
    }

    pub fn script(&self) -> &Script {
        &self.app.ports.rolls
    }

    /// From then on something waits to be rolled up; or it cannot be looked at.
    pub fn due(&self, number: u32, since: Result<Instant, &'static str>) {
        let mut due = self.script().due.lock().unwrap();
        due.insert(account(number), since);
    }

    pub async fn tick(&self) -> Ticked {
        tick::fan_out(&self.app).await.unwrap()
    }

    /// What was sent.
    pub fn take(&self) -> Vec<(Job, Duration)> {
        std::mem::take(&mut *self.app.ports.queue.0.lock().unwrap())
    }

    /// A message, in an invocation of a quarter of an hour.
    pub async fn run(&self, job: Job) -> (Result<Turn, BoxError>, RolledUp) {
        let end = self.app.now().plus_millis(15 * MINUTE);
        let mut counted = RolledUp::default();
        let done = job::run(&self.app, job, end, &mut counted).await;
        (done, counted)
    }
}
