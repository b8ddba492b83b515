//! Signature V4 as the receiver sees it.
//!
//! AWS: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>.

mod authorization;
mod canonical;
mod date;
mod payload;

pub(crate) use authorization::Authorization;
pub(crate) use canonical::canonical_request;
pub(crate) use payload::payload_hash;

pub use date::AmzDate;

use aws_sigv4::sign::v4::{calculate_signature, generate_signing_key};
use sha2::{Digest as _, Sha256};

/// The only algorithm.
pub(crate) const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// The last part of a credential scope.
pub(crate) const TERMINATOR: &str = "aws4_request";

/// The signature that `secret` gives, in hexadecimal.
pub(crate) fn signature(
    authorization: &Authorization<'_>,
    canonical_request: &str,
    secret: &str,
) -> String {
    let signed = authorization.date;
    let string_to_sign = format!(
        "{ALGORITHM}\n{signed}\n{}/{}/{}/{TERMINATOR}\n{}",
        signed.day(),
        authorization.region,
        authorization.service,
        sha256_hex(canonical_request.as_bytes())
    );
    let key = generate_signing_key(
        secret,
        signed.system_time(),
        authorization.region,
        authorization.service,
    );
    calculate_signature(key, string_to_sign.as_bytes())
}

fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}
