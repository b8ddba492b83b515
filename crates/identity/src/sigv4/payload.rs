//! The hash of the body.

use bytes::Bytes;
use http::HeaderMap;

use super::sha256_hex;
use crate::denied::Denied;

/// The body's SHA-256 in hexadecimal, which the canonical request ends with. A client that states a
/// hash must state this one.
pub(crate) fn payload_hash(headers: &HeaderMap, body: &Bytes) -> Result<String, Denied> {
    let hash = sha256_hex(body);
    for stated in headers.get_all("x-amz-content-sha256") {
        let stated = stated.as_bytes();
        if stated == b"UNSIGNED-PAYLOAD" || stated.starts_with(b"STREAMING-") {
            return Err(Denied::BadScope(
                "The payload must be signed: x-amz-content-sha256 must be the SHA-256 of the body."
                    .to_owned(),
            ));
        }
        if stated != hash.as_bytes() {
            return Err(Denied::BadScope(
                "The value of x-amz-content-sha256 does not match the SHA-256 of the body."
                    .to_owned(),
            ));
        }
    }
    Ok(hash)
}
