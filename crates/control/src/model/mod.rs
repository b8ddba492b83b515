//! What the control table holds, as types.

pub(crate) mod access_key;
pub(crate) mod account;
pub(crate) mod digest_key;
pub(crate) mod document;
pub(crate) mod due;
pub(crate) mod grant;
pub(crate) mod limits;
pub(crate) mod outbox;
pub(crate) mod plugins;
pub(crate) mod project;
pub(crate) mod rate;
pub(crate) mod reports;
pub(crate) mod session;
pub(crate) mod subscription;
pub(crate) mod token;
pub(crate) mod unproven;
pub(crate) mod usage;
pub(crate) mod user;
