//! The finished workbook's temporary file, which may not grow beyond what the sheets left of the disk.

use std::fs::File;
use std::io::{self, BufWriter, Seek as _, Write};
use std::path::Path;

/// A temporary file without a name and with a cap.
pub struct CappedFile {
    file: BufWriter<File>,
    bytes: u64,
    cap: u64,
    is_full: bool,
}

impl CappedFile {
    /// An empty one in this folder.
    pub fn create(folder: &Path, cap: u64) -> io::Result<Self> {
        Ok(Self {
            file: BufWriter::with_capacity(64 * 1024, tempfile::tempfile_in(folder)?),
            bytes: 0,
            cap,
            is_full: false,
        })
    }

    /// Whether a write was refused because of the cap.
    pub const fn is_full(&self) -> bool {
        self.is_full
    }

    /// The file, at its start, and its length.
    pub fn into_file(self) -> io::Result<(File, u64)> {
        let mut file = self.file.into_inner()?;
        file.rewind()?;
        Ok((file, self.bytes))
    }
}

impl Write for CappedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes + bytes.len() as u64 > self.cap {
            self.is_full = true;
            return Err(io::ErrorKind::QuotaExceeded.into());
        }
        let written = self.file.write(bytes)?;
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn a_file_ends_at_its_cap() {
        let mut file = CappedFile::create(&std::env::temp_dir(), 5).unwrap();
        file.write_all(b"12345").unwrap();
        assert!(!file.is_full());
        assert!(file.write_all(b"6").is_err());
        assert!(file.is_full());
        let (mut file, bytes) = file.into_file().unwrap();
        let mut text = String::new();
        file.read_to_string(&mut text).unwrap();
        assert_eq!((text.as_str(), bytes), ("12345", 5));
    }
}
