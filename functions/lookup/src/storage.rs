//! Whether archives can be delivered into a bucket, found out by trying, as AWS does.
//!
//! Reading policies would not tell: what counts is whether an object can be written. So the creator's own
//! key writes an empty object where archives go to lie, and the service's role one where digests do. Both
//! stay; they are the empty folders that AWS's trails make.

use activity_log_cloudtrail::ports::{Storage, StorageRefusal};
use activity_log_control::Credential;
use activity_log_core::trail::keys::Location;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::{Credentials, IdentityCache};
use aws_sdk_s3::error::{ProvideErrorMetadata as _, SdkError};
use aws_sdk_s3::operation::put_object::PutObjectError;

/// The storage is S3.
#[derive(Clone, Debug)]
pub struct S3Storage {
    service: Client,
}

impl S3Storage {
    /// Over this client, which signs with the service's own role. Makes no request.
    pub fn new(service: Client) -> Self {
        Self { service }
    }

    /// A client that signs with the creator's key; connections are shared with the service's.
    fn of_creator(&self, creator: &Credential) -> Client {
        let (id, secret) = (creator.key.id.as_str(), creator.secret.expose());
        let credentials = Credentials::new(id, secret, None, None, "creator of a trail");
        let config = self.service.config().to_builder();
        let config = config
            .credentials_provider(credentials)
            // The service's cache would keep every creator's credentials as long as the function lives.
            .identity_cache(IdentityCache::no_cache());
        Client::from_conf(config.build())
    }
}

impl Storage for S3Storage {
    async fn admit(
        &self,
        creator: &Credential,
        bucket: &str,
        location: Location<'_>,
    ) -> Result<(), StorageRefusal> {
        let archives = location.folder("CloudTrail");
        write_empty(&self.of_creator(creator), bucket, archives)
            .await
            .map_err(|error| refusal(error, Writer::Creator))?;
        let digests = location.folder("CloudTrail-Digest");
        write_empty(&self.service, bucket, digests)
            .await
            .map_err(|error| refusal(error, Writer::Service))
    }
}

async fn write_empty(
    client: &Client,
    bucket: &str,
    key: String,
) -> Result<(), SdkError<PutObjectError>> {
    let put = client.put_object().bucket(bucket).key(key);
    put.send().await.map(|_| ())
}

#[derive(Clone, Copy)]
enum Writer {
    Creator,
    Service,
}

fn refusal(error: SdkError<PutObjectError>, writer: Writer) -> StorageRefusal {
    let code = error.as_service_error().and_then(|error| error.code());
    match (code, writer) {
        // A key id that the storage has with another secret is somebody else's key.
        (Some("InvalidAccessKeyId" | "SignatureDoesNotMatch"), Writer::Creator) => {
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
        (Some("AccessDenied" | "AllAccessDisabled"), Writer::Creator) => {
            StorageRefusal::CreatorDenied
        }
        (Some("AccessDenied" | "AllAccessDisabled"), Writer::Service) => {
            StorageRefusal::ServiceDenied
        }
        _ => StorageRefusal::Unavailable(Box::new(error)),
    }
}
