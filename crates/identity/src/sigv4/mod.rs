//! Signature V4 as the receiver sees it.
//!
//! AWS: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>.

mod authorization;
mod canonical;
mod date;
mod payload;

pub(crate) use authorization::Authorization;
pub(crate) use canonical::canonical_requests;
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

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::Request;

    use super::*;

    /// The worked example of AWS's General Reference, "Signature Version 4 signing process".
    #[test]
    fn the_documented_example() {
        let request = Request::get("/?Action=ListUsers&Version=2010-05-08")
            .header("host", "iam.amazonaws.com")
            .header(
                "content-type",
                "application/x-www-form-urlencoded; charset=utf-8",
            )
            .header("x-amz-date", "20150830T123600Z")
            .header(
                "authorization",
                "AWS4-HMAC-SHA256 \
                 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, \
                 SignedHeaders=content-type;host;x-amz-date, \
                 Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
            )
            .body(Bytes::new())
            .unwrap();
        let authorization = Authorization::of(request.headers(), "").unwrap();
        let hash = payload_hash(request.headers(), request.body()).unwrap();
        let canonical = canonical_requests(&request, &authorization, &hash).unwrap();
        let [canonical] = canonical.as_slice() else {
            panic!("one path, one request");
        };
        assert_eq!(
            sha256_hex(canonical.as_bytes()),
            "f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59"
        );
        let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
        assert_eq!(
            signature(&authorization, canonical, secret),
            authorization.signature
        );
    }
}
