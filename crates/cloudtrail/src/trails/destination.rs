//! Where a trail's archives go: rules of the bucket's name and of the prefix, and whether both the creator
//! and the service may write there.

use activity_log_control::{AccessKeys as _, KeyStatus, ProjectId, Projects as _};
use activity_log_core::account::AccountId;
use activity_log_core::trail::keys::Location;

use super::reference::Home;
use crate::denial;
use crate::error::{ApiError, Code, quoted};
use crate::operation::Call;
use crate::ports::{Ports, Storage as _, StorageRefusal};

/// Longest prefix, in characters, as in AWS.
const MAX_PREFIX_CHARS: usize = 200;
/// Longest prefix, in bytes: a digest's key adds up to 290 to it, and a key has at most 1,024.
const MAX_PREFIX_BYTES: usize = 700;

/// Checks the name by S3's rules.
pub fn check_bucket(name: &str) -> Result<(), ApiError> {
    let rule = if name.is_empty() {
        "it cannot be blank"
    } else if !(3..=63).contains(&name.len()) {
        "it must have 3 to 63 characters"
    } else if !name.bytes().all(allowed_in_bucket) {
        "it can only contain lowercase letters, numbers, periods (.), and hyphens (-)"
    } else if name.starts_with(['.', '-']) || name.ends_with(['.', '-']) {
        "it must start and end with a letter or number"
    } else if name.contains("..") {
        "it cannot contain two adjacent periods"
    } else if name.parse::<std::net::Ipv4Addr>().is_ok() {
        "it cannot be in IP address format"
    } else {
        return Ok(());
    };
    Err(ApiError::new(
        Code::client("InvalidS3BucketNameException"),
        format!("S3 bucket name {} is not valid: {rule}", quoted(name)),
    ))
}

fn allowed_in_bucket(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'-')
}

/// Checks what keys start with; an empty prefix is none.
///
/// Keys are `PREFIX/AWSLogs/…`. A `/` at either end would make an empty folder of it, which many tools
/// cannot show; taking it away unasked would make Terraform see a change at every plan. So it is refused.
pub fn check_prefix(prefix: &str) -> Result<(), ApiError> {
    let rule = if prefix.chars().count() > MAX_PREFIX_CHARS {
        format!("it cannot have more than {MAX_PREFIX_CHARS} characters")
    } else if prefix.len() > MAX_PREFIX_BYTES {
        format!("it cannot have more than {MAX_PREFIX_BYTES} bytes")
    } else if prefix.chars().any(char::is_control) {
        "it cannot contain control characters".to_owned()
    } else if prefix.starts_with('/') || prefix.ends_with('/') {
        "it cannot start or end with a slash (/); the one after it is added".to_owned()
    } else if prefix.contains("//") {
        "it cannot contain two adjacent slashes (/)".to_owned()
    } else {
        return Ok(());
    };
    Err(ApiError::new(
        Code::client("InvalidS3PrefixException"),
        format!("S3 key prefix {} is not valid: {rule}", quoted(prefix)),
    ))
}

/// Makes sure that archives of a trail of the caller can be delivered there; gives the AWS account that owns the bucket.
pub async fn admit<P: Ports>(
    call: &Call<'_, P>,
    bucket: &str,
    prefix: Option<&str>,
) -> Result<AccountId, ApiError> {
    let home = Home::of(call);
    let location = Location {
        prefix,
        account: home.account,
        region: home.region,
    };
    let admitted = try_storage(call, bucket, location).await?;
    admitted.map_err(|refusal| refused(refusal, bucket, location))
}

/// The seeds: whoever has no storage access in the bucket's project is told that the storage does not know the key.
async fn try_storage<P: Ports>(
    call: &Call<'_, P>,
    bucket: &str,
    location: Location<'_>,
) -> Result<Result<AccountId, StorageRefusal>, ApiError> {
    let (directory, principal) = (call.ports.directory(), call.principal);
    let unknown = Ok(Err(StorageRefusal::UnknownAccessKey));
    let place = directory.bucket_project(bucket).await;
    let project = match place.map_err(denial::unavailable)? {
        Some((account, project)) if account == location.account => project,
        Some(_) => return unknown,
        None => ProjectId::of_account(location.account),
    };
    let Some(key) = principal.access_key_id() else {
        return unknown;
    };
    if !principal.may_store_in(&project) {
        return unknown;
    }
    let creator = directory.access_key(key).await;
    match creator.map_err(denial::unavailable)? {
        Some(creator) if creator.key.status == KeyStatus::Active => {
            Ok(call.ports.storage().admit(&creator, bucket, location).await)
        }
        // Deleted or switched off since the request was let in.
        _ => unknown,
    }
}

