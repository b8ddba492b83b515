//! A vault that keeps what it sealed, and gives out a random handle for it.

use super::InMemory;
use crate::error::StoreError;
use crate::generate;
use crate::vault::{Purpose, Seal, Sealed, Unseal};

impl Seal for InMemory {
    async fn seal(&self, purpose: &Purpose, secret: &[u8]) -> Result<Sealed, StoreError> {
        let handle = generate::new_cursor_key().to_vec();
        let entry = (purpose.clone(), secret.to_vec());
        self.state().sealed.insert(handle.clone(), entry);
        Ok(Sealed::new(handle))
    }
}

impl Unseal for InMemory {
    async fn unseal(&self, purpose: &Purpose, sealed: &Sealed) -> Result<Vec<u8>, StoreError> {
        let state = self.state();
        let found = state.sealed.get(sealed.as_bytes());
        match found {
            Some((of, secret)) if of == purpose => Ok(secret.clone()),
            _ => Err(StoreError::Kms {
                key: "in memory".to_owned(),
                operation: "Decrypt",
                source: "nothing was sealed so for this purpose".into(),
            }),
        }
    }
}
