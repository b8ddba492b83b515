//! Bodies: decompressed within a cap, and taken apart into records.

mod file;
mod gzip;
mod records;

pub use file::file_records;
pub use gzip::decompress;
pub use records::{Records, records};

use activity_log_archive::files::TarFault;

/// Most bytes of a body, decompressed.
pub const MAX_BODY_BYTES: usize = 16 * 1024 * 1024;
/// Most bytes of an imported file, decompressed. CloudTrail's own files stay below 50 MB.
pub const MAX_FILE_BYTES: usize = 128 * 1024 * 1024;
/// Most records of a body.
pub const MAX_RECORDS: usize = 10_000;
/// Most records of an imported file.
pub const MAX_FILE_RECORDS: usize = 500_000;

/// A body that cannot be taken apart. Nothing of it is stored.
#[derive(Debug, thiserror::Error)]
pub enum PayloadError {
    /// decompressed, it is larger than the cap
    #[error("the body is over {0} bytes when decompressed")]
    TooLarge(usize),
    /// more records than the cap
    #[error("the body holds {count} records; at most {cap} at once")]
    TooMany {
        /// how many it holds
        count: usize,
        /// the cap
        cap: usize,
    },
    /// an encoding other than gzip
    #[error("Content-Encoding \"{0}\" is not served: send gzip, or none")]
    Encoding(String),
    /// broken gzip
    #[error("the body is not whole gzip data")]
    Gzip(#[source] std::io::Error),
    /// not UTF-8
    #[error("the body is not UTF-8")]
    Utf8(#[source] std::str::Utf8Error),
    /// neither shape
    #[error(
        "the body is not {{\"Records\": [...]}}, a JSON array, or one JSON object a line (line {}, column {})",
        .0.line(),
        .0.column()
    )]
    Shape(#[source] serde_json::Error),
    /// a tar that cannot be read
    #[error("the file cannot be unpacked")]
    Tar(#[from] TarFault),
    /// no record at all
    #[error("the body holds no record")]
    Empty,
}
