//! The public keys with which digests are verified.

use activity_log_core::instant::{DAY, Instant};

/// How long a key is said to be valid, in days. Keys are never withdrawn; the range only lets clients
/// ask for the keys of a time.
const VALID_DAYS: i64 = 3_650;

/// A public key that digests are or were signed with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DigestKey {
    /// hex MD5 of [`DigestKey::der`], as digests name it
    pub fingerprint: String,
    /// PKCS#1 `RSAPublicKey`, DER
    pub der: Vec<u8>,
    /// when it was first used
    pub since: Instant,
}

impl DigestKey {
    /// The end of its validity.
    pub fn until(&self) -> Instant {
        self.since.plus_millis(VALID_DAYS * DAY)
    }
}
