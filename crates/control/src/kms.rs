//! The vault on AWS KMS.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use aws_sdk_kms::Client;
use aws_sdk_kms::error::SdkError;
use aws_sdk_kms::primitives::Blob;

use crate::error::StoreError;
use crate::vault::{Purpose, Seal, Sealed, Unseal};

/// How many opened secrets are remembered.
const REMEMBERED: usize = 1_000;

/// Seals and opens with one symmetric KMS key, and remembers what it opened, so that a warm
/// function asks KMS nothing for a key it has seen.
///
/// The memory is keyed by purpose *and* ciphertext: a rotated secret has another ciphertext, and
/// one moved to another item has another purpose. It does not delay a revocation, which is in the
/// key's and user's records and read each time.
#[derive(Debug)]
pub struct KmsVault {
    client: Client,
    key: String,
    opened: Mutex<Memory>,
}

impl KmsVault {
    /// With the key of this id, ARN or alias (`alias/…`).
    pub fn new(client: Client, key: impl Into<String>) -> Self {
        Self {
            client,
            key: key.into(),
            opened: Mutex::default(),
        }
    }

    fn failed<E, R>(&self, operation: &'static str, source: SdkError<E, R>) -> StoreError
    where
        SdkError<E, R>: std::error::Error + Send + Sync + 'static,
    {
        StoreError::Kms {
            key: self.key.clone(),
            operation,
            source: source.into(),
        }
    }

    fn answered_nothing(&self, operation: &'static str) -> StoreError {
        StoreError::Kms {
            key: self.key.clone(),
            operation,
            source: "the answer holds no data".into(),
        }
    }
}

fn context(purpose: &Purpose) -> HashMap<String, String> {
    purpose
        .context()
        .map(|(name, value)| (name.to_owned(), value))
        .into()
}

impl Seal for KmsVault {
    async fn seal(&self, purpose: &Purpose, secret: &[u8]) -> Result<Sealed, StoreError> {
        let answer = self
            .client
            .encrypt()
            .key_id(&self.key)
            .set_encryption_context(Some(context(purpose)))
            .plaintext(Blob::new(secret))
            .send()
            .await
            .map_err(|error| self.failed("Encrypt", error))?;
        let ciphertext = answer
            .ciphertext_blob
            .ok_or_else(|| self.answered_nothing("Encrypt"))?;
        Ok(Sealed::new(ciphertext.into_inner()))
    }
}

impl Unseal for KmsVault {
    async fn unseal(&self, purpose: &Purpose, sealed: &Sealed) -> Result<Vec<u8>, StoreError> {
        let entry = Entry::new(purpose, sealed);
        let remembered = self
            .opened
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&entry);
        if let Some(secret) = remembered {
            return Ok(secret);
        }
        let answer = self
            .client
            .decrypt()
            .key_id(&self.key)
            .set_encryption_context(Some(context(purpose)))
            .ciphertext_blob(Blob::new(sealed.as_bytes()))
            .send()
            .await
            .map_err(|error| self.failed("Decrypt", error))?;
        let secret = answer
            .plaintext
            .ok_or_else(|| self.answered_nothing("Decrypt"))?
            .into_inner();
        self.opened
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(entry, secret.clone());
        Ok(secret)
    }
}

/// What was opened: for whom, from what.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Entry {
    context: [(&'static str, String); 2],
    sealed: Sealed,
}

impl Entry {
    fn new(purpose: &Purpose, sealed: &Sealed) -> Self {
        Self {
            context: purpose.context(),
            sealed: sealed.clone(),
        }
    }
}

/// Opened secrets; the oldest goes when there are too many. Prints none of them.
#[derive(Default)]
struct Memory {
    secrets: HashMap<Entry, Vec<u8>>,
    order: VecDeque<Entry>,
}

impl Memory {
    fn get(&self, entry: &Entry) -> Option<Vec<u8>> {
        self.secrets.get(entry).cloned()
    }

    fn insert(&mut self, entry: Entry, secret: Vec<u8>) {
        if self.secrets.insert(entry.clone(), secret).is_none() {
            self.order.push_back(entry);
        }
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.secrets.remove(&oldest);
        }
    }
}

impl std::fmt::Debug for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Memory({} secrets)", self.secrets.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(number: usize) -> Entry {
        let purpose = Purpose::Cursor {
            account: "111122223333".parse().unwrap(),
        };
        Entry::new(&purpose, &Sealed::new(number.to_be_bytes().to_vec()))
    }

    #[test]
    fn the_memory_is_bounded_and_forgets_the_oldest() {
        let mut memory = Memory::default();
        for number in 0..=REMEMBERED {
            memory.insert(entry(number), vec![1]);
            memory.insert(entry(number), vec![2]);
        }
        assert_eq!(memory.secrets.len(), REMEMBERED);
        assert_eq!(memory.order.len(), REMEMBERED);
        assert_eq!(memory.get(&entry(0)), None);
        assert_eq!(memory.get(&entry(REMEMBERED)), Some(vec![2]));
    }

    #[test]
    fn the_same_ciphertext_for_another_purpose_is_not_remembered() {
        let sealed = Sealed::new(vec![7]);
        let of = |account: &str| {
            let account = account.parse().unwrap();
            Entry::new(&Purpose::Cursor { account }, &sealed)
        };
        let mut memory = Memory::default();
        memory.insert(of("111122223333"), vec![1]);
        assert_eq!(memory.get(&of("444455556666")), None);
    }
}
