//! A token: what a client sends as `X-Auth-Token` instead of signing.
//!
//! Its text is `alt.ACCOUNT.ID.SECRET`. Account and id say where its record is; the secret, 256 random bits, is stored
//! nowhere: the record has its SHA-256. A guess is as hopeless against the hash as against the secret, so a slow
//! hash would only slow us.

use std::fmt;
use std::str::FromStr;

use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use super::access_key::AccessKeyId;
use super::account::Account;
use super::user::{User, UserName};

/// What every token starts with, so that scanners for leaked secrets know one.
const PREFIX: &str = "alt";
const SECRET_BYTES: usize = 32;
const ID_BYTES: usize = 10;

/// The longest a token lives, in days.
pub const MOST_TOKEN_DAYS: i64 = 90;

/// A token's id, public: 20 hexadecimal digits. A session has its token's.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenId(String);

/// A whole token, secret included. It prints without the secret; its text must be asked for with
/// [`expose`](Self::expose).
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    /// the account of its user
    pub account: AccountId,
    /// its id
    pub id: TokenId,
    secret: [u8; SECRET_BYTES],
}

/// The SHA-256 of a token's secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenHash(pub [u8; 32]);

/// The text is not a token.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a token is alt.ACCOUNT.ID.SECRET, as it was issued")]
pub struct InvalidToken;

/// The text is not a token's id.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a token's id has 20 hexadecimal digits")]
pub struct InvalidTokenId;

/// A token's record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRecord {
    /// Unique in its account.
    pub id: TokenId,
    /// The account of its user.
    pub account: AccountId,
    /// Whose it is.
    pub user: UserName,
    /// What its secret hashes to.
    pub hash: TokenHash,
    /// When it was issued.
    pub created: Instant,
    /// From when on it is good no more.
    pub expires: Instant,
    /// The session that it is, if it was issued for one.
    pub session: Option<OpenedWith>,
}

/// What a session was opened with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenedWith {
    /// the access key
    pub access_key_id: AccessKeyId,
}

/// What a request with a token is checked against, all of it read at one time.
#[derive(Clone, Debug)]
pub struct TokenCredential {
    /// The token's record.
    pub token: TokenRecord,
    /// Its user.
    pub user: User,
    /// The user's account.
    pub account: Account,
}

impl Token {
    /// A token of these random bits.
    pub fn new(account: AccountId, id: [u8; ID_BYTES], secret: [u8; SECRET_BYTES]) -> Self {
        Self {
            account,
            id: TokenId(hex::encode(id)),
            secret,
        }
    }

    /// Its text, secret included.
    pub fn expose(&self) -> String {
        let secret = URL_SAFE_NO_PAD.encode(self.secret);
        format!("{PREFIX}.{}.{}.{secret}", self.account, self.id)
    }

    /// What its record has of the secret.
    pub fn hash(&self) -> TokenHash {
        TokenHash(Sha256::digest(self.secret).into())
    }
}

impl FromStr for Token {
    type Err = InvalidToken;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.split('.');
        let mut next = || parts.next().ok_or(InvalidToken);
        if next()? != PREFIX {
            return Err(InvalidToken);
        }
        let account = next()?.parse().map_err(|_| InvalidToken)?;
        let id = next()?.parse().map_err(|_| InvalidToken)?;
        let secret = next()?;
        let mut bytes = [0; SECRET_BYTES];
        let length = URL_SAFE_NO_PAD.decode_slice(secret, &mut bytes);
        if parts.next().is_some() || length != Ok(SECRET_BYTES) {
            return Err(InvalidToken);
        }
        Ok(Self {
            account,
            id,
            secret: bytes,
        })
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({PREFIX}.{}.{}.…)", self.account, self.id)
    }
}

impl TokenId {
    /// The id's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for TokenId {
    type Err = InvalidTokenId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if text.len() == 2 * ID_BYTES && text.bytes().all(digit) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidTokenId)
        }
    }
}

impl fmt::Display for TokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token() -> Token {
        Token::new("111122223333".parse().unwrap(), [0xab; 10], [7; 32])
    }

    #[test]
    fn a_token_reads_its_own_text_and_does_not_print_its_secret() {
        let token = token();
        let text = token.expose();
        assert_eq!(
            text,
            "alt.111122223333.abababababababababab.BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc"
        );
        assert_eq!(text.parse::<Token>().unwrap(), token);
        assert_eq!(
            format!("{token:?}"),
            "Token(alt.111122223333.abababababababababab.…)"
        );
        assert_ne!(token.hash().0, [7; 32]);
    }

    #[test]
    fn nothing_else_is_a_token() {
        let good = token().expose();
        let long = format!("{good}.x");
        let cut = &good[..good.len() - 1];
        let upper = good.replace("ab", "AB");
        let other = good.replace("alt.", "alx.");
        let padded = format!("{good}=");
        for bad in [
            "",
            "alt",
            "gAAAAABlXDFc8RTqKryFlXXX",
            cut,
            &long,
            &upper,
            &other,
            &padded,
        ] {
            assert_eq!(bad.parse::<Token>(), Err(InvalidToken), "{bad}");
        }
    }
}
