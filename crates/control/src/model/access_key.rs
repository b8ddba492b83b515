//! An access key: a public id and a secret, with which a user signs requests.

use std::fmt;
use std::str::FromStr;

use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;

use super::account::Account;
use super::user::{User, UserName};

/// An access key's record, without the secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessKey {
    /// Unique over all accounts.
    pub id: AccessKeyId,
    /// The account of its user.
    pub account: AccountId,
    /// Whose key it is.
    pub user: UserName,
    /// Whether it may be used now.
    pub status: KeyStatus,
    /// When it was made.
    pub created: Instant,
}

impl AccessKey {
    /// Whether it is an active key of this user: sessions opened with it are good as long as it is.
    pub fn opens_sessions_of(&self, account: AccountId, user: &UserName) -> bool {
        self.status == KeyStatus::Active && self.account == account && self.user == *user
    }
}

/// What a request signed with an access key is checked against, all of it read at one time.
#[derive(Clone, Debug)]
pub struct Credential {
    /// The key.
    pub key: AccessKey,
    /// Its secret.
    pub secret: SecretKey,
    /// Its user.
    pub user: User,
    /// The user's account.
    pub account: Account,
}

/// Whether a key may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyStatus {
    /// It may.
    Active,
    /// It may not; as if there were no such key.
    Inactive,
}

impl KeyStatus {
    /// The status's word, in the table and on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Inactive => "inactive",
        }
    }
}

impl fmt::Display for KeyStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An access key's id: 16–128 of `[A-Za-z0-9_]`, as in AWS; ours are `AKIA` and 16 more.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccessKeyId(String);

/// The text is not an access key id.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("an access key id has 16 to 128 characters, each a letter, a digit or _")]
pub struct InvalidAccessKeyId;

impl AccessKeyId {
    /// The id's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for AccessKeyId {
    type Err = InvalidAccessKeyId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        if (16..=128).contains(&text.len()) && text.bytes().all(allowed) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidAccessKeyId)
        }
    }
}

impl fmt::Display for AccessKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An access key's secret: 16–128 printable ASCII characters; ours have 40.
///
/// It prints as `SecretKey(…)`; its text must be asked for with [`expose`](Self::expose).
#[derive(Clone, PartialEq, Eq)]
pub struct SecretKey(String);

/// The text is not a secret key.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a secret key has 16 to 128 printable ASCII characters and no spaces")]
pub struct InvalidSecretKey;

impl SecretKey {
    /// The secret itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl FromStr for SecretKey {
    type Err = InvalidSecretKey;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if (16..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidSecretKey)
        }
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_does_not_print() {
        let secret: SecretKey = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".parse().unwrap();
        assert_eq!(format!("{secret:?}"), "SecretKey(…)");
    }

    #[test]
    fn ids_that_could_not_stand_in_a_credential_scope_are_refused() {
        assert!("AKIAIOSFODNN7EXAMPLE".parse::<AccessKeyId>().is_ok());
        for bad in ["", "AKIA", "AKIAIOSFODNN7EXAMP/E", "AKIA IOSFODNN7EXAMPL"] {
            assert_eq!(bad.parse::<AccessKeyId>(), Err(InvalidAccessKeyId), "{bad}");
        }
    }
}
