//! What is wrong with stored bytes.

/// Stored bytes that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Damaged {
    /// written by a later version, or not by us
    #[error("format version {0} is not known")]
    Version(u8),
    /// not as postcard writes them, or cannot be written so
    #[error("the bytes do not decode")]
    Encoding(#[source] postcard::Error),
    /// not as zstd writes them, or cannot be written so
    #[error("the bytes do not decompress")]
    Compression(#[source] std::io::Error),
    /// parts disagree with each other
    #[error("{0}")]
    Inconsistent(&'static str),
}
