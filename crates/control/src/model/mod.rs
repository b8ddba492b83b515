//! What the control table holds, as types.

pub(crate) mod access_key;
pub(crate) mod account;
pub(crate) mod digest_key;
pub(crate) mod document;
pub(crate) mod limits;
pub(crate) mod plugins;
pub(crate) mod reports;
pub(crate) mod subscription;
pub(crate) mod user;
