//! Who calls, and whether they may.
//!
//! [`authenticate`] turns a request signed with AWS Signature V4, or with a token in `X-Auth-Token`, into a
//! [`Principal`]; [`Gate`] does, and counts it against a limit of the account; [`authorize`] says whether the
//! principal has the permission an operation needs, and the account a subscription. Both refuse with
//! a [`Denied`], whose code and message are those AWS clients know. A control table that does not
//! answer is never a refusal but [`AuthenticationError::Unavailable`]: the client may try again.
//!
//! # What is checked of a signed request, in this order
//!
//! 1. There is one `Authorization` header, of algorithm `AWS4-HMAC-SHA256`, complete. Presigned
//!    URLs are refused by name.
//! 2. `host`, and `x-amz-target` where it is sent (it names the operation), are signed.
//! 3. `X-Amz-Date` is within 5 minutes of our clock, and its date is the credential scope's.
//! 4. The scope's service is `cloudtrail`, for every API here, and its region this stack's; the host is one of the
//!    stack's ([`Endpoint`]).
//! 5. `x-amz-content-sha256`, where it is sent, is the hash of this very body. The body's hash is
//!    part of what is signed in any case; unsigned and chunked-signature payloads are refused.
//! 6. The access key exists, is active, and its secret gives this signature.
//!
//! An unknown key takes the same steps with a dummy secret, and as many reads; it and an inactive
//! key give one answer. Signatures are compared in constant time. What remains visible is what AWS
//! shows too: an unknown key and a wrong secret have different codes.
//!
//! # What is checked of a token
//!
//! That it has a token's shape, is the only one of the request and not beside a signature; that its record is there,
//! as is its user; that its secret has the record's hash, compared in constant time; that it has not expired. All of
//! these are one answer.
//!
//! # Why not `scratchstack-aws-signature`
//!
//! That library (0.11.4) checks Signature V4 on the server's side and was to be used here. It does
//! not encode the path a second time when it builds the canonical request, as every service but S3
//! must: it maps `%20` to `%20` where a signer writes `%2520`. So it refuses each request of the
//! AWS SDKs, of botocore and of curl whose path has an escape in it. (It also maps `+` in a path to
//! a space.) Besides, its clock skew is fixed at S3's 15 minutes, its codes are those of the query
//! protocols (`SignatureDoesNotMatch`, `InvalidClientTokenId`) and not the JSON protocol's, it does
//! not look at `x-amz-content-sha256`, and it brings regex, chrono, tower and a second HMAC. What
//! is left to write without it is the canonical request, [`sigv4`]; the signing key and the HMAC
//! come from AWS's own `aws-sigv4`, whose *signer* is what the tests check ours against.

mod authenticate;
mod authorize;
mod denied;
mod endpoint;
mod gate;
mod principal;
pub mod sigv4;

pub use authenticate::{AuthenticationError, authenticate};
pub use authorize::{authorize, expect_subscription};
pub use denied::Denied;
pub use endpoint::Endpoint;
pub use gate::{Admit, Gate};
pub use principal::{Principal, Through};
