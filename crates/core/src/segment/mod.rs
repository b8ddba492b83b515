//! Segments: events of one account, one minute and one class, in columns and bodies.

pub mod bodies;
pub mod build;
pub mod columns;
mod compressed;
pub mod dictionary;
pub mod matching;
mod numbers;
pub mod ranks;
pub mod resources;
mod stored;
mod texts;
mod unique;
pub mod valued;
pub mod view;

/// Stored bytes that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Damaged {
    /// written by a later version, or not by us
    #[error("format version {0} is not known")]
    Version(u8),
    /// the columns do not decode
    #[error("the columns do not decode")]
    Columns(#[source] postcard::Error),
    /// the columns do not decompress
    #[error("the columns do not decompress")]
    Compressed(#[source] std::io::Error),
    /// the bodies do not decompress
    #[error("the bodies do not decompress")]
    Bodies(#[source] std::io::Error),
    /// parts disagree with each other
    #[error("{0}")]
    Inconsistent(&'static str),
}

/// The fingerprint of an event id: the first 8 bytes of its SHA-256.
pub fn fingerprint(id: &str) -> [u8; 8] {
    use sha2::Digest as _;
    let mut print = [0; 8];
    print.copy_from_slice(&sha2::Sha256::digest(id)[..8]);
    print
}

#[cfg(test)]
mod tests;
