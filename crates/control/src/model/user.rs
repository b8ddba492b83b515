//! A user of an account, and what the user may do.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;

/// A user's record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The account the user belongs to.
    pub account: AccountId,
    /// Unique in the account.
    pub name: UserName,
    /// What the user may do; nothing, at first.
    pub permissions: Permissions,
    /// When it was made.
    pub created: Instant,
}

/// What an operation needs. Neither permission contains the other: whoever reads the log cannot
/// write into it, unless both are granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Permission {
    /// Reads and controls all events of the account.
    Administrator,
    /// Sends events; reads nothing.
    Producer,
}

/// A set of permissions. Empty unless granted: denied by default.
pub type Permissions = BTreeSet<Permission>;

/// The word names no permission.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a permission is `administrator` or `producer`")]
pub struct UnknownPermission;

impl Permission {
    /// Every permission there is.
    pub const ALL: [Self; 2] = [Self::Administrator, Self::Producer];

    /// The permission's word, in the table and on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::Producer => "producer",
        }
    }
}

impl FromStr for Permission {
    type Err = UnknownPermission;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|permission| permission.as_str() == word)
            .ok_or(UnknownPermission)
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A user's name: 1–64 of `[A-Za-z0-9+=,.@_-]`, as in AWS IAM, so that it can stand in an ARN.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserName(String);

/// The text is not a user name.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a user name has 1 to 64 characters, each a letter, a digit or one of + = , . @ _ -")]
pub struct InvalidUserName;

impl UserName {
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

    #[test]
    fn a_permission_reads_its_own_word() {
        for permission in Permission::ALL {
            assert_eq!(permission.as_str().parse(), Ok(permission));
        }
        assert_eq!(
            "Administrator".parse::<Permission>(),
            Err(UnknownPermission)
        );
    }
}
