//! What stands behind the REST API: events, which it can only read, and the keys of tokens; sessions, reports, plugins, a
//! bucket and a queue.

mod files;
mod work;

use activity_log_control::dynamodb::{Directory, PluginTable, ReportTable, SessionTable};
use activity_log_control::kms::KmsVault;
use activity_log_control::{
    Account, CursorKeys, PluginReader, PluginWriter, ReportReader, ReportWriter, Sessions,
};
use activity_log_core::reader::{EventCounter, EventReader};
use activity_log_rest::ports::{Files, Ports, Work};
use aws_sdk_dynamodb::Client as Dynamodb;
use aws_sdk_s3::Client as S3;
use aws_sdk_sqs::Client as Sqs;

use crate::config::Config;
use crate::events::AwsEvents;

pub use files::S3Files;
pub use work::SqsWork;

/// The ports of the REST API.
#[derive(Debug)]
pub struct RestBackend<E, K, S, R, L, F, W> {
    /// finds and counts events
    pub events: E,
    /// opens the keys of tokens
    pub cursors: K,
    /// opens and closes sessions
    pub sessions: S,
    /// knows, makes and ends reports
    pub reports: R,
    /// knows, makes and deletes plugins
    pub plugins: L,
    /// keeps their files
    pub files: F,
    /// tells the reporter
    pub work: W,
    /// days events are kept where the account says nothing else
    pub retention_days: u32,
}

/// The ports in AWS: a table, the stack's own bucket, and the reporter's queue.
pub type AwsRestBackend = RestBackend<
    AwsEvents,
    Directory<KmsVault>,
    SessionTable,
    ReportTable,
    PluginTable,
    S3Files,
    SqsWork,
>;

impl AwsRestBackend {
    /// Over these events and clients. Makes no request.
    pub fn new(
        events: AwsEvents,
        cursors: Directory<KmsVault>,
        dynamodb: Dynamodb,
        s3: &S3,
        sqs: Sqs,
        config: Config,
    ) -> Self {
        let stack = config.stack;
        Self {
            events,
            cursors,
            reports: ReportTable::new(dynamodb.clone(), stack.control_table.clone()),
            plugins: PluginTable::new(dynamodb.clone(), stack.control_table.clone()),
            sessions: SessionTable::new(dynamodb, stack.control_table),
            files: S3Files::new(s3, config.reports_bucket),
            work: SqsWork::new(sqs, config.work_queue_url),
            retention_days: stack.retention_days,
        }
    }
}

impl<E, K, S, R, L, F, W> Ports for RestBackend<E, K, S, R, L, F, W>
where
    E: EventReader + EventCounter,
    K: CursorKeys,
    S: Sessions,
    R: ReportReader + ReportWriter,
    L: PluginReader + PluginWriter,
    F: Files,
    W: Work,
{
    type Events = E;
    type Cursors = K;
    type Sessions = S;
    type Reports = R;
    type Plugins = L;
    type Files = F;
    type Work = W;

    fn events(&self) -> &E {
        &self.events
    }

    fn cursors(&self) -> &K {
        &self.cursors
    }

    fn sessions(&self) -> &S {
        &self.sessions
    }

    fn reports(&self) -> &R {
        &self.reports
    }

    fn plugins(&self) -> &L {
        &self.plugins
    }

    fn files(&self) -> &F {
        &self.files
    }

    fn work(&self) -> &W {
        &self.work
    }

    fn retention_days(&self, account: &Account) -> u32 {
        account.retention_days(self.retention_days)
    }
}
