//! An account: the tenant.

use std::fmt;
use std::str::FromStr;

use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;
use activity_log_core::subscription::Subscription;

use crate::model::limits::Limits;
use crate::vault::Sealed;

/// An account's record.
///
/// Items may carry attributes this version does not know; they are left alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Twelve digits.
    pub id: AccountId,
    /// What people call it.
    pub name: AccountName,
    /// When it was made.
    pub created: Instant,
    /// Days to keep events, where the operator set them.
    pub retention_override_days: Option<u32>,
    /// Limits the operator set.
    pub limits: Limits,
    /// When it is subscribed; an account to which nothing was done is, since it was made.
    pub subscription: Subscription,
    /// The key of the account's cursors, sealed; [`crate::CursorKeys`] opens it.
    pub cursor_key: Sealed,
}

impl Account {
    /// Days to keep events: the override, or else the stack's `default_days`.
    pub fn retention_days(&self, default_days: u32) -> u32 {
        self.retention_override_days.unwrap_or(default_days)
    }

    /// Whether the subscription is on.
    pub fn subscription_active(&self, now: Instant) -> bool {
        self.subscription.is_active(now)
    }
}

/// An account's name: 1–128 characters, none of them a control character.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountName(String);

/// The text is not an account name.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("an account name has 1 to 128 characters, none of them a control character")]
pub struct InvalidAccountName;

impl AccountName {
    /// The name's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for AccountName {
    type Err = InvalidAccountName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if (1..=128).contains(&text.chars().count()) && !text.chars().any(char::is_control) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidAccountName)
        }
    }
}

impl fmt::Display for AccountName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
