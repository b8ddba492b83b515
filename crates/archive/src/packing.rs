//! How records lie in an archive: as JSON files in a tar, or as one JSON file.

use std::io::{self, Write};

use activity_log_core::trail::format::Format;
use flate2::Compression;
use flate2::write::GzEncoder;
use ring::digest::{Context, SHA256};

/// gzip level. `tar czf` has 6; 5 by zlib-rs is 2% larger than that and takes less than half of gzip's
/// time, 4 would be 7% larger (measured: docs/decisions/0005).
const LEVEL: u32 = 5;
/// Most bytes of an archive's files in a tar; real events reach its most compressed bytes long before.
const TAR_BYTES: u64 = 4 << 30;
/// Most bytes of an archive that is one JSON file: tools read such a file whole, into memory.
const JSON_BYTES: u64 = 64 * 1024 * 1024;

/// What a JSON file begins and ends with.
const OPEN: &[u8] = b"{\"Records\":[";
const CLOSE: &[u8] = b"]}";

/// An archive, as far as it is written: pieces of records in, compressed bytes out.
pub(crate) enum Packing {
    /// a piece is a file
    Tar {
        /// what the files' names start with
        stem: String,
        files: u32,
        tar: tar::Builder<Hashed>,
    },
    /// a piece is some of the only file
    Json { file: Hashed, is_begun: bool },
}

impl Packing {
    pub fn new(stem: &str, format: Format) -> Self {
        match format {
            Format::TarGz => Self::Tar {
                stem: stem.to_owned(),
                files: 0,
                tar: tar::Builder::new(Hashed::new()),
            },
            Format::JsonGz => Self::Json {
                file: Hashed::new(),
                is_begun: false,
            },
        }
    }

    /// Most bytes that pieces may have together.
    pub const fn most_plain_bytes(&self) -> u64 {
        match self {
            Self::Tar { .. } => TAR_BYTES,
            Self::Json { .. } => JSON_BYTES,
        }
    }

    /// What comes before the first record of a piece.
    pub const fn opening(&self) -> &'static [u8] {
        match self {
            Self::Json { is_begun: true, .. } => b",",
            _ => OPEN,
        }
    }

    /// Takes a piece: an opening, and records with commas between them.
    pub fn add(&mut self, piece: &mut Vec<u8>) -> io::Result<()> {
        match self {
            Self::Tar { stem, files, tar } => {
                piece.extend_from_slice(CLOSE);
                *files += 1;
                let mut header = tar::Header::new_ustar();
                header.set_path(format!("{stem}_{files:04}.json"))?;
                header.set_size(piece.len() as u64);
                header.set_mode(0o644);
                header.set_mtime(0);
                header.set_uid(0);
                header.set_gid(0);
                header.set_cksum();
                tar.append(&header, piece.as_slice())
            }
            Self::Json { file, is_begun } => {
                *is_begun = true;
                file.write_all(piece)
            }
        }
    }

    /// Ends the archive; gives the bytes not yet taken, and the hex hash of it, decompressed.
    pub fn finish(self) -> io::Result<(Vec<u8>, String)> {
        let Hashed { gzip, hash } = match self {
            Self::Tar { tar, .. } => tar.into_inner()?,
            Self::Json { mut file, is_begun } => {
                if !is_begun {
                    file.write_all(OPEN)?;
                }
                file.write_all(CLOSE)?;
                file
            }
        };
        Ok((gzip.finish()?, hex::encode(hash.finish())))
    }

    /// Compressed bytes that are ready and not taken.
    pub fn ready(&self) -> &Vec<u8> {
        match self {
            Self::Tar { tar, .. } => tar.get_ref().gzip.get_ref(),
            Self::Json { file, .. } => file.gzip.get_ref(),
        }
    }

    /// The same, to be taken.
    pub fn ready_mut(&mut self) -> &mut Vec<u8> {
        match self {
            Self::Tar { tar, .. } => tar.get_mut().gzip.get_mut(),
            Self::Json { file, .. } => file.gzip.get_mut(),
        }
    }
}

/// Hashes what is written on its way into gzip: one member.
pub(crate) struct Hashed {
    gzip: GzEncoder<Vec<u8>>,
    /// ring's, which takes half of the time of the sha2 crate's
    hash: Context,
}

impl Hashed {
    fn new() -> Self {
        Self {
            gzip: GzEncoder::new(Vec::new(), Compression::new(LEVEL)),
            hash: Context::new(&SHA256),
        }
    }
}

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.gzip.write_all(bytes)?;
        self.hash.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
