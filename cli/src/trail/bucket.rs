//! Buckets in S3, with the caller's own credentials.

use std::collections::HashMap;
use std::error::Error;
use std::ops::ControlFlow;

use activity_log_digest::verify::bucket::{Buckets, Fetched, KeyRange, Object};
use aws_sdk_s3::Client;
use aws_sdk_s3::config::{Builder, ResponseChecksumValidation};
use aws_sdk_s3::error::{ProvideErrorMetadata as _, SdkError};
use aws_sdk_s3::operation::get_object::{GetObjectError, GetObjectOutput};
use aws_sdk_s3::primitives::ByteStreamError;

/// S3, or what speaks like it at `AWS_ENDPOINT_URL_S3`.
#[derive(Debug)]
pub struct S3(Client);

/// S3 did not answer, or did not let us.
#[derive(Debug, thiserror::Error)]
pub enum S3Error {
    /// with one of its errors
    #[error("S3 answered {0}")]
    Refused(String, #[source] Box<dyn Error + Send + Sync>),
    /// not at all
    #[error("S3 did not answer")]
    Unanswered(#[source] Box<dyn Error + Send + Sync>),
}

/// S3 does not give out an object.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// with one of its errors, in its words
    #[error("{code}: {message}")]
    Code {
        /// such as `InvalidObjectState`
        code: String,
        /// for people
        message: String,
    },
    /// in the midst of it
    #[error("the object broke off")]
    BrokeOff(#[source] ByteStreamError),
}

/// Most of an error's message that is told.
const MAX_MESSAGE_CHARS: usize = 300;

/// Codes of statuses from 400 to 499 that are about who asks, or when, and not about one object.
const NOT_OF_AN_OBJECT: &[&str] = &[
    "ExpiredToken",
    "InvalidAccessKeyId",
    "InvalidToken",
    "RequestTimeTooSkewed",
    "RequestTimeout",
    "SignatureDoesNotMatch",
    "TokenRefreshRequired",
    "TooManyRequests",
];

impl S3 {
    /// With the credentials, region and endpoint of the environment or profile.
    pub async fn from_env() -> Result<Self, activity_log_aws::ConfigError> {
        let config = activity_log_aws::from_env().await?;
        let config = Builder::from(&config)
            // Every S3 takes paths; names before the host need DNS for each bucket.
            .force_path_style(true)
            // What is verified is verified here: a body that differs from S3's own checksum is a finding
            // like any other, not an error of the transport.
            .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
            .build();
        Ok(Self(Client::from_conf(config)))
    }
}

impl Buckets for S3 {
    type Error = S3Error;

    async fn list(
        &self,
        bucket: &str,
        range: &KeyRange,
        mut take: impl FnMut(String) -> ControlFlow<()>,
    ) -> Result<(), S3Error> {
        let mut pages = self
            .0
            .list_objects_v2()
            .bucket(bucket)
            .prefix(&range.prefix)
            .set_start_after(range.after.clone())
            .into_paginator()
            .send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| failed(error.code().map(str::to_owned), error))?;
            let listed = page.contents.unwrap_or_default();
            for key in listed.into_iter().filter_map(|object| object.key) {
                if key > range.until || (range.contains(&key) && take(key).is_break()) {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    async fn get(&self, bucket: &str, key: &str, max_bytes: u64) -> Result<Fetched, S3Error> {
        let answer = self.0.get_object().bucket(bucket).key(key).send().await;
        match answer {
            Ok(object) => Ok(match read(object, max_bytes).await {
                Ok(fetched) => fetched,
                Err(error) => Fetched::Refused(Box::new(Refusal::BrokeOff(error))),
            }),
            Err(error) => match error.code() {
                Some("NoSuchKey" | "NoSuchBucket") => Ok(Fetched::Missing),
                Some(code) if is_of_object(code, &error) => {
                    let message = error.message().unwrap_or_default();
                    Ok(Fetched::Refused(Box::new(Refusal::Code {
                        code: code.to_owned(),
                        message: message.chars().take(MAX_MESSAGE_CHARS).collect(),
                    })))
                }
                code => Err(failed(code.map(str::to_owned), error)),
            },
        }
    }
}

/// Whether other objects may still be given out. Storages answer 500 where they have lost one; 503 and its
/// like are about all of them.
fn is_of_object(code: &str, error: &SdkError<GetObjectError>) -> bool {
    let status = error
        .raw_response()
        .map(|response| response.status().as_u16());
    status.is_some_and(|status| (400..=500).contains(&status)) && !NOT_OF_AN_OBJECT.contains(&code)
}

async fn read(object: GetObjectOutput, max_bytes: u64) -> Result<Fetched, ByteStreamError> {
    let mut stream = object.body;
    let mut body = Vec::new();
    while let Some(piece) = stream.try_next().await? {
        if (body.len() + piece.len()) as u64 > max_bytes {
            return Ok(Fetched::TooLarge);
        }
        body.extend_from_slice(&piece);
    }
    let metadata: HashMap<String, String> = object.metadata.unwrap_or_default();
    let lower = |(name, value): (String, String)| (name.to_ascii_lowercase(), value);
    Ok(Fetched::Object(Object {
        body,
        metadata: metadata.into_iter().map(lower).collect(),
    }))
}

fn failed(code: Option<String>, error: impl Error + Send + Sync + 'static) -> S3Error {
    match code {
        Some(code) => S3Error::Refused(code, Box::new(error)),
        None => S3Error::Unanswered(Box::new(error)),
    }
}
