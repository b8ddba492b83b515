//! Items to types. What does not fit names the item and the attribute.

use std::collections::HashMap;
use std::str::FromStr;

use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;
use activity_log_core::subscription::Subscription;
use aws_sdk_dynamodb::types::AttributeValue;
use serde::de::DeserializeOwned;

use super::schema::{
    ACCESS_KEY, ACCOUNT, CREATED, CURSOR_KEY, EXPIRES, HASH, ID, KEYS, Key, LIMIT_INGEST_RATE,
    LIMIT_LOOKUP_RATE, LIMIT_PLUGINS, LIMIT_REPORTS, LIMIT_REPORTS_GENERATING, LIMIT_TRAILS, NAME,
    PERMISSIONS, REASON, RETENTION_DAYS, SECRET, SK, STATUS, SUBSCRIPTION, USER,
};
use crate::error::StoreError;
use crate::model::access_key::{AccessKey, AccessKeyId, KeyStatus};
use crate::model::account::Account;
use crate::model::grant::{Grant, Grants};
use crate::model::limits::Limits;
use crate::model::outbox::OutboxKey;
use crate::model::session::EndedSession;
use crate::model::token::{OpenedWith, TokenHash, TokenId, TokenRecord};
use crate::model::user::{User, UserName};
use crate::vault::Sealed;

/// An item, as the SDK has it.
pub(super) type Item = HashMap<String, AttributeValue>;

pub(super) fn number(number: impl std::fmt::Display) -> AttributeValue {
    AttributeValue::N(format!("{number}"))
}

pub(super) fn text(value: &impl ToString) -> AttributeValue {
    AttributeValue::S(value.to_string())
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
                lookup_rate: self.number(LIMIT_LOOKUP_RATE)?,
                ingest_rate: self.number(LIMIT_INGEST_RATE)?,
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
        Ok(Subscription::from_the_start())
    }

    pub(super) fn user(&self, account: AccountId, name: UserName) -> Result<User, StoreError> {
        let grants = self
            .words(PERMISSIONS)?
            .iter()
            .map(|word| word.parse::<Grant>())
            .collect::<Result<Grants, _>>()
            .map_err(|_| self.malformed(PERMISSIONS))?;
        Ok(User {
            account,
            name,
            grants,
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

    pub(super) fn token(&self, account: AccountId, id: TokenId) -> Result<TokenRecord, StoreError> {
        let hash = self.bytes(HASH)?.try_into();
        let session = match self.item.get(ACCESS_KEY) {
            None => None,
            Some(_) => Some(OpenedWith {
                access_key_id: self.parsed(ACCESS_KEY)?,
            }),
        };
        Ok(TokenRecord {
            id,
            account,
            user: self.parsed(USER)?,
            hash: TokenHash(hash.map_err(|_| self.malformed(HASH))?),
            created: self.instant(CREATED)?,
            expires: self.instant(EXPIRES)?,
            session,
        })
    }

    /// A session's end, whose account and id its sort key has.
    pub(super) fn ended_session(&self) -> Result<EndedSession, StoreError> {
        let mut parts = self.key.sk.split('#').skip(1);
        let mut part = || parts.next().unwrap_or_default();
        Ok(EndedSession {
            account: part().parse().map_err(|_| self.malformed(ACCOUNT))?,
            id: part().parse().map_err(|_| self.malformed(ID))?,
            user: self.parsed(USER)?,
            access_key_id: self.parsed(ACCESS_KEY)?,
            ended: self.instant(EXPIRES)?,
            reason: self.parsed(REASON)?,
        })
    }

    pub(super) fn outbox_key(&self) -> Result<OutboxKey, StoreError> {
        self.key.sk.parse().map_err(|_| self.malformed(SK))
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
