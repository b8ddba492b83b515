//! What stands behind the protocols: a reader of events and a directory of callers, which cannot write, and
//! the trails and their storage, which can.

use activity_log_cloudtrail::ports::{Ports, Storage};
use activity_log_control::dynamodb::{Directory, TrailTable};
use activity_log_control::kms::KmsVault;
use activity_log_control::{AccessKeys, Account, CursorKeys, Projects, TrailReader, TrailWriter};
use activity_log_core::reader::EventReader;
use activity_log_lambda::stack::Stack;
use aws_sdk_dynamodb::Client as Dynamodb;
use aws_sdk_kms::Client as Kms;
use aws_sdk_s3::Client as S3;
use aws_sdk_sts::Client as Sts;

use crate::events::AwsEvents;
use crate::storage::S3Storage;

/// The ports of the function.
#[derive(Debug)]
pub struct Backend<E, D, T, S> {
    /// finds events
    pub events: E,
    /// knows access keys, projects and accounts
    pub directory: D,
    /// knows, makes and changes trails
    pub trails: T,
    /// says whether archives can be delivered
    pub storage: S,
    /// the region, as ARNs and keys of archives have it
    pub region: String,
    /// days events are kept where the account says nothing else
    pub retention_days: u32,
}

/// The ports in AWS: two tables, a key, and the customers' buckets.
pub type AwsBackend = Backend<AwsEvents, Directory<KmsVault>, TrailTable, S3Storage>;

impl AwsBackend {
    /// Over these events and clients. Makes no request.
    pub fn new(
        events: AwsEvents,
        dynamodb: Dynamodb,
        kms: Kms,
        (s3, sts): (S3, Sts),
        stack: Stack,
    ) -> Self {
        let vault = KmsVault::new(kms, stack.kms_key_id);
        Self {
            events,
            trails: TrailTable::new(dynamodb.clone(), stack.control_table.clone()),
            directory: Directory::new(dynamodb, stack.control_table, vault),
            storage: S3Storage::new(s3, sts),
            region: stack.region,
            retention_days: stack.retention_days,
        }
    }
}

impl<E, D, T, S> Ports for Backend<E, D, T, S>
where
    E: EventReader,
    D: AccessKeys + CursorKeys + Projects,
    T: TrailReader + TrailWriter,
    S: Storage,
{
    type Events = E;
    type Directory = D;
    type Trails = T;
    type Storage = S;

    fn events(&self) -> &E {
        &self.events
    }

    fn directory(&self) -> &D {
        &self.directory
    }

    fn trails(&self) -> &T {
        &self.trails
    }

    fn storage(&self) -> &S {
        &self.storage
    }

    fn region(&self) -> &str {
        &self.region
    }

    fn retention_days(&self, account: &Account) -> u32 {
        account.retention_days(self.retention_days)
    }
}
