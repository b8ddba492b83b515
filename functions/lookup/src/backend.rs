//! What stands behind the protocols: a reader of events and a directory of callers. Neither can write.

use activity_log_cloudtrail::ports::Ports;
use activity_log_control::dynamodb::Directory;
use activity_log_control::kms::KmsVault;
use activity_log_control::{AccessKeys, Account, CursorKeys};
use activity_log_core::reader::EventReader;
use activity_log_lambda::stack::Stack;
use activity_log_store::dynamodb::DynamoStore;
use aws_sdk_dynamodb::Client as Dynamodb;
use aws_sdk_kms::Client as Kms;

/// The ports of the function.
#[derive(Debug)]
pub struct Backend<E, D> {
    /// finds events
    pub events: E,
    /// knows callers and accounts
    pub directory: D,
    /// days events are kept where the account says nothing else
    pub retention_days: u32,
}

/// The ports in AWS: two tables and a key.
pub type AwsBackend = Backend<DynamoStore, Directory<KmsVault>>;

impl AwsBackend {
    /// Over these clients. Makes no request.
    pub fn new(dynamodb: Dynamodb, kms: Kms, stack: Stack) -> Self {
        let vault = KmsVault::new(kms, stack.kms_key_id);
        Self {
            events: DynamoStore::new(dynamodb.clone(), stack.events_table),
            directory: Directory::new(dynamodb, stack.control_table, vault),
            retention_days: stack.retention_days,
        }
    }
}

impl<E: EventReader, D: AccessKeys + CursorKeys> Ports for Backend<E, D> {
    type Events = E;
    type Directory = D;

    fn events(&self) -> &E {
        &self.events
    }

    fn directory(&self) -> &D {
        &self.directory
    }

    fn retention_days(&self, account: &Account) -> u32 {
        account.retention_days(self.retention_days)
    }
}
