//! What can go wrong, by port.

use activity_log_core::account::AccountId;
use activity_log_core::subscription::SubscriptionError;
use activity_log_core::trail::name::TrailName;

use crate::model::access_key::AccessKeyId;
use crate::model::project::ProjectId;
use crate::model::token::TokenId;
use crate::model::user::UserName;

/// A cause that this crate's callers only log.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The store did not answer, or holds what cannot be understood. Never a reason to say "denied":
/// it says nothing about the caller.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The table did not do it.
    #[error("{operation} on table {table} failed")]
    Table {
        /// The table's name.
        table: String,
        /// The operation, by DynamoDB's name.
        operation: &'static str,
        /// What the SDK says.
        #[source]
        source: BoxError,
    },
    /// The table answers only a part of a batch, again and again.
    #[error("table {table} left {keys} keys of a batch undone after {attempts} attempts")]
    Throttled {
        /// The table's name.
        table: String,
        /// How many keys were not read, or not written.
        keys: usize,
        /// How often they were asked for.
        attempts: u32,
    },
    /// KMS did not do it, or the ciphertext belongs to something else.
    #[error("KMS {operation} with key {key} failed")]
    Kms {
        /// The key's id, ARN or alias.
        key: String,
        /// The operation, by KMS's name.
        operation: &'static str,
        /// What the SDK says.
        #[source]
        source: BoxError,
    },
    /// An item, or what was sealed in it, is not as this crate writes it.
    #[error("control item {item} has no good {attribute}")]
    Malformed {
        /// The item's partition and sort key.
        item: String,
        /// The attribute.
        attribute: &'static str,
    },
    /// An item of this id is there already.
    #[error("control item {item} exists already")]
    Exists {
        /// The item's partition and sort key.
        item: String,
    },
    /// An item that would not fit.
    #[error("control item {item} would take {bytes} bytes; at most {most} are stored")]
    TooLarge {
        /// The item's partition and sort key.
        item: String,
        /// How many it would take.
        bytes: usize,
        /// How many it may take.
        most: usize,
    },
    /// Others changed what was read, again and again.
    #[error("control item {item} was changed by others during each of {attempts} attempts")]
    Contended {
        /// The item's partition and sort key.
        item: String,
        /// How often it was tried.
        attempts: u32,
    },
}

