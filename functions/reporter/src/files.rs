//! The port to the stack's own bucket: reports, plugins, and what is kept of a report between two runs.

use std::future::Future;

use activity_log_control::BoxError;
use serde::{Deserialize, Serialize};

/// The bucket did not do it; trying again may help.
#[derive(Debug, thiserror::Error)]
#[error("S3 {operation} of {key} failed")]
pub struct FilesError {
    /// the operation, by S3's name
    pub operation: &'static str,
    /// the object's key
    pub key: String,
    /// what lies behind it
    #[source]
    pub cause: BoxError,
}

/// Why an upload in parts does not go on.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// there is no such upload any more: it was completed, or given up
    #[error("the upload of {0} is gone")]
    Gone(String),
    /// the bucket did not do it
    #[error(transparent)]
    Files(#[from] FilesError),
}

/// What a read gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Read {
    /// the object's bytes
    Bytes(Vec<u8>),
    /// there is no such object
    Absent,
    /// it is larger than was allowed, with so many bytes; it was not read
    TooLarge(u64),
}

/// A part that was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// counted from 1
    pub number: i32,
    /// what S3 calls it
    pub tag: String,
    /// its checksum, where S3 gave one
    pub crc32: Option<String>,
}

/// Reads and writes objects. An object appears whole or not at all, and one of the same key is replaced.
pub trait Files: Send + Sync {
    /// An object of at most so many bytes.
    fn read(
        &self,
        key: &str,
        most_bytes: u64,
    ) -> impl Future<Output = Result<Read, FilesError>> + Send;

    /// Puts an object in one go.
    fn put(
        &self,
        key: &str,
        content_type: &str,
        body: Vec<u8>,
    ) -> impl Future<Output = Result<(), FilesError>> + Send;

    /// Begins an upload in parts; gives its id.
    fn begin(
        &self,
        key: &str,
        content_type: &str,
    ) -> impl Future<Output = Result<String, FilesError>> + Send;

    /// Sends a part, counted from 1; one of the same number is replaced.
    fn part(
        &self,
        key: &str,
        upload: &str,
        number: i32,
        body: Vec<u8>,
    ) -> impl Future<Output = Result<Part, UploadError>> + Send;

    /// Makes the object of its parts.
    fn complete(
        &self,
        key: &str,
        upload: &str,
        parts: &[Part],
    ) -> impl Future<Output = Result<(), UploadError>> + Send;

    /// Gives an upload up. What is left of one that cannot be given up, the bucket's lifecycle removes.
    fn abort(&self, key: &str, upload: &str) -> impl Future<Output = ()> + Send;

    /// Deletes an object, if it is there. What cannot be deleted, the bucket's lifecycle removes.
    fn delete(&self, key: &str) -> impl Future<Output = ()> + Send;
}
