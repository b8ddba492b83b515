//! Our check of Signature V4 against the signer of AWS's SDK.

mod accepted;
mod permissions;
mod properties;
mod refused;
mod signer;
mod tokens;
