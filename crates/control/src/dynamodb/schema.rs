//! Keys and attribute names.

use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;
use activity_log_core::plugins::Plugin;
use activity_log_core::reports::ReportId;
use activity_log_core::trail::name::TrailName;
use activity_log_core::window::Window;
use aws_sdk_dynamodb::types::AttributeValue;

use super::item::Item;
use crate::model::access_key::AccessKeyId;
use crate::model::document::Document;
use crate::model::outbox::{OutboxKey, OutboxShard};
use crate::model::project::ProjectId;
use crate::model::rate::Rate;
use crate::model::session::EndedSession;
use crate::model::token::TokenId;
use crate::model::unproven::{Claimed, Minute, Place};
use crate::model::usage::Day;
use crate::model::user::UserName;
use crate::ports::Counted;

/// The partition key's attribute.
pub(super) const PK: &str = "pk";
/// The sort key's attribute.
pub(super) const SK: &str = "sk";
/// The partition that lists all accounts.
pub(super) const ACCOUNTS: &str = "accounts";

/// The partition of attempts that are told together, by their minute.
pub(super) const UNTOLD: &str = "untold";
/// The partition of sessions, by when they end.
pub(super) const SESSIONS: &str = "sessions";
/// The partition that lists all trails.
pub(super) const ALL_TRAILS: &str = "trails";
/// The partition that lists deleted trails of which records are left.
pub(super) const DELETED_TRAILS: &str = "deleted-trails";
/// The partition of the public keys of digests.
pub(super) const DIGEST_KEYS: &str = "digest-keys";

pub(super) const ACCESS_KEY: &str = "access_key";
pub(super) const ACCOUNT: &str = "account";
pub(super) const ACTIVE_KEYS: &str = "active_keys";
pub(super) const BYTES: &str = "bytes";
pub(super) const CREATED: &str = "created";
pub(super) const CURSOR_KEY: &str = "cursor_key";
pub(super) const DELIVERY: &str = "delivery";
pub(super) const DOCUMENT: &str = "document";
pub(super) const EXPIRES: &str = "expires";
pub(super) const HASH: &str = "hash";
pub(super) const DUPLICATES: &str = "duplicates";
pub(super) const EVENTS: &str = "events";
pub(super) const ID: &str = "id";
pub(super) const IDS: &str = "ids";
pub(super) const KEY: &str = "key";
pub(super) const KEYS: &str = "keys";
pub(super) const LIMIT_INGEST_RATE: &str = "limit_ingest_rate";
pub(super) const LIMIT_LOOKUP_RATE: &str = "limit_lookup_rate";
pub(super) const LIMIT_PLUGINS: &str = "limit_plugins";
pub(super) const LIMIT_REPORTS: &str = "limit_reports";
pub(super) const LIMIT_REPORTS_GENERATING: &str = "limit_reports_generating";
pub(super) const LIMIT_TRAILS: &str = "limit_trails";
pub(super) const LOGGING: &str = "logging";
pub(super) const NAME: &str = "name";
pub(super) const OPEN: &str = "open";
pub(super) const ORIGIN: &str = "origin";
pub(super) const PERMISSIONS: &str = "permissions";
pub(super) const PROJECT: &str = "project";
pub(super) const PROGRESS: &str = "progress";
pub(super) const REASON: &str = "reason";
pub(super) const RECORD: &str = "record";
pub(super) const REJECTED: &str = "rejected";
pub(super) const CLAIMED_UNTIL: &str = "claimed_until";
pub(super) const REVISION: &str = "revision";
pub(super) const RETENTION_DAYS: &str = "retention_days";
pub(super) const SECRET: &str = "secret";
pub(super) const SETTINGS: &str = "settings";
pub(super) const SPENT: &str = "spent";
pub(super) const STATUS: &str = "status";
pub(super) const NAMES: &str = "names";
/// JSON; without it the account is subscribed since it was made.
pub(super) const SUBSCRIPTION: &str = "subscription";
/// Seconds since 1970; DynamoDB deletes the item within days after that.
pub(super) const TTL: &str = "ttl";
/// A token's id.
pub(super) const TOKEN: &str = "token";
pub(super) const USER: &str = "user";

/// An item's primary key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub pk: String,
    pub sk: String,
}

impl Key {
    pub(super) fn account(id: AccountId) -> Self {
        Self {
            pk: format!("account#{id}"),
            sk: "account".to_owned(),
        }
    }

    pub(super) fn listed_account(id: AccountId) -> Self {
        Self {
            pk: ACCOUNTS.to_owned(),
            sk: id.to_string(),
        }
    }