/// Why the registry did not do it.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// The account id is taken.
    #[error("account {0} exists already")]
    AccountExists(AccountId),
    /// The account was deleted. Events of it may still be stored, which nobody else must ever read.
    #[error(
        "account {0} was deleted: its id is not given again, as events of it may still be stored"
    )]
    AccountDeleted(AccountId),
    /// Trails of the account deliver, and nobody said that they are to go.
    #[error(
        "trails of account {account} are logging: {}. Stop them first",
        listed(trails)
    )]
    TrailsLogging {
        /// The account.
        account: AccountId,
        /// By name.
        trails: Vec<TrailName>,
    },
    /// There is no such account.
    #[error("no account {0}")]
    UnknownAccount(AccountId),
    /// The id is linked as a source of another account, so it cannot be an account.
    #[error("account {id} cannot be made: AWS account {id} is linked to account {account}")]
    AccountIsSource {
        /// The id.
        id: AccountId,
        /// The account it is linked to.
        account: AccountId,
    },
    /// The AWS account is linked.
    #[error("AWS account {source_account} is linked to account {account} already")]
    SourceLinked {
        /// The AWS account.
        source_account: AccountId,
        /// The account it is linked to.
        account: AccountId,
    },
    /// The AWS account's id is one of our accounts, whose events are its own.
    #[error("{0} is an account here: its events are its own and cannot be linked to another")]
    SourceIsAccount(AccountId),
    /// The user name is taken.
    #[error("user \"{user}\" exists already in account {account}")]
    UserExists {
        /// The account.
        account: AccountId,
        /// The name.
        user: UserName,
    },
    /// There is no such user.
    #[error("no user \"{user}\" in account {account}")]
    UnknownUser {
        /// The account.
        account: AccountId,
        /// The name.
        user: UserName,
    },
    /// The account's system user stays as long as the account.
    #[error("user \"{user}\" is the system user of account {account} and cannot be deleted")]
    SystemUser {
        /// The account.
        account: AccountId,
        /// The name.
        user: UserName,
    },
    /// The project's id is taken.
    #[error("project {project} exists already in account {account}")]
    ProjectExists {
        /// The account.
        account: AccountId,
        /// The project.
        project: ProjectId,
    },
    /// There is no such project.
    #[error("no project {project} in account {account}")]
    UnknownProject {
        /// The account.
        account: AccountId,
        /// The project.
        project: ProjectId,
    },
    /// The account's default project stays as long as the account, under the account's id.
    #[error("project {account} is the default one of account {account} and stays as it is")]
    DefaultProject {
        /// The account.
        account: AccountId,
    },
    /// Something names the project, and would name nothing.
    #[error(
        "project {project} of account {account} is in use: {}",
        named_by(buckets, users)
    )]
    ProjectInUse {
        /// The account.
        account: AccountId,
        /// The project.
        project: ProjectId,
        /// The buckets in it, by name.
        buckets: Vec<String>,
        /// Who has grants in it, by name.
        users: Vec<UserName>,
    },
    /// The account put no such bucket into a project.
    #[error("bucket {bucket} is in no project of account {account}")]
    UnknownBucket {
        /// The account.
        account: AccountId,
        /// The bucket.
        bucket: String,
    },
    /// The bucket is another account's.
    #[error("bucket {bucket} is in a project of account {account}")]
    BucketOfOther {
        /// The bucket.
        bucket: String,
        /// Whose it is.
        account: AccountId,
    },
    /// There is no such token.
    #[error("no token {token} in account {account}")]
    UnknownToken {
        /// The account.
        account: AccountId,
        /// The token's id.
        token: TokenId,
    },
    /// The access key id is taken.
    #[error("access key {0} exists already")]
    AccessKeyExists(AccessKeyId),
    /// The user has no such key.
    #[error("user \"{user}\" of account {account} has no access key {key}")]
    UnknownAccessKey {
        /// The account.
        account: AccountId,
        /// The name.
        user: UserName,
        /// The key's id.
        key: AccessKeyId,
    },
    /// One key to use and one to rotate to; not more.
    #[error(
        "user \"{user}\" of account {account} has {limit} active access keys: disable one first"
    )]
    TooManyActiveKeys {
        /// The account.
        account: AccountId,
        /// The name.
        user: UserName,
        /// How many may be active.
        limit: usize,
    },
    /// The subscription cannot be changed so.
    #[error(transparent)]
    Subscription(#[from] SubscriptionError),
    /// The record of the change could not be kept, so it was not made.
    #[error("nothing was done: what is done must be told, and its record could not be kept")]
    Unrecorded(#[source] StoreError),
    /// The store failed: whether the change was made is not known.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl RegistryError {
    /// What the log of the account says in which the change was refused: nothing of another account.
    pub fn told(&self) -> String {
        match self {
            Self::AccountIsSource { id, .. } => {
                format!(
                    "account {id} cannot be made: AWS account {id} is linked to another account"
                )
            }
            // Whether it is linked or an account here itself is that other's affair too.
            Self::SourceLinked {
                source_account: id, ..
            }
            | Self::SourceIsAccount(id) => {
                format!("AWS account {id} cannot be linked: its events are another account's")
            }
            Self::BucketOfOther { bucket, .. } => {
                format!("bucket {bucket} is in a project of another account")
            }
            _ => self.to_string(),
        }
    }

    /// The error's code in the event of the change, by IAM's names where there is one.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::AccountExists(_)
            | Self::AccountDeleted(_)
            | Self::AccountIsSource { .. }
            | Self::SourceLinked { .. }
            | Self::SourceIsAccount(_)
            | Self::UserExists { .. }
            | Self::ProjectExists { .. }
            | Self::BucketOfOther { .. }
            | Self::AccessKeyExists(_) => "EntityAlreadyExists",
            Self::UnknownAccount(_)
            | Self::UnknownUser { .. }
            | Self::UnknownProject { .. }
            | Self::UnknownBucket { .. }
            | Self::UnknownToken { .. }
            | Self::UnknownAccessKey { .. } => "NoSuchEntity",
            Self::SystemUser { .. } | Self::DefaultProject { .. } => "UnmodifiableEntity",
            Self::TrailsLogging { .. } | Self::ProjectInUse { .. } => "DeleteConflict",
            Self::TooManyActiveKeys { .. } => "LimitExceeded",
            Self::Subscription(_) => "InvalidInput",
            Self::Unrecorded(_) | Self::Store(_) => "ServiceFailure",
        }
    }
}

/// How many names a message has.
const NAMED: usize = 10;

/// Names with commas between, and how many more there are.
fn listed<T: std::fmt::Display>(all: &[T]) -> String {
    let first = all.iter().take(NAMED).map(ToString::to_string);
    let first = first.collect::<Vec<_>>().join(", ");
    match all.len().checked_sub(NAMED) {
        None | Some(0) => first,
        Some(more) => format!("{first} and {more} more"),
    }
}

/// What names a project.
fn named_by(buckets: &[String], users: &[UserName]) -> String {
    let mut parts = Vec::new();
    if !buckets.is_empty() {
        let buckets = listed(buckets);
        parts.push(format!("these buckets are in it: {buckets}"));
    }
    if !users.is_empty() {
        let users = listed(users);
        parts.push(format!("these users were granted something in it: {users}"));
    }
    parts.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_keeps_a_project_is_named_and_not_without_end() {
        let account = "111122223333".parse().unwrap();
        let mut error = RegistryError::ProjectInUse {
            account,
            project: "shop".parse().unwrap(),
            buckets: (1..=12).map(|at| format!("b{at}")).collect(),
            users: vec!["alice".parse().unwrap()],
        };
        assert_eq!(
            error.to_string(),
            "project shop of account 111122223333 is in use: these buckets are in it: b1, b2, b3, b4, b5, b6, b7, b8, \
             b9, b10 and 2 more; these users were granted something in it: alice"
        );
        if let RegistryError::ProjectInUse { buckets, .. } = &mut error {
            buckets.clear();
        }
        assert!(
            error
                .to_string()
                .ends_with("is in use: these users were granted something in it: alice")
        );
    }
}
