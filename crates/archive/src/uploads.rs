//! The port to a customer's bucket.

use std::future::Future;

use activity_log_core::account::AccountId;
use activity_log_core::trail::format::Format;

/// An object in a bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// bucket
    pub bucket: String,
    /// the AWS account that must own it: no other one's bucket of this name gets anything
    pub owner: AccountId,
    /// key
    pub key: String,
    /// what it is
    pub content: Content,
}

/// What an object is, as its headers say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// a compressed file
    Gzip,
    /// JSON that is compressed, which browsers and many tools decompress on their way, as AWS has it
    Json,
}

impl Content {
    /// Of archives of this format.
    pub const fn of(format: Format) -> Self {
        match format {
            Format::TarGz => Self::Gzip,
            Format::JsonGz => Self::Json,
        }
    }

    /// `Content-Type`.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Gzip => "application/x-gzip",
            Self::Json => "application/json",
        }
    }

    /// `Content-Encoding`.
    pub const fn encoding(self) -> Option<&'static str> {
        match self {
            Self::Gzip => None,
            Self::Json => Some("gzip"),
        }
    }
}

/// The bucket did not take a file. It is the customer's: told to them, and tried again.
#[derive(Debug, thiserror::Error)]
#[error("the bucket did not take the file: {code}")]
pub struct DeliveryError {
    /// the storage's code, such as `NoSuchBucket`, or `AccessDenied`, which is another owner's bucket too
    pub code: String,
    /// what lies behind it
    #[source]
    pub cause: Box<dyn std::error::Error + Send + Sync>,
}

/// Puts objects. An object appears whole or not at all, and one of the same key is replaced.
pub trait Uploads: Send + Sync {
    /// A part that was taken.
    type Part: Send;

    /// Puts an object in one go, with metadata.
    fn put(
        &self,
        target: &Target,
        body: Vec<u8>,
        metadata: &[(&str, String)],
    ) -> impl Future<Output = Result<(), DeliveryError>> + Send;

    /// Begins an upload in parts; gives its id.
    fn begin(&self, target: &Target) -> impl Future<Output = Result<String, DeliveryError>> + Send;

    /// Sends a part, counted from 1.
    fn part(
        &self,
        target: &Target,
        upload: &str,
        number: i32,
        body: Vec<u8>,
    ) -> impl Future<Output = Result<Self::Part, DeliveryError>> + Send;

    /// Makes the object of its parts.
    fn complete(
        &self,
        target: &Target,
        upload: &str,
        parts: Vec<Self::Part>,
    ) -> impl Future<Output = Result<(), DeliveryError>> + Send;

    /// Gives an upload up. What is left of one that cannot be given up, the bucket's lifecycle removes.
    fn abort(&self, target: &Target, upload: &str) -> impl Future<Output = ()> + Send;
}