fn refused(refusal: StorageRefusal, bucket: &str, location: Location<'_>) -> ApiError {
    let no_bucket = Code::client("S3BucketDoesNotExistException");
    match refusal {
        // The seeds' words.
        StorageRefusal::UnknownAccessKey => ApiError::new(
            Code::client("InvalidAccessKeyId"),
            "The AWS Access Key Id you provided does not exist in our records",
        ),
        StorageRefusal::NoSuchBucket => {
            ApiError::new(no_bucket, format!("S3 bucket {bucket} does not exist!"))
        }
        StorageRefusal::OtherRegion => ApiError::new(
            no_bucket,
            format!(
                "S3 bucket {bucket} does not exist in {}: it is in another region",
                location.region
            ),
        ),
        StorageRefusal::CreatorDenied(owner) => {
            let error = denied(bucket, location, "The caller's access key");
            let owner = format!(
                "{}. The bucket must belong to AWS account {owner}, as the key does",
                error.message()
            );
            ApiError::new(error.code(), owner)
        }
        StorageRefusal::ServiceDenied => denied(bucket, location, "The service"),
        StorageRefusal::Unavailable(cause) => ApiError::new(
            Code::INTERNAL_FAILURE,
            "The bucket could not be checked. Try again",
        )
        .caused_by(cause),
    }
}

fn denied(bucket: &str, location: Location<'_>, who: &str) -> ApiError {
    let prefix = location.prefix.map(|prefix| format!("{prefix}/"));
    let (prefix, account) = (prefix.unwrap_or_default(), location.account);
    ApiError::new(
        Code::client("InsufficientS3BucketPolicyException"),
        format!(
            "Incorrect S3 bucket policy is detected for bucket: {bucket}. {who} may not write there: allow s3:PutObject on {bucket}/{prefix}AWSLogs/{account}/*"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bucket_names_are_s3_s() {
        for good in ["abc", "my.logs-2026", &"a".repeat(63)] {
            assert!(check_bucket(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "ab",
            &"a".repeat(64),
            "Logs",
            "my_logs",
            "-logs",
            "logs.",
            "my..logs",
            "192.168.5.4",
            "журнал",
        ] {
            let error = check_bucket(bad).unwrap_err();
            assert_eq!(error.code().name(), "InvalidS3BucketNameException", "{bad}");
        }
        assert_eq!(
            check_bucket("Logs").unwrap_err().message(),
            "S3 bucket name 'Logs' is not valid: it can only contain lowercase letters, numbers, periods (.), and hyphens (-)"
        );
    }

    #[test]
    fn a_prefix_makes_no_empty_folder() {
        for good in ["", "a", "a/b c", &"é".repeat(200)] {
            assert!(check_prefix(good).is_ok(), "{good}");
        }
        for bad in [
            "/",
            "/a",
            "a/",
            "a//b",
            "a\nb",
            &"a".repeat(201),
            &"😀".repeat(176),
        ] {
            let error = check_prefix(bad).unwrap_err();
            assert_eq!(error.code().name(), "InvalidS3PrefixException", "{bad}");
        }
    }

    #[test]
    fn who_is_denied_is_told_what_to_allow() {
        let mut location = Location {
            prefix: Some("p/q"),
            account: "111122223333".parse().unwrap(),
            region: "us-east-1",
        };
        let message = |location| {
            let error = refused(StorageRefusal::ServiceDenied, "logs", location);
            error.message().to_owned()
        };
        assert_eq!(
            message(location),
            "Incorrect S3 bucket policy is detected for bucket: logs. The service may not write there: allow s3:PutObject on logs/p/q/AWSLogs/111122223333/*"
        );
        location.prefix = None;
        assert!(message(location).ends_with(" logs/AWSLogs/111122223333/*"));
    }
}
