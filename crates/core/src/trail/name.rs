//! Names of trails, with AWS's rules and AWS's words for breaking them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A trail's name: 3–128 of `[A-Za-z0-9._-]`, first and last alphanumeric, no two adjacent punctuation
/// marks, not an IP address.
///
/// ```
/// use activity_log_core::trail::name::TrailName;
/// assert!("audit-2026".parse::<TrailName>().is_ok());
/// assert_eq!("a".parse::<TrailName>().unwrap_err().to_string(),
///     "Trail name too short. Minimum allowed length: 3 characters. Specified name length: 1 characters.");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TrailName(String);

/// Why a text is no trail name. The first five texts are AWS's, spelling included: clients test for
/// them.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum InvalidTrailName {
    /// under 3 characters
    #[error(
        "Trail name too short. Minimum allowed length: 3 characters. Specified name length: {0} characters."
    )]
    TooShort(usize),
    /// over 128 characters
    #[error(
        "Trail name too long. Maximum allowed length: 128 characters. Specified name length: {0} characters."
    )]
    TooLong(usize),
    /// begins with something else
    #[error("Trail name must starts with a letter or number.")]
    Start,
    /// ends with something else
    #[error("Trail name must ends with a letter or number.")]
    End,
    /// holds something else
    #[error(
        "Trail name or ARN can only contain uppercase letters, lowercase letters, numbers, periods (.), hyphens (-), and underscores (_)."
    )]
    Characters,
    /// `a..b`, `a-_b`
    #[error("Trail name cannot contain two adjacent periods, hyphens or underscores.")]
    AdjacentPunctuation,
    /// `192.168.5.4`
    #[error("Trail name cannot be in IP address format.")]
    IpAddress,
}

impl TrailName {
    /// The name's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for TrailName {
    type Err = InvalidTrailName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let length = text.chars().count();
        if length < 3 {
            return Err(InvalidTrailName::TooShort(length));
        }
        if length > 128 {
            return Err(InvalidTrailName::TooLong(length));
        }
        let alphanumeric = |character: Option<char>| {
            character.is_some_and(|character| character.is_ascii_alphanumeric())
        };
        if !alphanumeric(text.chars().next()) {
            return Err(InvalidTrailName::Start);
        }
        if !alphanumeric(text.chars().next_back()) {
            return Err(InvalidTrailName::End);
        }
        let punctuation = |byte: u8| b"._-".contains(&byte);
        if !text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || punctuation(byte))
        {
            return Err(InvalidTrailName::Characters);
        }
        let mut pairs = text.as_bytes().windows(2);
        if pairs.any(|pair| pair.iter().all(|byte| punctuation(*byte))) {
            return Err(InvalidTrailName::AdjacentPunctuation);
        }
        if text.parse::<std::net::Ipv4Addr>().is_ok() {
            return Err(InvalidTrailName::IpAddress);
        }
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for TrailName {
    type Error = InvalidTrailName;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<TrailName> for String {
    fn from(name: TrailName) -> Self {
        name.0
    }
}

impl fmt::Display for TrailName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_has_its_own_words() {
        let broken = [
            ("", InvalidTrailName::TooShort(0)),
            ("a1", InvalidTrailName::TooShort(2)),
            (&"é".repeat(129), InvalidTrailName::TooLong(129)),
            ("-abc", InvalidTrailName::Start),
            ("éabc", InvalidTrailName::Start),
            ("abc-", InvalidTrailName::End),
            ("my#trail", InvalidTrailName::Characters),
            ("my/trail", InvalidTrailName::Characters),
            ("my..trail", InvalidTrailName::AdjacentPunctuation),
            ("my-_trail", InvalidTrailName::AdjacentPunctuation),
            ("192.168.5.4", InvalidTrailName::IpAddress),
        ];
        for (text, why) in broken {
            assert_eq!(text.parse::<TrailName>(), Err(why), "{text}");
        }
        for good in ["abc", "A.b-c_1", &"a".repeat(128), "1.2.3"] {
            assert!(good.parse::<TrailName>().is_ok(), "{good}");
        }
    }
}
