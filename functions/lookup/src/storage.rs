//! Whether archives can be delivered into a bucket, found out by trying, as AWS does.
//!
//! Reading policies would not tell: what counts is whether an object can be written. So the creator's own
//! key writes an empty object where archives go to lie, and the service's role one where digests do. Both
//! stay; they are the empty folders that AWS's trails make.
//!
//! Whose bucket it may be, STS tells: the AWS account of the creator's key. Every write says that the bucket must be
//! that account's, these two and all of the archiver's.

use activity_log_cloudtrail::ports::{Storage, StorageRefusal};
use activity_log_control::Credential;
use activity_log_core::account::AccountId;
use activity_log_core::trail::keys::Location;
use aws_sdk_s3::Client as S3;
use aws_sdk_s3::config::{Credentials, IdentityCache};
use aws_sdk_s3::error::{ProvideErrorMetadata as _, SdkError};
use aws_sdk_s3::operation::put_object::PutObjectError;
use aws_sdk_sts::Client as Sts;
use aws_sdk_sts::operation::get_caller_identity::GetCallerIdentityError;

/// The storage is S3.
#[derive(Clone, Debug)]
pub struct S3Storage {
    s3: S3,
    sts: Sts,
}

/// STS named no AWS account.
#[derive(Debug, thiserror::Error)]
#[error("STS named no AWS account")]
struct Nameless;

impl S3Storage {
    /// Over these clients, the first of which signs with the service's own role. Makes no request.
    pub fn new(s3: S3, sts: Sts) -> Self {
        Self { s3, sts }
    }

    /// The AWS account of the creator's key.
    async fn account_of(&self, creator: &Credential) -> Result<AccountId, StorageRefusal> {
        let config = self.sts.config().to_builder();
        let config = config
            .credentials_provider(credentials(creator))
            .identity_cache(IdentityCache::no_cache());
        let sts = Sts::from_conf(config.build());
        let told = sts.get_caller_identity().send().await;
        let told = told.map_err(unidentified)?;
        let account = told.account().and_then(|account| account.parse().ok());
        account.ok_or_else(|| StorageRefusal::Unavailable(Box::new(Nameless)))
    }

    /// A client that signs with the creator's key; connections are shared with the service's.
    fn of_creator(&self, creator: &Credential) -> S3 {
        let config = self.s3.config().to_builder();
        let config = config
            .credentials_provider(credentials(creator))
            // The service's cache would keep every creator's credentials as long as the function lives.
            .identity_cache(IdentityCache::no_cache());
        S3::from_conf(config.build())
    }
}

fn credentials(creator: &Credential) -> Credentials {
    let (id, secret) = (creator.key.id.as_str(), creator.secret.expose());
    Credentials::new(id, secret, None, None, "creator of a trail")
}

impl Storage for S3Storage {
    async fn admit(
        &self,
        creator: &Credential,
        bucket: &str,
        location: Location<'_>,
    ) -> Result<AccountId, StorageRefusal> {
        let owner = self.account_of(creator).await?;
        let archives = location.folder("CloudTrail");
        write_empty(&self.of_creator(creator), (bucket, owner), archives)
            .await
            .map_err(|error| refusal(error, Writer::Creator(owner)))?;
        let digests = location.folder("CloudTrail-Digest");
        write_empty(&self.s3, (bucket, owner), digests)
            .await
            .map_err(|error| refusal(error, Writer::Service))?;
        Ok(owner)
    }
}

async fn write_empty(
    client: &S3,
    (bucket, owner): (&str, AccountId),
    key: String,
) -> Result<(), SdkError<PutObjectError>> {
    let put = client.put_object().bucket(bucket).key(key);
    let put = put.expected_bucket_owner(owner.as_str());
    put.send().await.map(|_| ())
}

/// A key id that AWS has with another secret is somebody else's key.
fn unidentified(error: SdkError<GetCallerIdentityError>) -> StorageRefusal {
    match error.as_service_error().and_then(|error| error.code()) {
        Some("InvalidClientTokenId" | "InvalidAccessKeyId" | "SignatureDoesNotMatch") => {
            StorageRefusal::UnknownAccessKey
        }
        _ => StorageRefusal::Unavailable(Box::new(error)),
    }
}

#[derive(Clone, Copy)]
enum Writer {
    /// of this AWS account
    Creator(AccountId),
    Service,
}

fn refusal(error: SdkError<PutObjectError>, writer: Writer) -> StorageRefusal {
    let code = error.as_service_error().and_then(|error| error.code());
    match (code, writer) {
        (Some("InvalidAccessKeyId" | "SignatureDoesNotMatch"), Writer::Creator(_)) => {
            StorageRefusal::UnknownAccessKey
        }
        (Some("NoSuchBucket"), _) => StorageRefusal::NoSuchBucket,
        (
            Some(
                "PermanentRedirect"
                | "AuthorizationHeaderMalformed"
                | "IllegalLocationConstraintException",
            ),
            _,
        ) => StorageRefusal::OtherRegion,
        (Some("AccessDenied" | "AllAccessDisabled"), Writer::Creator(account)) => {
            StorageRefusal::CreatorDenied(account)
        }
        (Some("AccessDenied" | "AllAccessDisabled"), Writer::Service) => {
            StorageRefusal::ServiceDenied
        }
        _ => StorageRefusal::Unavailable(Box::new(error)),
    }
}
