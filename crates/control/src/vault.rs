//! Sealing secrets: the port that KMS fills.
//!
//! What is sealed for one [`Purpose`] opens only for it. The purpose is not secret and not stored:
//! whoever opens says what the ciphertext must belong to.

use activity_log_core::account::AccountId;
use activity_log_core::plugins::PluginId;

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
    /// The digest of a plugin's compiled form: that it opens says that we compiled it.
    PluginDigest {
        /// The account of the plugin.
        account: AccountId,
        /// The plugin version.
        id: PluginId,
    },
}

impl Purpose {
    /// The KMS encryption context: the account and what in it. No two purposes have the same.
    pub fn context(&self) -> [(&'static str, String); 2] {
        let (account, other) = match self {
            Self::AccessKey { account, id } => (account, ("accessKeyId", id.to_string())),
            Self::Cursor { account } => (account, ("purpose", "cursor".to_owned())),
            Self::PluginDigest { account, id } => (account, ("pluginId", id.to_string())),
        };
        [("account", account.to_string()), other]
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

/// Seals secrets: the operator's side, and of plugins' digests the reporter's.
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
