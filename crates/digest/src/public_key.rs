//! The public keys digests are verified with.
//!
//! KMS gives a public key as X.509 `SubjectPublicKeyInfo`; AWS's `ListPublicKeys` gives the PKCS#1
//! `RSAPublicKey` inside it, and digests name a key by the MD5 of that. The fingerprint only finds a key:
//! what is trusted is the list of keys.

use std::collections::HashMap;

use md5::{Digest as _, Md5};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use spki::{ObjectIdentifier, SubjectPublicKeyInfoRef};

/// PKCS#1: `rsaEncryption`.
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

/// An RSA public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    der: Vec<u8>,
    fingerprint: String,
}

/// This is not an RSA public key.
#[derive(Debug, thiserror::Error)]
pub enum InvalidPublicKey {
    /// the DER is not that of a `SubjectPublicKeyInfo`
    #[error("the public key is not a SubjectPublicKeyInfo")]
    Malformed(#[source] spki::Error),
    /// another kind of key
    #[error("the public key is not for RSA, but {0}")]
    NotRsa(ObjectIdentifier),
    /// the key's bits are not whole bytes
    #[error("the public key is not in whole bytes")]
    Bits,
}

/// The signature is not of this message by this key.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error("the signature does not verify")]
pub struct BadSignature;

impl PublicKey {
    /// From `SubjectPublicKeyInfo` DER, as KMS's `GetPublicKey` answers.
    pub fn from_spki(der: &[u8]) -> Result<Self, InvalidPublicKey> {
        let info = SubjectPublicKeyInfoRef::try_from(der).map_err(InvalidPublicKey::Malformed)?;
        if info.algorithm.oid != RSA {
            return Err(InvalidPublicKey::NotRsa(info.algorithm.oid));
        }
        let key = info.subject_public_key.as_bytes();
        Ok(Self::from_pkcs1(key.ok_or(InvalidPublicKey::Bits)?))
    }

    /// From PKCS#1 `RSAPublicKey` DER, as `ListPublicKeys` answers. Bytes that are no key verify nothing.
    pub fn from_pkcs1(der: &[u8]) -> Self {
        Self {
            der: der.to_vec(),
            fingerprint: hex::encode(Md5::digest(der)),
        }
    }

    /// PKCS#1 `RSAPublicKey`, DER.
    pub fn pkcs1(&self) -> &[u8] {
        &self.der
    }

    /// Hex MD5 of [`PublicKey::pkcs1`].
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// Checks an RSA PKCS#1 v1.5 signature with SHA-256; keys have 2,048 to 8,192 bits.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), BadSignature> {
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &self.der)
            .verify(message, signature)
            .map_err(|_| BadSignature)
    }
}

/// The keys that digests may be signed with.
#[derive(Clone, Debug, Default)]
pub struct PublicKeys(HashMap<String, PublicKey>);

impl PublicKeys {
    /// The key of this fingerprint.
    pub fn get(&self, fingerprint: &str) -> Option<&PublicKey> {
        self.0.get(fingerprint)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<PublicKey> for PublicKeys {
    fn from_iter<T: IntoIterator<Item = PublicKey>>(keys: T) -> Self {
        let by_fingerprint = |key: PublicKey| (key.fingerprint.clone(), key);
        Self(keys.into_iter().map(by_fingerprint).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPKI: &[u8] = include_bytes!("../tests/fixtures/test-only-key.spki.der");

    #[test]
    fn the_key_inside_is_what_openssl_takes_out() {
        let key = PublicKey::from_spki(SPKI).unwrap();
        // openssl rsa -pubin -inform DER -in test-only-key.spki.der -RSAPublicKey_out -outform DER | md5sum
        assert_eq!(key.fingerprint(), "26452c187ea7b1361cea9d79aa3ff2e0");
        assert!(SPKI.ends_with(key.pkcs1()));
        assert_eq!(PublicKey::from_pkcs1(key.pkcs1()), key);
    }

    #[test]
    fn other_keys_are_refused_by_name() {
        let cut = PublicKey::from_spki(&SPKI[..SPKI.len() - 1]).unwrap_err();
        assert_eq!(
            cut.to_string(),
            "the public key is not a SubjectPublicKeyInfo"
        );
        // An Ed25519 key: RFC 8410.
        let ed25519 = [
            &hex::decode("302a300506032b6570032100").unwrap()[..],
            &[7; 32],
        ]
        .concat();
        let other = PublicKey::from_spki(&ed25519).unwrap_err();
        assert_eq!(
            other.to_string(),
            "the public key is not for RSA, but 1.3.101.112"
        );
    }
}
