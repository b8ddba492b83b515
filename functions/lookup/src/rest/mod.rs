//! What stands behind the REST API: callers, reports, plugins, a bucket and a queue. It reads no events.

mod files;
mod work;

use activity_log_control::dynamodb::{Directory, PluginTable, ReportTable};
use activity_log_control::kms::KmsVault;
use activity_log_control::{
    AccessKeys, Account, PluginReader, PluginWriter, ReportReader, ReportWriter,
};
use activity_log_rest::ports::{Files, Ports, Work};
use aws_sdk_dynamodb::Client as Dynamodb;
use aws_sdk_kms::Client as Kms;
use aws_sdk_s3::Client as S3;
use aws_sdk_sqs::Client as Sqs;

use crate::config::Config;

pub use files::S3Files;
pub use work::SqsWork;

/// The ports of the REST API.
#[derive(Debug)]
pub struct RestBackend<D, R, L, F, W> {
    /// knows callers
    pub directory: D,
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

/// The ports in AWS: a table, a key, the stack's own bucket, and the reporter's queue.
pub type AwsRestBackend =
    RestBackend<Directory<KmsVault>, ReportTable, PluginTable, S3Files, SqsWork>;

impl AwsRestBackend {
    /// Over these clients. Makes no request.
    pub fn new(dynamodb: Dynamodb, kms: Kms, s3: &S3, sqs: Sqs, config: Config) -> Self {
        let stack = config.stack;
        let vault = KmsVault::new(kms, stack.kms_key_id);
        Self {
            reports: ReportTable::new(dynamodb.clone(), stack.control_table.clone()),
            plugins: PluginTable::new(dynamodb.clone(), stack.control_table.clone()),
            directory: Directory::new(dynamodb, stack.control_table, vault),
            files: S3Files::new(s3, config.reports_bucket),
            work: SqsWork::new(sqs, config.work_queue_url),
            retention_days: stack.retention_days,
        }
    }
}

impl<D, R, L, F, W> Ports for RestBackend<D, R, L, F, W>
where
    D: AccessKeys,
    R: ReportReader + ReportWriter,
    L: PluginReader + PluginWriter,
    F: Files,
    W: Work,
{
    type Directory = D;
    type Reports = R;
    type Plugins = L;
    type Files = F;
    type Work = W;

    fn directory(&self) -> &D {
        &self.directory
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
