//! Whose events: the account is the tenant, and nothing ever crosses accounts.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A customer's account: twelve decimal digits, as in AWS.
///
/// Parsed once at the edge; everything below takes this type, never a string.
///
/// ```
/// use activity_log_core::account::AccountId;
/// let account: AccountId = "111122223333".parse().unwrap();
/// assert_eq!(account.to_string(), "111122223333");
/// assert!("demo".parse::<AccountId>().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AccountId([u8; 12]);

/// The text is not an account id.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("an account id is 12 decimal digits, such as 111122223333")]
pub struct InvalidAccountId;

impl AccountId {
    /// The twelve digits.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl FromStr for AccountId {
    type Err = InvalidAccountId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits: [u8; 12] = text.as_bytes().try_into().map_err(|_| InvalidAccountId)?;
        if digits.iter().all(u8::is_ascii_digit) {
            Ok(Self(digits))
        } else {
            Err(InvalidAccountId)
        }
    }
}

impl TryFrom<String> for AccountId {
    type Error = InvalidAccountId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<AccountId> for String {
    fn from(account: AccountId) -> Self {
        account.to_string()
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_twelve_digits_are_an_account() {
        for bad in ["", "1", "1111222233334", "11112222333a", "１１１１"] {
            assert_eq!(bad.parse::<AccountId>(), Err(InvalidAccountId), "{bad}");
        }
    }
}
