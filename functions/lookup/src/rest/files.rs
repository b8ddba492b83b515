//! Reports and plugins in the stack's own bucket.
//!
//! A link is signed with the function's own credentials, so it ends with them at the latest: a role's last hours,
//! our links minutes. Its host is the client's endpoint.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use activity_log_control::BoxError;
use activity_log_core::instant::Instant;
use activity_log_rest::ports::{DownloadLink, FileError, Files, UploadLink};
use aws_sdk_s3::Client;
use aws_sdk_s3::config::RequestChecksumCalculation;
use aws_sdk_s3::operation::head_object::HeadObjectError;
use aws_sdk_s3::presigning::{PresigningConfig, PresigningConfigError};
use bytes::Bytes;

/// The bucket is S3's. It needs `s3:PutObject` and `s3:GetObject` (links may do what their signer may) and
/// `s3:DeleteObject`; and `s3:ListBucket`, or an object that is not there is answered as one that may not be seen.
#[derive(Clone, Debug)]
pub struct S3Files {
    client: Client,
    bucket: String,
}

impl S3Files {
    /// This bucket. Makes no request.
    pub fn new(client: &Client, bucket: impl Into<String>) -> Self {
        let config = client.config().to_builder();
        // A link would else carry the checksum of an empty body, which no upload has.
        let config = config.request_checksum_calculation(RequestChecksumCalculation::WhenRequired);
        Self {
            client: Client::from_conf(config.build()),
            bucket: bucket.into(),
        }
    }
}

fn failed(operation: &'static str, key: &str, source: impl Into<BoxError>) -> FileError {
    FileError {
        operation,
        key: key.to_owned(),
        source: source.into(),
    }
}

fn presigning(now: Instant, seconds: u32) -> Result<PresigningConfig, PresigningConfigError> {
    // A link counts from a whole second.
    let since = Duration::from_secs(u64::try_from(now.seconds()).unwrap_or(0));
    let start: SystemTime = UNIX_EPOCH + since;
    PresigningConfig::builder()
        .start_time(start)
        .expires_in(Duration::from_secs(u64::from(seconds)))
        .build()
}

impl Files for S3Files {
    async fn put(&self, key: &str, body: Bytes) -> Result<(), FileError> {
        let put = self.client.put_object().bucket(&self.bucket).key(key);
        let put = put.content_type("application/wasm").body(body.into());
        let done = put.send().await;
        done.map(|_| ())
            .map_err(|error| failed("PutObject", key, error))
    }

    async fn size(&self, key: &str) -> Result<Option<u64>, FileError> {
        let head = self.client.head_object().bucket(&self.bucket).key(key);
        match head.send().await {
            // An object without a length is none that one could take.
            Ok(head) => Ok(head
                .content_length()
                .and_then(|bytes| u64::try_from(bytes).ok())),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(HeadObjectError::is_not_found) =>
            {
                Ok(None)
            }
            Err(error) => Err(failed("HeadObject", key, error)),
        }
    }

    async fn delete(&self, key: &str) -> Result<(), FileError> {
        let delete = self.client.delete_object().bucket(&self.bucket).key(key);
        let done = delete.send().await;
        done.map(|_| ())
            .map_err(|error| failed("DeleteObject", key, error))
    }

    async fn download_link(&self, link: DownloadLink<'_>) -> Result<String, FileError> {
        let refused = |error| failed("GetObject", link.key, error);
        let presigning =
            presigning(link.now, link.seconds).map_err(|error| refused(error.into()))?;
        let disposition = format!("attachment; filename=\"{}\"", link.file_name);
        let get = self.client.get_object().bucket(&self.bucket).key(link.key);
        let get = get
            .response_content_disposition(disposition)
            .response_content_type(link.content_type);
        let signed = get.presigned(presigning).await;
        let signed = signed.map_err(|error| refused(BoxError::from(error)))?;
        Ok(signed.uri().to_owned())
    }

    async fn upload_link(&self, link: UploadLink<'_>) -> Result<String, FileError> {
        let refused = |error| failed("PutObject", link.key, error);
        let presigning =
            presigning(link.now, link.seconds).map_err(|error| refused(error.into()))?;
        let length = link.size_bytes.map(i64::try_from).transpose();
        let length = length.map_err(|error| refused(BoxError::from(error)))?;
        let put = self.client.put_object().bucket(&self.bucket).key(link.key);
        let signed = put.set_content_length(length).presigned(presigning).await;
        let signed = signed.map_err(|error| refused(BoxError::from(error)))?;
        Ok(signed.uri().to_owned())
    }
}
