//! From a signed request to a principal.

use activity_log_control::{AccessKeyId, AccessKeys, Credential, KeyStatus, StoreError};
use activity_log_core::instant::Instant;
use bytes::Bytes;
use http::Request;
use subtle::ConstantTimeEq as _;
use time::Duration;

use crate::denied::Denied;
use crate::principal::Principal;
use crate::sigv4::{AmzDate, Authorization, canonical_request, payload_hash, signature};

/// The service every scope must name. Events are sent under it too: a client has one to configure.
const SERVICE: &str = "cloudtrail";
/// How far a client's clock may be off: AWS allows 5 minutes, S3 alone 15.
const SKEW: Duration = Duration::minutes(5);
/// Headers that a signature must cover if they are sent: the host, and what names the operation.
const MUST_BE_SIGNED: [&str; 2] = ["host", "x-amz-target"];
/// Stands in for the secret of a key that does not exist. No key has it: it is too short.
const DUMMY_SECRET: &str = "-";

/// Why there is no principal.
#[derive(Debug, thiserror::Error)]
pub enum AuthenticationError {
    /// The caller is refused.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// Nothing is known about the caller: the control table or KMS did not answer. To be logged;
    /// the client is told to try again.
    #[error("the caller cannot be authenticated now")]
    Unavailable(#[from] StoreError),
}

/// The principal who signed this request, with an access key found in `keys`.
///
/// The body must be the whole body as it was sent, before any `Content-Encoding` is undone.
pub async fn authenticate<K: AccessKeys>(
    request: &Request<Bytes>,
    now: Instant,
    keys: &K,
) -> Result<Principal, AuthenticationError> {
    let query = request.uri().query().unwrap_or_default();
    let authorization = Authorization::of(request.headers(), query)?;
    check_coverage(&authorization, request)?;
    check_time(authorization.date, AmzDate::of(now))?;
    check_service(&authorization)?;
    let hash = payload_hash(request.headers(), request.body())?;
    let canonical = canonical_request(request, &authorization, &hash)?;

    let credential = if request.headers().contains_key("x-amz-security-token") {
        // We issue no session tokens, so this one is of another world, as is its key.
        None
    } else {
        find(authorization.access_key_id, keys).await?
    };
    let secret = credential
        .as_ref()
        .map_or(DUMMY_SECRET, |credential| credential.secret.expose());
    let expected = signature(&authorization, &canonical, secret);
    let matches = bool::from(
        expected
            .as_bytes()
            .ct_eq(authorization.signature.as_bytes()),
    );
    match credential {
        None => Err(Denied::UnknownKey.into()),
        Some(_) if !matches => Err(Denied::Mismatch.into()),
        Some(credential) => Ok(Principal {
            account: credential.account,
            user: credential.user.name,
            permissions: credential.user.permissions,
            access_key_id: credential.key.id,
        }),
    }
}

/// The active key of this id.
async fn find<K: AccessKeys>(id: &str, keys: &K) -> Result<Option<Credential>, StoreError> {
    let Ok(id) = id.parse::<AccessKeyId>() else {
        return Ok(None);
    };
    let found = keys.access_key(&id).await?;
    Ok(found.filter(|credential| credential.key.status == KeyStatus::Active))
}

fn check_coverage(
    authorization: &Authorization<'_>,
    request: &Request<Bytes>,
) -> Result<(), Denied> {
    for header in MUST_BE_SIGNED {
        let is_sent = header == "host" || request.headers().contains_key(header);
        if is_sent && !authorization.signs(header) {
            return Err(Denied::BadScope(format!(
                "'{header}' must be a 'SignedHeader' in the AWS Authorization."
            )));
        }
    }
    Ok(())
}

fn check_time(signed: AmzDate, now: AmzDate) -> Result<(), Denied> {
    let earliest = now.plus(-SKEW);
    let latest = now.plus(SKEW);
    if signed < earliest {
        return Err(Denied::Expired {
            signed,
            earliest,
            now,
        });
    }
    if signed > latest {
        return Err(Denied::NotYetCurrent {
            signed,
            latest,
            now,
        });
    }
    Ok(())
}

fn check_service(authorization: &Authorization<'_>) -> Result<(), Denied> {
    if authorization.service == SERVICE {
        Ok(())
    } else {
        Err(Denied::BadScope(format!(
            "Credential should be scoped to correct service: '{SERVICE}'."
        )))
    }
}
