//! The control table: accounts, users, access keys, permissions, trails, and which AWS accounts'
//! events belong to which account.
//!
//! # Ports
//!
//! One small trait per capability, so that a function's signature says what it may do:
//!
//! | Port | Capability | Who has it |
//! |---|---|---|
//! | [`AccessKeys`] | an access key id → secret, user, account | whoever authenticates |
//! | [`Accounts`] | an account's record | readers |
//! | [`CursorKeys`] | the key that authenticates an account's cursors | readers |
//! | [`Sources`] | a foreign AWS account's id → our account | ingestion |
//! | [`TrailReader`] | trails, and the keys of digests | whoever shows or verifies them |
//! | [`TrailWriter`] | makes, changes, deletes trails | the API |
//! | [`TrailArchive`] | how far trails are archived | the archiver |
//! | [`ReportReader`], [`ReportWriter`] | reports | the API |
//! | [`ReportWork`] | claims reports and saves how far they are | the reporter |
//! | [`PluginReader`], [`PluginWriter`] | plugin versions | the API, the reporter |
//! | [`Registry`] | makes and changes all of these | the operator's tool only |
//!
//! [`dynamodb::Directory`] implements the first four and has no method that writes;
//! [`dynamodb::TrailTable`] has the trails, [`dynamodb::ReportTable`] the reports, [`dynamodb::PluginTable`] the
//! plugins, [`dynamodb::Registrar`] is the registry.
//! [`memory::InMemory`] implements all of them for tests. One conformance suite
//! (`tests/conformance`) runs against both.
//!
//! # Secrets
//!
//! An access key's secret and an account's cursor key are sealed by KMS with an encryption context
//! that names what they belong to, so that a ciphertext moved to another item does not open. So are the digests
//! of plugins' compiled forms, which are no secrets: what opens was sealed by us. See [`vault`].

pub mod dynamodb;
mod error;
mod generate;
pub mod kms;
pub mod memory;
mod model;
mod ports;
pub mod vault;

pub use error::{BoxError, RegistryError, StoreError};
pub use generate::{new_access_key_id, new_account_id, new_secret_key};
pub use model::access_key::{
    AccessKey, AccessKeyId, Credential, InvalidAccessKeyId, InvalidSecretKey, KeyStatus, SecretKey,
};
pub use model::account::{Account, AccountName, InvalidAccountName};
pub use model::digest_key::DigestKey;
pub use model::limits::{Limit, Limits, MOST_KEPT, UnknownLimit};
pub use model::subscription::SubscriptionChange;
pub use model::user::{
    InvalidUserName, Permission, Permissions, UnknownPermission, User, UserName,
};
pub use ports::{
    AccessKeys, Accounts, Claim, CursorKeys, NewAccount, NewPlugin, NewReport, NewTrail,
    PluginChange, PluginReader, PluginWriter, Registry, ReportClaim, ReportLimits, ReportReader,
    ReportWork, ReportWriter, Sources, TrailArchive, TrailReader, TrailWriter,
};