    pub(super) fn user(account: AccountId, name: &UserName) -> Self {
        let (pk, prefix) = Self::users_of(account);
        Self {
            pk,
            sk: format!("{prefix}{name}"),
        }
    }

    /// The partition of an account's users, and what their sort keys start with.
    pub(super) fn users_of(account: AccountId) -> (String, &'static str) {
        (format!("account#{account}"), "user#")
    }

    pub(super) fn project(account: AccountId, id: &ProjectId) -> Self {
        let (pk, prefix) = Self::projects_of(account);
        Self {
            pk,
            sk: format!("{prefix}{id}"),
        }
    }

    /// The partition of an account's projects, and what their sort keys start with.
    pub(super) fn projects_of(account: AccountId) -> (String, &'static str) {
        (format!("account#{account}"), "project#")
    }

    /// That a bucket is in a project of this account, beside the bucket's own item: so that an account's are found.
    pub(super) fn listed_bucket(account: AccountId, name: &str) -> Self {
        let (pk, prefix) = Self::buckets_of(account);
        Self {
            pk,
            sk: format!("{prefix}{name}"),
        }
    }

    /// The partition of an account's buckets, and what their sort keys start with.
    pub(super) fn buckets_of(account: AccountId) -> (String, &'static str) {
        (format!("account#{account}"), "bucket#")
    }

    /// That an AWS account is linked to this account, beside the link itself.
    pub(super) fn listed_source(account: AccountId, aws_account: AccountId) -> Self {
        let (pk, prefix) = Self::sources_of(account);
        Self {
            pk,
            sk: format!("{prefix}{aws_account}"),
        }
    }

    /// The partition of an account's links, and what their sort keys start with.
    pub(super) fn sources_of(account: AccountId) -> (String, &'static str) {
        (format!("account#{account}"), "source#")
    }

    /// That the account was deleted. It stays for good.
    pub(super) fn deleted_account(id: AccountId) -> Self {
        Self {
            pk: format!("account#{id}"),
            sk: "deleted".to_owned(),
        }
    }

    pub(super) fn bucket(name: &str) -> Self {
        Self {
            pk: format!("bucket#{name}"),
            sk: "bucket".to_owned(),
        }
    }

    pub(super) fn token(account: AccountId, id: &TokenId) -> Self {
        let (pk, prefix) = Self::tokens_of(account);
        Self {
            pk,
            sk: format!("{prefix}{id}"),
        }
    }

    /// The partition of an account's tokens, and what their sort keys start with. Not the account's own, as with
    /// trails: sessions are opened by the API.
    pub(super) fn tokens_of(account: AccountId) -> (String, &'static str) {
        (format!("tokens#{account}"), "token#")
    }

    /// That a user is there, in the partition of tokens, and which sessions the user has open: one is opened only while
    /// the user is there. Beside the user's own item,
    /// which is in a partition that the API may not write: in a transaction over both it would depend on how AWS judges
    /// those.
    pub(super) fn token_holder(account: AccountId, user: &UserName) -> Self {
        Self {
            pk: Self::tokens_of(account).0,
            sk: format!("user#{user}"),
        }
    }

    /// Where a session stands among those that end, in the order in which they do.
    pub(super) fn session_end(session: &EndedSession) -> Self {
        Self {
            pk: SESSIONS.to_owned(),
            sk: format!(
                "{}#{}#{}",
                Self::end(session.ended),
                session.account,
                session.id
            ),
        }
    }

    /// What the sort key of a session that ends then starts with; and all that ended before are smaller.
    pub(super) fn end(ended: Instant) -> String {
        format!("{:015}", ended.millis())
    }

    /// Where an entry of the outbox is.
    pub(super) fn outbox(key: OutboxKey) -> Self {
        Self {
            pk: Self::outbox_of(key.shard()),
            sk: key.to_string(),
        }
    }

    /// The partition of records that the log is yet to be told, by when their changes were attempted.
    pub(super) fn outbox_of(shard: OutboxShard) -> String {
        format!("outbox#{shard}")
    }

    pub(super) fn access_key(id: &AccessKeyId) -> Self {
        Self {
            pk: format!("key#{id}"),
            sk: "key".to_owned(),
        }
    }

    pub(super) fn trail(account: AccountId, name: &TrailName) -> Self {
        let (pk, prefix) = Self::trails_of(account);
        Self {
            pk,
            sk: format!("{prefix}{name}"),
        }
    }

    /// The partition of an account's trails, and what their sort keys start with. Not the account's own:
    /// a policy can then let the API write trails and nothing else of an account.
    pub(super) fn trails_of(account: AccountId) -> (String, String) {
        (format!("trails#{account}"), "trail#".to_owned())
    }

