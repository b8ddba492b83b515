//! Calls of callers who did not show who they are.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use activity_log_core::account::AccountId;
use activity_log_core::instant::{Instant, MINUTE};

use super::access_key::AccessKeyId;
use super::due::Position;
use super::token::TokenId;
use super::user::UserName;

/// A minute of our clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Minute(i64);

impl Minute {
    /// The minute in which this instant lies.
    pub const fn of(instant: Instant) -> Self {
        Self(instant.millis().div_euclid(MINUTE))
    }

    /// When it begins.
    pub const fn start(self) -> Instant {
        Instant::from_millis(self.0 * MINUTE)
    }

    /// When it is over.
    pub const fn end(self) -> Instant {
        Instant::from_millis((self.0 + 1) * MINUTE)
    }
}

/// Whom a caller claims to be: the user of a key or token that was named.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Claimed {
    /// the account of the user
    pub account: AccountId,
    /// the user
    pub user: UserName,
    /// what was named
    pub credential: NamedCredential,
}

/// What a caller named to be known by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NamedCredential {
    /// an access key
    AccessKey(AccessKeyId),
    /// a token
    Token(TokenId),
}

impl NamedCredential {
    /// Its id.
    pub fn id(&self) -> &str {
        match self {
            Self::AccessKey(id) => id.as_str(),
            Self::Token(id) => id.as_str(),
        }
    }
}

/// Where attempts came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// from this address
    Address(IpAddr),
    /// the gateway did not say
    Unknown,
    /// from any of more addresses than are told apart
    Others,
}

impl From<Option<IpAddr>> for Place {
    fn from(address: Option<IpAddr>) -> Self {
        address.map_or(Self::Unknown, Self::Address)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => address.fmt(f),
            Self::Unknown => f.write_str("unknown"),
            Self::Others => f.write_str("others"),
        }
    }
}

/// The text is no place.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a place is an address, 'unknown' or 'others'")]
pub struct InvalidPlace;

impl FromStr for Place {
    type Err = InvalidPlace;

    fn from_str(text: &str) -> Result<Self, InvalidPlace> {
        match text {
            "unknown" => Ok(Self::Unknown),
            "others" => Ok(Self::Others),
            address => address.parse().map(Self::Address).map_err(|_| InvalidPlace),
        }
    }
}

/// One attempt.
#[derive(Clone, Copy, Debug)]
pub struct UnprovenCall<'a> {
    /// whom the caller claims to be
    pub claimed: &'a Claimed,
    /// where it came from
    pub place: Place,
    /// what was asked for: a name of ours, letters only
    pub operation: &'static str,
}

/// A page without what its end cut in two: entries of one minute and key stand together, by sort keys that are equal up to
/// their last part. A page that is nothing else stays as it is.
pub(crate) fn whole<T>(
    mut page: Vec<(String, T)>,
    next: Option<Position>,
) -> (Vec<(String, T)>, Option<Position>) {
    let group = |sort: &str| sort.rsplit_once('#').map(|(group, _)| group.to_owned());
    let cut = page.last().map(|(sort, _)| group(sort));
    let kept = page.iter().rposition(|(sort, _)| Some(group(sort)) != cut);
    match (next, kept) {
        (Some(_), Some(last)) => {
            page.truncate(last + 1);
            let next = page.last().map(|(sort, _)| Position(sort.clone()));
            (page, next)
        }
        (next, _) => (page, next),
    }
}

/// Calls of one minute, with one key or token and from one place, that were not told one by one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Untold {
    /// when
    pub minute: Minute,
    /// whom the caller claimed to be
    pub claimed: Claimed,
    /// where they came from
    pub place: Place,
    /// how many, by operation
    pub calls: BTreeMap<String, u64>,
}
