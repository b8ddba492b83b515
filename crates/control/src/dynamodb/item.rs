//! Items to types. What does not fit names the item and the attribute.

use std::collections::HashMap;
use std::str::FromStr;

use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;
use activity_log_core::subscription::Subscription;
use aws_sdk_dynamodb::types::AttributeValue;
use serde::de::DeserializeOwned;

use super::schema::{
    ACCOUNT, CREATED, CURSOR_KEY, KEYS, Key, LIMIT_PLUGINS, LIMIT_REPORTS,
    LIMIT_REPORTS_GENERATING, LIMIT_TRAILS, NAME, PERMISSIONS, RETENTION_DAYS, SECRET, STATUS,
    SUBSCRIPTION, USER,
};
use crate::error::StoreError;
use crate::model::access_key::{AccessKey, AccessKeyId, KeyStatus};
use crate::model::account::Account;
use crate::model::limits::Limits;
use crate::model::user::{Permission, Permissions, User, UserName};
use crate::vault::Sealed;

/// An item, as the SDK has it.
pub(super) type Item = HashMap<String, AttributeValue>;

pub(super) fn number(number: impl std::fmt::Display) -> AttributeValue {
    AttributeValue::N(format!("{number}"))
}

/// An item being read.
pub(super) struct Reader<'a> {
    key: &'a Key,
    item: &'a Item,
}

impl<'a> Reader<'a> {
    pub(super) fn new(key: &'a Key, item: &'a Item) -> Self {
        Self { key, item }
    }

    pub(super) fn account(&self, id: AccountId) -> Result<Account, StoreError> {
        Ok(Account {
            id,
            name: self.parsed(NAME)?,
            created: self.instant(CREATED)?,
            subscription: self.subscription()?,
            retention_override_days: self.number(RETENTION_DAYS)?,
            limits: Limits {
                trails: self.number(LIMIT_TRAILS)?,
                reports: self.number(LIMIT_REPORTS)?,
                reports_generating: self.number(LIMIT_REPORTS_GENERATING)?,
                plugins: self.number(LIMIT_PLUGINS)?,
            },
            cursor_key: self.sealed(CURSOR_KEY)?,
        })
    }

    /// Accounts made before there were subscriptions, and those to which nothing was done since, have no
    /// attribute.
    fn subscription(&self) -> Result<Subscription, StoreError> {
        if self.item.contains_key(SUBSCRIPTION) {
            return self.json(SUBSCRIPTION);
        }
        Ok(Subscription::since(self.instant(CREATED)?))
    }

    pub(super) fn user(&self, account: AccountId, name: UserName) -> Result<User, StoreError> {
        let permissions = self
            .words(PERMISSIONS)?
            .iter()
            .map(|word| word.parse::<Permission>())
            .collect::<Result<Permissions, _>>()
            .map_err(|_| self.malformed(PERMISSIONS))?;
        Ok(User {
            account,
            name,
            permissions,
            created: self.instant(CREATED)?,
        })
    }

    /// The ids of the user's keys, of any status.
    pub(super) fn key_ids(&self) -> Result<Vec<AccessKeyId>, StoreError> {
        self.words(KEYS)?
            .iter()
            .map(|word| word.parse().map_err(|_| self.malformed(KEYS)))
            .collect()
    }

    pub(super) fn access_key(&self, id: AccessKeyId) -> Result<AccessKey, StoreError> {
        let status = match self.text(STATUS)? {
            "active" => KeyStatus::Active,
            "inactive" => KeyStatus::Inactive,
            _ => return Err(self.malformed(STATUS)),
        };
        Ok(AccessKey {
            id,
            account: self.owner()?,
            user: self.parsed(USER)?,
            status,
            created: self.instant(CREATED)?,
        })
    }

    pub(super) fn secret(&self) -> Result<Sealed, StoreError> {
        self.sealed(SECRET)
    }

    /// The account a link or an access key belongs to.
    pub(super) fn owner(&self) -> Result<AccountId, StoreError> {
        self.parsed(ACCOUNT)
    }

    pub(super) fn text(&self, attribute: &'static str) -> Result<&'a str, StoreError> {
        match self.item.get(attribute) {
            Some(AttributeValue::S(text)) => Ok(text),
            _ => Err(self.malformed(attribute)),
        }
    }

    pub(super) fn parsed<T: FromStr>(&self, attribute: &'static str) -> Result<T, StoreError> {
        let text = self.text(attribute)?;
        text.parse().map_err(|_| self.malformed(attribute))
    }

    pub(super) fn instant(&self, attribute: &'static str) -> Result<Instant, StoreError> {
        Instant::parse(self.text(attribute)?).ok_or_else(|| self.malformed(attribute))
    }

    fn number(&self, attribute: &'static str) -> Result<Option<u32>, StoreError> {
        match self.item.get(attribute) {
            None => Ok(None),
            Some(AttributeValue::N(digits)) => match digits.parse() {
                Ok(number) => Ok(Some(number)),
                Err(_) => Err(self.malformed(attribute)),
            },
            Some(_) => Err(self.malformed(attribute)),
        }
    }

    /// A number that must be there.
    pub(super) fn count(&self, attribute: &'static str) -> Result<u64, StoreError> {
        match self.item.get(attribute) {
            Some(AttributeValue::N(digits)) => {
                digits.parse().map_err(|_| self.malformed(attribute))
            }
            _ => Err(self.malformed(attribute)),
        }
    }

    pub(super) fn bytes(&self, attribute: &'static str) -> Result<&'a [u8], StoreError> {
        match self.item.get(attribute) {
            Some(AttributeValue::B(bytes)) => Ok(bytes.as_ref()),
            _ => Err(self.malformed(attribute)),
        }
    }

    fn sealed(&self, attribute: &'static str) -> Result<Sealed, StoreError> {
        Ok(Sealed::new(self.bytes(attribute)?.to_vec()))
    }

    /// A value that is kept as JSON text.
    pub(super) fn json<T: DeserializeOwned>(
        &self,
        attribute: &'static str,
    ) -> Result<T, StoreError> {
        serde_json::from_str(self.text(attribute)?).map_err(|_| self.malformed(attribute))
    }

    /// A set of strings; DynamoDB has no empty ones, so none is an empty one.
    pub(super) fn words(&self, attribute: &'static str) -> Result<&'a [String], StoreError> {
        match self.item.get(attribute) {
            None => Ok(&[]),
            Some(AttributeValue::Ss(words)) => Ok(words),
            Some(_) => Err(self.malformed(attribute)),
        }
    }

    pub(super) fn malformed(&self, attribute: &'static str) -> StoreError {
        StoreError::Malformed {
            item: self.key.to_string(),
            attribute,
        }
    }
}
