//! From a request to a principal, by a signature or by a token.

use activity_log_control::{
    AccessKeyId, AccessKeys, Credential, KeyStatus, StoreError, Token, Tokens,
};
use activity_log_core::instant::Instant;
use bytes::Bytes;
use http::Request;
use http::header::{AUTHORIZATION, HeaderName};
use subtle::ConstantTimeEq as _;
use time::Duration;

use crate::denied::Denied;
use crate::endpoint::Endpoint;
use crate::principal::Principal;
use crate::sigv4::{AmzDate, Authorization, canonical_requests, payload_hash, signature};

/// OpenStack's header, and VK's.
const X_AUTH_TOKEN: HeaderName = HeaderName::from_static("x-auth-token");
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
    #[error("{denied}")]
    Denied {
        /// what the client hears
        denied: Denied,
        /// whom the caller claims to be and has not shown to be: the user of the key that did not give the signature,
        /// or of a token that is good no more. For that account's log; `None` if it names nobody we know
        claimed: Option<Box<Principal>>,
    },
    /// Nothing is known about the caller: the control table or KMS did not answer. To be logged;
    /// the client is told to try again.
    #[error("the caller cannot be authenticated now")]
    Unavailable(#[from] StoreError),
}

impl From<Denied> for AuthenticationError {
    fn from(denied: Denied) -> Self {
        Self::Denied {
            denied,
            claimed: None,
        }
    }
}

fn refused(denied: Denied, claimed: impl Into<Principal>) -> AuthenticationError {
    AuthenticationError::Denied {
        denied,
        claimed: Some(Box::new(claimed.into())),
    }
}

/// The principal who sent this request: signed with an access key, or with a token in `X-Auth-Token`; `directory`
/// knows both. A signature must be made for `endpoint`.
///
/// The body must be the whole body as it was sent, before any `Content-Encoding` is undone.
pub async fn authenticate<D: AccessKeys + Tokens>(
    request: &Request<Bytes>,
    now: Instant,
    directory: &D,
    endpoint: &Endpoint,
) -> Result<Principal, AuthenticationError> {
    let headers = request.headers();
    match (
        headers.contains_key(X_AUTH_TOKEN),
        headers.contains_key(AUTHORIZATION),
    ) {
        (true, true) => Err(Denied::Incomplete(
            "Send either an Authorization header or X-Auth-Token, not both.".to_owned(),
        )
        .into()),
        (true, false) => by_token(request, now, directory).await,
        (false, _) => by_signature(request, now, directory, endpoint).await,
    }
}

async fn by_token<D: Tokens>(
    request: &Request<Bytes>,
    now: Instant,
    tokens: &D,
) -> Result<Principal, AuthenticationError> {
    let mut sent = request.headers().get_all(X_AUTH_TOKEN).iter();
    let (Some(text), None) = (sent.next(), sent.next()) else {
        return Err(Denied::Incomplete("Send X-Auth-Token once.".to_owned()).into());
    };
    let token = text
        .to_str()
        .ok()
        .and_then(|text| text.parse::<Token>().ok());
    let token = token.ok_or(Denied::InvalidToken)?;
    let credential = tokens.token(token.account, &token.id).await?;
    // Hashes of what is random: equal time tells nothing, and costs nothing.
    let (expected, given) = (
        credential.as_ref().map(|found| found.token.hash),
        token.hash(),
    );
    let matches = expected.is_some_and(|hash| bool::from(hash.0.ct_eq(&given.0)));
    match credential {
        Some(credential) if matches && credential.token.expires > now => Ok(credential.into()),
        Some(credential) if matches => Err(refused(Denied::InvalidToken, credential)),
        // A wrong secret is a guess, which the account's log need not hear of: the token's id is in no answer.
        _ => Err(Denied::InvalidToken.into()),
    }
}

async fn by_signature<D: AccessKeys>(
    request: &Request<Bytes>,
    now: Instant,
    keys: &D,
    endpoint: &Endpoint,
) -> Result<Principal, AuthenticationError> {
    let query = request.uri().query().unwrap_or_default();
    let authorization = Authorization::of(request.headers(), query)?;
    check_coverage(&authorization, request)?;
    check_time(authorization.date, AmzDate::of(now))?;
    check_service(&authorization)?;
    endpoint.expect_region(authorization.region)?;
    endpoint.expect_host(request.headers())?;
    let hash = payload_hash(request.headers(), request.body())?;
    let canonical = canonical_requests(request, &authorization, &hash)?;

    let credential = if request.headers().contains_key("x-amz-security-token") {
        // We issue no session tokens, so this one is of another world, as is its key.
        None
    } else {
        find(authorization.access_key_id, keys).await?
    };
    let secret = credential
        .as_ref()
        .map_or(DUMMY_SECRET, |credential| credential.secret.expose());
    let given = authorization.signature.as_bytes();
    let mut matches = false;
    for canonical in &canonical {
        let expected = signature(&authorization, canonical, secret);
        matches |= bool::from(expected.as_bytes().ct_eq(given));
    }
    match credential {
        None => Err(Denied::UnknownKey.into()),
        // To the caller as if there were no such key; its account's log hears who still uses it.
        Some(credential) if credential.key.status != KeyStatus::Active => Err(if matches {
            refused(Denied::UnknownKey, credential)
        } else {
            Denied::UnknownKey.into()
        }),
        Some(credential) if !matches => Err(refused(Denied::Mismatch, credential)),
        Some(credential) => Ok(credential.into()),
    }
}

/// The key of this id, active or not.
async fn find<K: AccessKeys>(id: &str, keys: &K) -> Result<Option<Credential>, StoreError> {
    let Ok(id) = id.parse::<AccessKeyId>() else {
        return Ok(None);
    };
    keys.access_key(&id).await
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
