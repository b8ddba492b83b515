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
//! | [`AccountList`] | which accounts there are | the roll-up |
//! | [`Tokens`] | a token's id → what its secret hashes to, user, account | whoever authenticates |
//! | [`Projects`] | an account's projects, and the buckets in them | the API |
//! | [`Sessions`] | opens sessions and ends them | the API |
//! | [`CursorKeys`] | the key that authenticates an account's cursors | readers |
//! | [`Sources`] | a foreign AWS account's id → our account | ingestion |
//! | [`TrailReader`] | trails, and the keys of digests | whoever shows or verifies them |
//! | [`TrailWriter`] | makes, changes, deletes trails | the API |
//! | [`TrailArchive`] | how far trails are archived | the archiver |
//! | [`ReportReader`], [`ReportWriter`] | reports | the API |
//! | [`ReportWork`] | claims reports and saves how far they are | the reporter |
//! | [`PluginReader`], [`PluginWriter`] | plugin versions | the API, the reporter |
//! | [`Outbox`] | keeps records of changes until the log has them | whoever changes something, the tick |
//! | [`Rates`] | counts requests by the second | whoever throttles: see [`Throttle`] |
//! | [`UnprovenCalls`] | counts attempts of callers who did not show who they are | whoever authenticates: see [`count_unproven`] |
//! | [`Usage`] | counts what accounts take in | ingestion |
//! | [`UsageReader`] | reads that | the operator's tool |
//! | [`Registry`] | makes and changes all of these | the operator's tool only |
//!
//! [`dynamodb::Directory`] implements those that only read callers and accounts, and has no method that writes;
//! [`dynamodb::SessionTable`] has the sessions, [`dynamodb::TrailTable`] the trails, [`dynamodb::ReportTable`] the
//! reports, [`dynamodb::PluginTable`] the plugins, [`dynamodb::RateTable`] the rates, [`dynamodb::UsageTable`] the
//! usage, [`dynamodb::OutboxTable`] the outbox, [`dynamodb::Registrar`] is the registry.
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
mod throttle;
mod unproven;
pub mod vault;

pub use error::{BoxError, RegistryError, StoreError};
pub use generate::{new_access_key_id, new_account_id, new_secret_key, new_token};
pub use model::access_key::{
    AccessKey, AccessKeyId, Credential, InvalidAccessKeyId, InvalidSecretKey, KeyStatus, SecretKey,
};
pub use model::account::{Account, AccountName, InvalidAccountName};
pub use model::digest_key::DigestKey;
pub use model::due::{Due, Position};
pub use model::grant::{
    Grant, Grants, Group, InvalidGrant, Permission, Right, UnknownGroup, UnknownPermission,
};
pub use model::limits::{Limit, Limits, MOST_A_SECOND, MOST_KEPT, UnknownLimit};
pub use model::outbox::{BadKey, OutboxEntry, OutboxKey, OutboxShard, OutboxState, UnknownState};
pub use model::project::{Bucket, InvalidProjectId, Project, ProjectId};
pub use model::rate::Rate;
pub use model::session::{EndReason, EndedSession, UnknownReason};
pub use model::subscription::SubscriptionChange;
pub use model::token::{
    InvalidToken, InvalidTokenId, MOST_TOKEN_DAYS, OpenedWith, Token, TokenCredential, TokenHash,
    TokenId, TokenRecord,
};
pub use model::unproven::{
    Claimed, InvalidPlace, Minute, NamedCredential, Place, UnprovenCall, Untold,
};
pub use model::usage::{Day, USAGE_DAYS, UsageCount};
pub use model::user::{InvalidUserName, User, UserName};
pub use ports::{
    AccessKeys, AccountList, Accounts, Claim, Counted, CursorKeys, DeletedAccount, DeletedTrail,
    MOST_SESSIONS, NewAccount, NewPlugin, NewReport, NewTrail, Opening, Outbox, PluginChange,
    PluginReader, PluginWriter, Projects, Rates, Received, Registry, ReportClaim, ReportLimits,
    ReportReader, ReportWork, ReportWriter, SESSIONS_MS, Sessions, Sources, Tokens, TrailArchive,
    TrailReader, TrailWriter, UnprovenCalls, Usage, UsageReader,
};
pub use throttle::{Admitted, Throttle};
pub use unproven::{HowTold, PLACES_TOLD_APART, SINGLY_A_KEY, SINGLY_A_PLACE, count_unproven};