    /// Where the names of an account's trails are counted.
    pub(super) fn trail_names(account: AccountId) -> Self {
        Self {
            pk: Self::trails_of(account).0,
            sk: "names".to_owned(),
        }
    }

    pub(super) fn listed_trail(account: AccountId, name: &TrailName) -> Self {
        Self {
            pk: ALL_TRAILS.to_owned(),
            sk: format!("{account}/{name}"),
        }
    }

    /// Where a deleted trail stands while records of it are left.
    pub(super) fn deleted_trail(trail: &str) -> Self {
        Self {
            pk: DELETED_TRAILS.to_owned(),
            sk: trail.to_owned(),
        }
    }

    /// The partition of a trail's window records; `trail` is its id.
    pub(super) fn records_of(trail: &str) -> String {
        format!("trail#{trail}")
    }

    pub(super) fn record(trail: &str, window: Window) -> Self {
        Self {
            pk: Self::records_of(trail),
            sk: format!("window#{:010}", window.number()),
        }
    }

    pub(super) fn digest_key(fingerprint: &str) -> Self {
        Self {
            pk: DIGEST_KEYS.to_owned(),
            sk: fingerprint.to_owned(),
        }
    }

    /// The partition of an account's reports or plugins, and what their sort keys start with. As with trails,
    /// not the account's own.
    pub(super) fn documents_of<D: Document>(account: AccountId) -> (String, String) {
        (format!("{}s#{account}", D::KIND), format!("{}#", D::KIND))
    }

    pub(super) fn document<D: Document>(account: AccountId, id: ReportId) -> Self {
        let (pk, prefix) = Self::documents_of::<D>(account);
        Self {
            pk,
            sk: format!("{prefix}{id}"),
        }
    }

    /// Where the ids of an account's reports or plugins are.
    pub(super) fn index_of<D: Document>(account: AccountId) -> Self {
        Self {
            pk: Self::documents_of::<D>(account).0,
            sk: "index".to_owned(),
        }
    }

    /// Which plugin is the ready one of `name`, a name and a version.
    pub(super) fn plugin_name(account: AccountId, name: &str) -> Self {
        Self {
            pk: Self::documents_of::<Plugin>(account).0,
            sk: format!("name#{name}"),
        }
    }

    /// Where no user and no account is.
    pub(super) fn nobodys() -> [Self; 2] {
        ["user", "account"].map(|sk| Self {
            pk: "nobody".to_owned(),
            sk: sk.to_owned(),
        })
    }

    /// What an account spent of a rate in a second. The partition is none but the rate's: a policy can let a
    /// function count requests and change nothing else.
    pub(super) fn rate(account: AccountId, rate: Rate, second: i64) -> Self {
        Self {
            pk: format!("rates#{account}#{rate}"),
            sk: format!("second#{second}"),
        }
    }

    /// How many attempts there were. As with rates, a partition of its own.
    pub(super) fn unproven(account: AccountId, minute: Minute, counted: Counted<'_>) -> Self {
        let minute = Self::end(minute.start());
        let sk = match counted {
            Counted::From(place) => format!("{minute}#address#{place}"),
            Counted::With(id) => format!("{minute}#key#{id}"),
            Counted::PlacesOf(id) => format!("{minute}#places#{id}"),
        };
        Self {
            pk: format!("unproven#{account}"),
            sk,
        }
    }

    /// Where attempts are counted that are told together.
    pub(super) fn untold(minute: Minute, claimed: &Claimed, place: Place) -> Self {
        let minute = Self::end(minute.start());
        let (account, id) = (claimed.account, claimed.credential.id());
        Self {
            pk: UNTOLD.to_owned(),
            sk: format!("{minute}#{account}#{id}#{place}"),
        }
    }

    /// What an account took in on a day. As with rates, a partition of its own.
    pub(super) fn usage(account: AccountId, day: Day) -> Self {
        Self {
            pk: format!("usage#{account}"),
            sk: format!("day#{day}"),
        }
    }

    pub(super) fn source(aws_account: AccountId) -> Self {
        Self {
            pk: format!("source#{aws_account}"),
            sk: "source".to_owned(),
        }
    }

    /// As DynamoDB takes it.
    pub(super) fn attributes(&self) -> Item {
        Item::from([
            (PK.to_owned(), AttributeValue::S(self.pk.clone())),
            (SK.to_owned(), AttributeValue::S(self.sk.clone())),
        ])
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.pk, self.sk)
    }
}
