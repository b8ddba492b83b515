//! Customers' buckets in S3.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use activity_log_archive::uploads::{DeliveryError, Target, Uploads};
use activity_log_core::causes::chain;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::types::{ChecksumAlgorithm, CompletedMultipartUpload, CompletedPart};

/// How long one attempt to send a part may take: 8 MiB at 140 KB/s.
const ATTEMPT_TIMEOUT: Duration = Duration::from_mins(1);

/// Puts objects into buckets. It needs `s3:PutObject` and `s3:AbortMultipartUpload`.
///
/// Every request says which AWS account the bucket must belong to: to S3, one of another account's is denied, as if it
/// might not be written to. Nothing is asked without that to tell the two apart: whoever owns the bucket now reads in
/// their access log what is asked, and the key says whose archive of when it is.
#[derive(Clone, Debug)]
pub struct S3Buckets {
    client: Client,
}

impl S3Buckets {
    /// With this configuration, but more time for an attempt.
    pub fn new(config: aws_sdk_s3::config::Builder) -> Self {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(2))
            .operation_attempt_timeout(ATTEMPT_TIMEOUT)
            // Or the configuration's own ends it sooner than one attempt.
            .operation_timeout(2 * ATTEMPT_TIMEOUT);
        Self {
            client: Client::from_conf(config.timeout_config(timeouts.build()).build()),
        }
    }
}

/// The storage's own code, which the customer knows what to do about.
fn failed<E, R>(error: SdkError<E, R>) -> DeliveryError
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    R: fmt::Debug + Send + Sync + 'static,
{
    let code = match &error {
        SdkError::ServiceError(_) => error.code().unwrap_or("UnknownError"),
        SdkError::TimeoutError(_) => "RequestTimeout",
        SdkError::DispatchFailure(_) => "ConnectionFailure",
        _ => "UnknownError",
    };
    DeliveryError {
        code: code.to_owned(),
        cause: Box::new(error),
    }
}

impl Uploads for S3Buckets {
    type Part = CompletedPart;

    async fn put(
        &self,
        target: &Target,
        body: Vec<u8>,
        metadata: &[(&str, String)],
    ) -> Result<(), DeliveryError> {
        let mut put = self
            .client
            .put_object()
            .bucket(&target.bucket)
            .expected_bucket_owner(target.owner.as_str())
            .key(&target.key)
            .content_type(target.content.kind())
            .set_content_encoding(target.content.encoding().map(str::to_owned))
            .body(body.into());
        for (name, value) in metadata {
            put = put.metadata(*name, value);
        }
        put.send().await.map_err(failed)?;
        Ok(())
    }

    async fn begin(&self, target: &Target) -> Result<String, DeliveryError> {
        let begun = self
            .client
            .create_multipart_upload()
            .bucket(&target.bucket)
            .expected_bucket_owner(target.owner.as_str())
            .key(&target.key)
            .content_type(target.content.kind())
            .set_content_encoding(target.content.encoding().map(str::to_owned))
            // What the SDK gives each part by itself; the whole must be told of it.
            .checksum_algorithm(ChecksumAlgorithm::Crc32)
            .send()
            .await;
        let begun = begun.map_err(failed)?;
        begun.upload_id.ok_or_else(|| DeliveryError {
            code: "UnknownError".to_owned(),
            cause: "the upload has no id".into(),
        })
    }

    async fn part(
        &self,
        target: &Target,
        upload: &str,
        number: i32,
        body: Vec<u8>,
    ) -> Result<CompletedPart, DeliveryError> {
        let sent = self
            .client
            .upload_part()
            .bucket(&target.bucket)
            .expected_bucket_owner(target.owner.as_str())
            .key(&target.key)
            .upload_id(upload)
            .part_number(number)
            .body(body.into())
            .send()
            .await;
        let sent = sent.map_err(failed)?;
        Ok(CompletedPart::builder()
            .part_number(number)
            .set_e_tag(sent.e_tag)
            .set_checksum_crc32(sent.checksum_crc32)
            .build())
    }

    async fn complete(
        &self,
        target: &Target,
        upload: &str,
        parts: Vec<CompletedPart>,
    ) -> Result<(), DeliveryError> {
        let parts = CompletedMultipartUpload::builder().set_parts(Some(parts));
        let completed = self
            .client
            .complete_multipart_upload()
            .bucket(&target.bucket)
            .expected_bucket_owner(target.owner.as_str())
            .key(&target.key)
            .upload_id(upload)
            .multipart_upload(parts.build())
            .send()
            .await;
        completed.map_err(failed)?;
        Ok(())
    }

    async fn abort(&self, target: &Target, upload: &str) {
        let aborted = self
            .client
            .abort_multipart_upload()
            .bucket(&target.bucket)
            .expected_bucket_owner(target.owner.as_str())
            .key(&target.key)
            .upload_id(upload)
            .send()
            .await;
        if let Err(error) = aborted {
            tracing::warn!(cause = chain(&error), "an upload could not be given up");
        }
    }
}
