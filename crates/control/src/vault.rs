//! Sealing secrets: the port that KMS fills.
//!
//! What is sealed for one [`Purpose`] opens only for it. The purpose is not secret and not stored:
//! whoever opens says what the ciphertext must belong to.

use activity_log_core::account::AccountId;

use crate::error::StoreError;
use crate::model::access_key::AccessKeyId;

/// What a sealed secret belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The secret of an access key.
    AccessKey {
        /// The account of the key's user.
        account: AccountId,
        /// The key.
        id: AccessKeyId,
    },
    /// An account's key for cursors.
    Cursor {
        /// The account.
        account: AccountId,
    },
}

impl Purpose {
    /// The KMS encryption context.
    pub fn context(&self) -> [(&'static str, &str); 2] {
        match self {
            Self::AccessKey { account, id } => {
                [("account", account.as_str()), ("accessKeyId", id.as_str())]
            }
            Self::Cursor { account } => [("account", account.as_str()), ("purpose", "cursor")],
        }
    }
}

/// A sealed secret, as it is stored.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Sealed(Vec<u8>);

impl Sealed {
    /// Takes the ciphertext.
    pub fn new(ciphertext: Vec<u8>) -> Self {
        Self(ciphertext)
    }

    /// The ciphertext.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl std::fmt::Debug for Sealed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sealed({} bytes)", self.0.len())
    }
}

/// Seals secrets; the operator's side.
pub trait Seal: Send + Sync {
    /// The secret, sealed for the purpose. At most 4 KB.
    fn seal(
        &self,
        purpose: &Purpose,
        secret: &[u8],
    ) -> impl Future<Output = Result<Sealed, StoreError>> + Send;
}

/// Opens what was sealed; the functions' side.
pub trait Unseal: Send + Sync {
    /// The secret, if it was sealed for this purpose.
    fn unseal(
        &self,
        purpose: &Purpose,
        sealed: &Sealed,
    ) -> impl Future<Output = Result<Vec<u8>, StoreError>> + Send;
}
