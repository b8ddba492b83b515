//! A project: a part of an account in which users act.

use std::fmt;
use std::str::FromStr;

use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;

/// What else stands where a project's id stands in a path, `/v1/ID/logs`.
const RESERVED: [&str; 5] = ["events", "openapi.json", "plugins", "reports", "session"];

/// A project's record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// Unique in its account.
    pub id: ProjectId,
    /// When it was made.
    pub created: Instant,
}

/// A bucket that the operator put into a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// The bucket's name.
    pub name: String,
    /// The project it is in.
    pub project: ProjectId,
}

/// A project's id: 1–64 of `[A-Za-z0-9._:-]`, so that it stands unchanged in a path and in a grant.
///
/// Every account has one project from the start, its default one, whose id is the account's: see
/// [`of_account`](Self::of_account).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProjectId(String);

/// The text is not a project's id.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "a project id has 1 to 64 characters, each a letter, a digit or one of . _ : -, and is not . or .., events, \
     openapi.json, plugins, reports or session"
)]
pub struct InvalidProjectId;

impl ProjectId {
    /// The account's default project: it has the events and the buckets that are of no other. It always exists.
    pub fn of_account(account: AccountId) -> Self {
        Self(account.to_string())
    }

    /// The id's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ProjectId {
    type Err = InvalidProjectId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._:-".contains(&byte);
        let fits = (1..=64).contains(&text.len()) && text.bytes().all(allowed);
        if fits && !RESERVED.contains(&text) && text != "." && text != ".." {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidProjectId)
        }
    }
}

impl fmt::Display for ProjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_stand_in_a_path_and_are_no_other_path() {
        for good in ["b5b7ffd4ef", "111122223333", "shop:eu-1", &"a".repeat(64)] {
            assert!(good.parse::<ProjectId>().is_ok(), "{good}");
        }
        for bad in [
            "",
            ".",
            "..",
            "a/b",
            "a b",
            "a@b",
            "ü",
            "reports",
            "session",
            &"a".repeat(65),
        ] {
            assert_eq!(bad.parse::<ProjectId>(), Err(InvalidProjectId), "{bad}");
        }
    }
}
