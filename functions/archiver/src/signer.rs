//! Signatures of digests: RSA, by a key that never leaves KMS.

use std::future::Future;

use activity_log_control::BoxError;
use activity_log_digest::public_key::PublicKey;
use aws_sdk_kms::Client;
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::{MessageType, SigningAlgorithmSpec};
use tokio::sync::OnceCell;

/// The signer did not answer.
#[derive(Debug, thiserror::Error)]
#[error("KMS {operation} with key {key} failed")]
pub struct SignerError {
    /// the operation, by KMS's name
    pub operation: &'static str,
    /// the key's id
    pub key: String,
    /// what lies behind it
    #[source]
    pub cause: BoxError,
}

/// Signs digests.
pub trait Signer: Send + Sync {
    /// The key that verifies the signatures.
    fn public_key(&self) -> impl Future<Output = Result<PublicKey, SignerError>> + Send;

    /// RSA PKCS#1 v1.5 with SHA-256; the same message gives the same signature.
    fn sign(&self, message: &[u8]) -> impl Future<Output = Result<Vec<u8>, SignerError>> + Send;
}

/// A signing key in KMS. It needs `kms:Sign` and `kms:GetPublicKey`.
#[derive(Debug)]
pub struct KmsSigner {
    client: Client,
    key: String,
    public: OnceCell<PublicKey>,
}

impl KmsSigner {
    /// With this key.
    pub fn new(client: Client, key: impl Into<String>) -> Self {
        Self {
            client,
            key: key.into(),
            public: OnceCell::new(),
        }
    }

    fn failed(&self, operation: &'static str, cause: impl Into<BoxError>) -> SignerError {
        SignerError {
            operation,
            key: self.key.clone(),
            cause: cause.into(),
        }
    }

    async fn fetch(&self) -> Result<PublicKey, SignerError> {
        const OPERATION: &str = "GetPublicKey";
        let answer = self.client.get_public_key().key_id(&self.key).send().await;
        let answer = answer.map_err(|error| self.failed(OPERATION, error))?;
        let der = answer.public_key.map(Blob::into_inner).unwrap_or_default();
        PublicKey::from_spki(&der).map_err(|error| self.failed(OPERATION, error))
    }
}

impl Signer for KmsSigner {
    async fn public_key(&self) -> Result<PublicKey, SignerError> {
        let key = self.public.get_or_try_init(|| self.fetch()).await?;
        Ok(key.clone())
    }

    async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        let answer = self
            .client
            .sign()
            .key_id(&self.key)
            // At most 4,096 bytes: ours has about a thousand.
            .message_type(MessageType::Raw)
            .message(Blob::new(message))
            .signing_algorithm(SigningAlgorithmSpec::RsassaPkcs1V15Sha256)
            .send()
            .await;
        let answer = answer.map_err(|error| self.failed("Sign", error))?;
        Ok(answer.signature.map(Blob::into_inner).unwrap_or_default())
    }
}
