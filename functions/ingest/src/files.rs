//! Files of the import bucket.

use std::future::Future;

use aws_sdk_s3::Client;
use bytes::Bytes;

/// Most bytes of a file as it lies in the bucket.
pub const MAX_STORED_BYTES: i64 = 32 * 1024 * 1024;

/// A file that cannot be read now.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// larger than the cap
    #[error("the file has {0} bytes; at most {MAX_STORED_BYTES}")]
    TooLarge(i64),
    /// the bucket did not give it
    #[error("the bucket did not give the file")]
    Unread(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Reads files of the import bucket, and no others.
pub trait ImportedFiles: Send + Sync {
    /// The whole file.
    fn read(&self, key: &str) -> impl Future<Output = Result<Bytes, FileError>> + Send;
}

/// The import bucket in S3.
#[derive(Clone, Debug)]
pub struct ImportBucket {
    client: Client,
    bucket: String,
}

impl ImportBucket {
    /// This bucket.
    pub fn new(client: Client, bucket: impl Into<String>) -> Self {
        Self {
            client,
            bucket: bucket.into(),
        }
    }
}

impl ImportedFiles for ImportBucket {
    async fn read(&self, key: &str) -> Result<Bytes, FileError> {
        let object = self
            .client
            .get_object()
            .bucket(&self.bucket)
            .key(key)
            .send()
            .await;
        let object = object.map_err(|error| FileError::Unread(Box::new(error)))?;
        let size = object.content_length().unwrap_or(0);
        if size > MAX_STORED_BYTES {
            return Err(FileError::TooLarge(size));
        }
        let body = object.body.collect().await;
        Ok(body
            .map_err(|error| FileError::Unread(Box::new(error)))?
            .into_bytes())
    }
}
