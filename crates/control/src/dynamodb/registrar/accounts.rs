//! Accounts and the AWS accounts linked to them.

use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;
use activity_log_core::subscription::Subscription;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;

use super::users::attributes as user_attributes;
use super::{Registrar, text};
use crate::dynamodb::change::{Alteration, Change, Outcome, Presence};
use crate::dynamodb::item::{Item, Reader};
use crate::dynamodb::schema::{
    ACCOUNT, ACCOUNTS, CREATED, CURSOR_KEY, Key, LIMIT_INGEST_RATE, LIMIT_LOOKUP_RATE,
    LIMIT_PLUGINS, LIMIT_REPORTS, LIMIT_REPORTS_GENERATING, LIMIT_TRAILS, NAME, PK, RETENTION_DAYS,
};
use crate::error::{RegistryError, StoreError};
use crate::generate;
use crate::model::account::{Account, AccountName};
use crate::model::limits::{Limit, Limits};
use crate::model::user::UserName;
use crate::ports::NewAccount;
use crate::vault::{Purpose, Seal};

impl<V: Seal> Registrar<V> {
    pub(super) async fn make_account(
        &self,
        new: NewAccount,
        now: Instant,
    ) -> Result<Account, RegistryError> {
        let purpose = Purpose::Cursor { account: new.id };
        let cursor_key = generate::new_cursor_key();
        let account = Account {
            cursor_key: self.vault.seal(&purpose, &cursor_key).await?,
            id: new.id,
            name: new.name,
            created: now,
            retention_override_days: new.retention_override_days,
            limits: Limits::default(),
            subscription: Subscription::from_the_start(),
        };
        let changes = vec![
            Change::Make(Key::account(account.id), attributes(&account)),
            Change::Make(Key::listed_account(account.id), Item::new()),
            Change::Expect(Key::source(account.id), Presence::Absent),
            Change::Make(
                Key::user(account.id, &UserName::system()),
                user_attributes(now),
            ),
            Change::Put(
                Key::token_holder(account.id, &UserName::system()),
                Item::new(),
            ),
            Change::Expect(Key::deleted_account(account.id), Presence::Absent),
        ];
        let outcome = self.table.transact(changes).await?;
        match outcome {
            Outcome::Done => Ok(account),
            Outcome::Refused(_) if outcome.refused_at(5) => {
                Err(RegistryError::AccountDeleted(account.id))
            }
            Outcome::Refused(_) if outcome.refused_at(2) => Err(RegistryError::AccountIsSource {
                id: account.id,
                account: self.linked_to(account.id).await?,
            }),
            Outcome::Refused(_) => Err(RegistryError::AccountExists(account.id)),
        }
    }

    pub(super) async fn list_accounts(&self) -> Result<Vec<Account>, RegistryError> {
        let ids = self
            .table
            .sort_keys(ACCOUNTS)
            .await?
            .iter()
            .map(|id| id.parse().map_err(|_| malformed_list(id)))
            .collect::<Result<Vec<AccountId>, _>>()?;
        let keys: Vec<Key> = ids.iter().map(|id| Key::account(*id)).collect();
        let items = self.table.get_all(&keys).await?;
        let mut accounts = Vec::with_capacity(ids.len());
        for ((id, key), item) in ids.into_iter().zip(&keys).zip(items) {
            let item = item.ok_or_else(|| malformed_list(id.as_str()))?;
            accounts.push(Reader::new(key, &item).account(id)?);
        }
        Ok(accounts)
    }

    pub(super) async fn change_name(
        &self,
        id: AccountId,
        name: &AccountName,
    ) -> Result<Account, RegistryError> {
        let alteration = Alteration {
            update: "SET #name = :name",
            condition: "attribute_exists(#pk)",
            names: &[PK, NAME],
            values: vec![(":name", text(name))],
        };
        self.alter_account(id, &alteration).await
    }

    pub(super) async fn change_retention(
        &self,
        id: AccountId,
        days: Option<u32>,
    ) -> Result<Account, RegistryError> {
        let days = days.map(|days| (":days", AttributeValue::N(days.to_string())));
        let alteration = Alteration {
            update: if days.is_some() {
                "SET #retention_days = :days"
            } else {
                "REMOVE #retention_days"
            },
            condition: "attribute_exists(#pk)",
            names: &[PK, RETENTION_DAYS],
            values: days.into_iter().collect(),
        };
        self.alter_account(id, &alteration).await
    }

