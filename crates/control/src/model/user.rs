//! A user of an account.

use std::fmt;
use std::str::FromStr;

use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;

use super::grant::Grants;

/// A user's record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The account the user belongs to.
    pub account: AccountId,
    /// Unique in the account.
    pub name: UserName,
    /// What was given to the user; nothing, at first.
    pub grants: Grants,
    /// When it was made.
    pub created: Instant,
}

/// A user's name: 1–64 of `[A-Za-z0-9+=,.@_-]`, as in AWS IAM, so that it can stand in an ARN.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserName(String);

/// The text is not a user name.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a user name has 1 to 64 characters, each a letter, a digit or one of + = , . @ _ -")]
pub struct InvalidUserName;

impl UserName {
    /// The user that every account has from the start (the seeds: "along with the account, system user is created").
    /// It may do nothing until it is granted something, as any other, and cannot be deleted.
    pub fn system() -> Self {
        Self("system".to_owned())
    }

    /// Whether it is the account's system user.
    pub fn is_system(&self) -> bool {
        *self == Self::system()
    }

    /// The name's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for UserName {
    type Err = InvalidUserName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"+=,.@_-".contains(&byte);
        if (1..=64).contains(&text.len()) && text.bytes().all(allowed) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidUserName)
        }
    }
}

impl fmt::Display for UserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_would_break_an_arn_are_refused() {
        assert!("demo.user+1@example.com".parse::<UserName>().is_ok());
        for bad in ["", "a/b", "a:b", "a b", "ü", &"a".repeat(65)] {
            assert_eq!(bad.parse::<UserName>(), Err(InvalidUserName), "{bad}");
        }
    }
}
