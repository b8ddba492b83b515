//! The port to where digests and archives lie.

use std::collections::HashMap;
use std::error::Error;
use std::ops::ControlFlow;

/// Reads buckets. A trail's digests may name objects of an earlier bucket of the trail.
pub trait Buckets {
    /// Why there is no answer.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Gives keys to `take`, in ascending order, until it has all of the range or `take` breaks off.
    fn list(
        &self,
        bucket: &str,
        range: &KeyRange,
        take: impl FnMut(String) -> ControlFlow<()>,
    ) -> impl Future<Output = Result<(), Self::Error>>;

    /// An object, unless it has more than `max_bytes`. An error is about the bucket: then there is no use
    /// in asking for another object.
    fn get(
        &self,
        bucket: &str,
        key: &str,
        max_bytes: u64,
    ) -> impl Future<Output = Result<Fetched, Self::Error>>;
}

/// Which keys: those that start with `prefix`, come after `after`, and not after `until`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRange {
    /// what they start with
    pub prefix: String,
    /// excluded; `None`: from the first
    pub after: Option<String>,
    /// included
    pub until: String,
}

impl KeyRange {
    /// Whether the range has this key.
    pub fn contains(&self, key: &str) -> bool {
        key.starts_with(&self.prefix)
            && self.after.as_deref().is_none_or(|after| key > after)
            && key <= self.until.as_str()
    }
}

/// What became of a request for an object.
#[derive(Debug)]
pub enum Fetched {
    /// it is there
    Object(Object),
    /// there is no such object, or no such bucket
    Missing,
    /// it has more bytes than asked for
    TooLarge,
    /// it is there and is not given out, though others may be
    Refused(Box<dyn Error + Send + Sync>),
}

/// An object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// its bytes
    pub body: Vec<u8>,
    /// its own metadata (S3: `x-amz-meta-…` without that), names in lower case
    pub metadata: HashMap<String, String>,
}
