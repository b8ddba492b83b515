//! The stack's own bucket in S3. It needs `s3:GetObject`, `s3:PutObject`, `s3:DeleteObject`,
//! `s3:AbortMultipartUpload`, and `s3:ListBucket`, without which S3 says "forbidden" of what is not there.

use std::time::Duration;

use activity_log_control::BoxError;
use activity_log_core::causes::chain;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::types::{ChecksumAlgorithm, CompletedMultipartUpload, CompletedPart};

use crate::files::{Files, FilesError, Part, Read, UploadError};

/// How long one attempt to send a part may take: 8 MiB at 280 KB/s.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);

/// A bucket.
#[derive(Clone, Debug)]
pub struct S3Files {
    client: Client,
    bucket: String,
}

impl S3Files {
    /// With this configuration, but more time for an attempt.
    pub fn new(config: aws_sdk_s3::config::Builder, bucket: impl Into<String>) -> Self {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(2))
            .operation_attempt_timeout(ATTEMPT_TIMEOUT)
            // Or the configuration's own ends it sooner than one attempt.
            .operation_timeout(2 * ATTEMPT_TIMEOUT);
        Self {
            client: Client::from_conf(config.timeout_config(timeouts.build()).build()),
            bucket: bucket.into(),
        }
    }
}

fn failed(operation: &'static str, key: &str, cause: impl Into<BoxError>) -> FilesError {
    FilesError {
        operation,
        key: key.to_owned(),
        cause: cause.into(),
    }
}

/// An upload that was completed or given up is told from a bucket that does not answer.
fn upload_failed<E, R>(operation: &'static str, key: &str, error: SdkError<E, R>) -> UploadError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    if error.code() == Some("NoSuchUpload") {
        UploadError::Gone(key.to_owned())
    } else {
        failed(operation, key, error).into()
    }
}

impl Files for S3Files {
    async fn read(&self, key: &str, most_bytes: u64) -> Result<Read, FilesError> {
        const OPERATION: &str = "GetObject";
        let get = self.client.get_object().bucket(&self.bucket).key(key);
        let object = match get.send().await {
            Ok(object) => object,
            Err(error) if error.code() == Some("NoSuchKey") => return Ok(Read::Absent),
            Err(error) => return Err(failed(OPERATION, key, error)),
        };
        let length = object
            .content_length()
            .and_then(|length| u64::try_from(length).ok());
        let length = length.ok_or_else(|| failed(OPERATION, key, "the object has no length"))?;
        if length > most_bytes {
            return Ok(Read::TooLarge(length));
        }
        // The SDK reads no more than the length.
        let body = object.body.collect().await;
        let body = body.map_err(|error| failed(OPERATION, key, error))?;
        Ok(Read::Bytes(body.into_bytes().into()))
    }

    async fn put(&self, key: &str, content_type: &str, body: Vec<u8>) -> Result<(), FilesError> {
        let put = self.client.put_object().bucket(&self.bucket).key(key);
        let put = put.content_type(content_type).body(body.into());
        put.send()
            .await
            .map_err(|error| failed("PutObject", key, error))?;
        Ok(())
    }

    async fn begin(&self, key: &str, content_type: &str) -> Result<String, FilesError> {
        const OPERATION: &str = "CreateMultipartUpload";
        let answer = self
            .client
            .create_multipart_upload()
            .bucket(&self.bucket)
            .key(key)
            .content_type(content_type)
            // What the SDK gives each part by itself; the whole must be told of it.
            .checksum_algorithm(ChecksumAlgorithm::Crc32)
            .send()
            .await;
        let begun = answer.map_err(|error| failed(OPERATION, key, error))?;
        begun
            .upload_id
            .ok_or_else(|| failed(OPERATION, key, "the upload has no id"))
    }

    async fn part(
        &self,
        key: &str,
        upload: &str,
        number: i32,
        body: Vec<u8>,
    ) -> Result<Part, UploadError> {
        let part = self.client.upload_part().bucket(&self.bucket).key(key);
        let part = part.upload_id(upload).part_number(number).body(body.into());
        let sent = part.send().await;
        let sent = sent.map_err(|error| upload_failed("UploadPart", key, error))?;
        Ok(Part {
            number,
            tag: sent.e_tag.unwrap_or_default(),
            crc32: sent.checksum_crc32,
        })
    }

    async fn complete(&self, key: &str, upload: &str, parts: &[Part]) -> Result<(), UploadError> {
        let parts = parts.iter().map(|part| {
            CompletedPart::builder()
                .part_number(part.number)
                .e_tag(&part.tag)
                .set_checksum_crc32(part.crc32.clone())
                .build()
        });
        let parts = CompletedMultipartUpload::builder().set_parts(Some(parts.collect()));
        let complete = self.client.complete_multipart_upload().bucket(&self.bucket);
        let complete = complete
            .key(key)
            .upload_id(upload)
            .multipart_upload(parts.build());
        let completed = complete.send().await;
        completed.map_err(|error| upload_failed("CompleteMultipartUpload", key, error))?;
        Ok(())
    }

    async fn abort(&self, key: &str, upload: &str) {
        let abort = self.client.abort_multipart_upload().bucket(&self.bucket);
        if let Err(error) = abort.key(key).upload_id(upload).send().await {
            tracing::warn!(
                key,
                cause = chain(&error),
                "an upload could not be given up"
            );
        }
    }

    async fn delete(&self, key: &str) {
        let delete = self.client.delete_object().bucket(&self.bucket);
        if let Err(error) = delete.key(key).send().await {
            tracing::warn!(key, cause = chain(&error), "an object could not be deleted");
        }
    }
}
