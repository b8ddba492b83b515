//! Random ids and secrets.

use activity_log_core::account::AccountId;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rand::Rng as _;

use crate::model::access_key::{AccessKeyId, SecretKey};
use crate::model::token::Token;

/// The alphabet of AWS's key ids: base32.
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// A random account id. Whether it is taken shows when the account is made.
#[expect(clippy::missing_panics_doc, reason = "it cannot: see the message")]
pub fn new_account_id() -> AccountId {
    let number: u64 = rand::rng().random_range(100_000_000_000..1_000_000_000_000);
    number
        .to_string()
        .parse()
        .expect("a number of twelve digits is an account id")
}

/// A random access key id: `AKIA` and 16 characters, 80 random bits.
#[expect(clippy::missing_panics_doc, reason = "it cannot: see the message")]
pub fn new_access_key_id() -> AccessKeyId {
    let mut rng = rand::rng();
    let mut id = String::from("AKIA");
    id.extend((0..16).map(|_| char::from(BASE32[rng.random_range(0..BASE32.len())])));
    id.parse().expect("20 letters and digits are a key id")
}

/// A random secret: 40 characters, 240 random bits.
#[expect(clippy::missing_panics_doc, reason = "it cannot: see the message")]
pub fn new_secret_key() -> SecretKey {
    let bytes: [u8; 30] = rand::rng().random();
    STANDARD
        .encode(bytes)
        .parse()
        .expect("40 characters of base64 are a secret key")
}

/// A random token for a user of this account: 256 secret bits.
pub fn new_token(account: AccountId) -> Token {
    let mut rng = rand::rng();
    Token::new(account, rng.random(), rng.random())
}

/// A random key for cursors.
pub(crate) fn new_cursor_key() -> [u8; 32] {
    rand::rng().random()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_has_the_shape_of_awss() {
        for _ in 0..100 {
            assert_eq!(new_account_id().as_str().len(), 12);
            let id = new_access_key_id();
            assert!(
                id.as_str().starts_with("AKIA") && id.as_str().len() == 20,
                "{id}"
            );
            assert_eq!(new_secret_key().expose().len(), 40);
        }
        assert_ne!(new_access_key_id(), new_access_key_id());
    }
}
