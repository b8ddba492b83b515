//! The control table on DynamoDB.
//!
//! | pk | sk | attributes |
//! |---|---|---|
//! | `account#ID` | `account` | `name`, `created`, `retention_days`?, `cursor_key`, `limit_trails`?, other limits |
//! | `account#ID` | `user#NAME` | `created`, `permissions` (set of grants), `keys` (set), `active_keys` (set) |
//! | `account#ID` | `project#PROJECTID` | `created`, `revision` (rises with each grant and bucket in it) |
//! | `account#ID` | `bucket#NAME` | `project` |
//! | `account#ID` | `source#AWSID` | — (that it is linked to this account) |
//! | `account#ID` | `deleted` | `name`, `created` (of the deletion), `status` (`deleting`, `deleted`); there for good |
//! | `bucket#NAME` | `bucket` | `account`, `project` |
//! | `tokens#ID` | `token#TOKENID` | `user`, `hash`, `created`, `expires`, `access_key`? (of a session), `ttl` |
//! | `tokens#ID` | `user#NAME` | `open`? (JSON: the user's sessions, at least those that are open), `revision`?; there while the user is |
//! | `sessions` | ENDS`#`ID`#`TOKENID | `user`, `access_key`, `expires`, `reason` (until the account's log has the end) |
//! | `outbox#`SHARD | TIME`#`EVENTID | `account`, `origin`, `status`, `record` (until the account's log has it) |
//! | `key#KEYID` | `key` | `account`, `user`, `status`, `created`, `secret` |
//! | `source#AWSID` | `source` | `account`, `created` |
//! | `accounts` | ID | — (the list of accounts) |
//! | `trails#ID` | `names` | `names` (set: the account's trails, counted) |
//! | `trails#ID` | `trail#NAME` | `id`, `revision`, `created`, `settings`, `logging`, `progress`, `delivery`, `claimed_until`? |
//! | `trails` | ACCOUNT`/`NAME | — (the list of trails) |
//! | `trail#TRAILID` | `window#NUMBER` | `record` (until the window is digested) |
//! | `deleted-trails` | TRAILID | — (until the records of its windows are deleted) |
//! | `reports#ID` | `report#REPORTID` | `document` (JSON), `revision`, `ttl` |
//! | `reports#ID` | `index` | `ids` (set: the account's reports), `revision` |
//! | `plugins#ID` | `plugin#PLUGINID` | `document` (JSON), `revision`, `ttl`? (none of a ready one) |
//! | `plugins#ID` | `index` | `ids` (set: the account's plugin versions), `revision` |
//! | `plugins#ID` | `name#NAME@VERSION` | `id` (of the ready one) |
//! | `rates#ID#RATE` | `second#N` | `spent`, `ttl` |
//! | `unproven#ID` | MINUTE`#address#`PLACE, MINUTE`#key#`ID, MINUTE`#places#`ID | `spent`, `ttl` |
//! | `untold` | MINUTE`#`ID`#`KEY OR TOKEN`#`PLACE | `user`, `access_key` or `token`, `calls_OPERATION`…, `ttl` (until told) |
//! | `usage#ID` | `day#DATE` | `events`, `bytes`, `duplicates`, `rejected`, `ttl` |
//! | `digest-keys` | MD5 of the key | `key`, `created` |
//!
//! Changes that touch two items are transactions with conditions, so that two operators at once
//! cannot make a third active key or an account that is also a link. Items are updated by
//! attribute and never put anew: attributes that later versions add (limits, subscription) stay.
//! Reads are consistent: a revocation holds for the next request.

mod change;
mod counter;
mod directory;
mod documents;
mod item;
mod open_sessions;
mod outbox;
mod plugins;
mod rates;
mod registrar;
mod reports;
mod schema;
mod sessions;
mod table;
mod trails;
mod unproven;
mod usage;

pub use counter::PATIENCE as COUNTED_WITHIN;
pub use directory::Directory;
pub use outbox::OutboxTable;
pub use plugins::PluginTable;
pub use rates::RateTable;
pub use registrar::Registrar;
pub use reports::ReportTable;
pub use sessions::SessionTable;
pub use trails::TrailTable;
pub use unproven::UnprovenTable;
pub use usage::UsageTable;
