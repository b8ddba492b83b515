//! What the protocol needs of the outside. An operation takes from here only what it says it takes.

use activity_log_control::{
    AccessKeys, Account, BoxError, Credential, CursorKeys, Projects, TrailReader, TrailWriter,
};
use activity_log_core::account::AccountId;
use activity_log_core::reader::EventReader;
use activity_log_core::trail::keys::Location;

/// Object storage, as far as trails need it.
pub trait Storage: Send + Sync {
    /// Makes sure that archives can be delivered under `location` in `bucket`: that the bucket exists, that
    /// the creator's own access key may write there (nobody may direct archives to where they have no access
    /// themselves), and that the service may. The bucket must belong to the AWS account of the creator's key, which is
    /// given: from then on nothing is delivered into a bucket of this name that is another account's.
    fn admit(
        &self,
        creator: &Credential,
        bucket: &str,
        location: Location<'_>,
    ) -> impl Future<Output = Result<AccountId, StorageRefusal>> + Send;
}

/// Why a bucket is not taken.
#[derive(Debug, thiserror::Error)]
pub enum StorageRefusal {
    /// the storage does not know the creator's access key
    #[error("the storage does not know the creator's access key")]
    UnknownAccessKey,
    /// there is no such bucket
    #[error("there is no such bucket")]
    NoSuchBucket,
    /// the bucket is in another region than the service
    #[error("the bucket is in another region")]
    OtherRegion,
    /// the creator, whose key is this AWS account's, may not write there, or the bucket is another account's
    #[error("the creator may not write into the bucket, or it is not AWS account {0}'s")]
    CreatorDenied(AccountId),
    /// the service may not write there
    #[error("the service may not write into the bucket")]
    ServiceDenied,
    /// the storage did not answer as it should
    #[error("the storage did not answer")]
    Unavailable(#[source] BoxError),
}

/// The ports of a service.
pub trait Ports: Send + Sync {
    /// finds events; cannot write any
    type Events: EventReader;
    /// knows access keys, projects and the accounts' keys for cursors; cannot change them
    type Directory: AccessKeys + CursorKeys + Projects;
    /// knows the trails; cannot say that anything is archived
    type Trails: TrailReader + TrailWriter;
    /// says whether archives can be delivered
    type Storage: Storage;

    /// The reader of events.
    fn events(&self) -> &Self::Events;
    /// The directory.
    fn directory(&self) -> &Self::Directory;
    /// The trails.
    fn trails(&self) -> &Self::Trails;
    /// Object storage.
    fn storage(&self) -> &Self::Storage;
    /// The service's region, as ARNs and keys of archives have it.
    fn region(&self) -> &str;
    /// Days the account's events are kept.
    fn retention_days(&self, account: &Account) -> u32;
}