    pub(super) async fn change_limit(
        &self,
        id: AccountId,
        limit: Limit,
        value: Option<u32>,
    ) -> Result<Account, RegistryError> {
        let (set, take_back, names) = limit_updates(limit);
        let value = value.map(|value| (":value", AttributeValue::N(value.to_string())));
        let alteration = Alteration {
            update: if value.is_some() { set } else { take_back },
            condition: "attribute_exists(#pk)",
            names,
            values: value.into_iter().collect(),
        };
        self.alter_account(id, &alteration).await
    }

    /// Alters the account's item, on the condition that it is there; gives the account back.
    async fn alter_account(
        &self,
        id: AccountId,
        alteration: &Alteration,
    ) -> Result<Account, RegistryError> {
        let key = Key::account(id);
        let item = self.table.alter(&key, alteration).await?;
        let item = item.ok_or(RegistryError::UnknownAccount(id))?;
        Ok(Reader::new(&key, &item).account(id)?)
    }

    pub(super) async fn make_link(
        &self,
        account: AccountId,
        aws: AccountId,
        now: Instant,
    ) -> Result<(), RegistryError> {
        let link = Item::from([
            (ACCOUNT.to_owned(), text(&account)),
            (CREATED.to_owned(), text(&now)),
        ]);
        let mut changes = vec![
            Change::Make(Key::source(aws), link),
            Change::Expect(Key::account(aws), Presence::Absent),
            Change::Put(Key::listed_source(account, aws), Item::new()),
        ];
        // A transaction may name an item once: an account linked to itself is refused by the
        // second condition, whether the account exists or not.
        if account != aws {
            changes.push(Change::Expect(Key::account(account), Presence::Present));
        } else if self.table.get(&Key::account(account)).await?.is_none() {
            return Err(RegistryError::UnknownAccount(account));
        }
        let outcome = self.table.transact(changes).await?;
        match outcome {
            Outcome::Done => Ok(()),
            Outcome::Refused(_) if outcome.refused_at(3) => {
                Err(RegistryError::UnknownAccount(account))
            }
            Outcome::Refused(_) if outcome.refused_at(1) => {
                Err(RegistryError::SourceIsAccount(aws))
            }
            Outcome::Refused(_) => Err(RegistryError::SourceLinked {
                source_account: aws,
                account: self.linked_to(aws).await?,
            }),
        }
    }

    async fn linked_to(&self, aws: AccountId) -> Result<AccountId, StoreError> {
        let key = Key::source(aws);
        let link = self.table.get(&key).await?.unwrap_or_default();
        Reader::new(&key, &link).owner()
    }
}

/// Expressions that set a limit or take back what was set, and what they name.
const fn limit_updates(limit: Limit) -> (&'static str, &'static str, &'static [&'static str]) {
    match limit {
        Limit::Trails => (
            "SET #limit_trails = :value",
            "REMOVE #limit_trails",
            &[PK, LIMIT_TRAILS],
        ),
        Limit::Reports => (
            "SET #limit_reports = :value",
            "REMOVE #limit_reports",
            &[PK, LIMIT_REPORTS],
        ),
        Limit::ReportsGenerating => (
            "SET #limit_reports_generating = :value",
            "REMOVE #limit_reports_generating",
            &[PK, LIMIT_REPORTS_GENERATING],
        ),
        Limit::Plugins => (
            "SET #limit_plugins = :value",
            "REMOVE #limit_plugins",
            &[PK, LIMIT_PLUGINS],
        ),
        Limit::LookupRate => (
            "SET #limit_lookup_rate = :value",
            "REMOVE #limit_lookup_rate",
            &[PK, LIMIT_LOOKUP_RATE],
        ),
        Limit::IngestRate => (
            "SET #limit_ingest_rate = :value",
            "REMOVE #limit_ingest_rate",
            &[PK, LIMIT_INGEST_RATE],
        ),
    }
}

fn attributes(account: &Account) -> Item {
    let cursor_key = Blob::new(account.cursor_key.as_bytes());
    let mut item = Item::from([
        (NAME.to_owned(), text(&account.name)),
        (CREATED.to_owned(), text(&account.created)),
        (CURSOR_KEY.to_owned(), AttributeValue::B(cursor_key)),
    ]);
    if let Some(days) = account.retention_override_days {
        item.insert(
            RETENTION_DAYS.to_owned(),
            AttributeValue::N(days.to_string()),
        );
    }
    item
}

/// The list names an account that is not there.
fn malformed_list(id: &str) -> StoreError {
    StoreError::Malformed {
        item: format!("{ACCOUNTS}/{id}"),
        attribute: "account",
    }
}
