//! The files in a tar, where they lie: for those who read archives whole.

use std::io;

/// Most entries of a tar, files or not. An archive of the service's has up to some 1,000.
pub const MAX_ENTRIES: usize = 10_000;
/// Where the header of a tar's first entry says what it is, and what it says.
const MAGIC: (usize, &[u8]) = (257, b"ustar");

/// Why the files of a tar cannot be told.
#[derive(Debug, thiserror::Error)]
pub enum TarFault {
    /// cut off, or no tar
    #[error("not a whole tar file")]
    Broken(#[from] io::Error),
    /// too many entries
    #[error("the tar has more than {MAX_ENTRIES} entries")]
    TooManyEntries,
}

/// Whether these bytes are a tar. No JSON is.
pub fn is_tar(bytes: &[u8]) -> bool {
    let (at, magic) = MAGIC;
    bytes.get(at..at + magic.len()) == Some(magic)
}

/// The contents of a tar's files, in their order. What they are called says nothing; what is no file (a folder, a link)
/// holds nothing.
pub fn files(bytes: &[u8]) -> Result<Vec<&[u8]>, TarFault> {
    let mut files = Vec::new();
    let mut archive = tar::Archive::new(bytes);
    for (number, entry) in archive.entries()?.enumerate() {
        if number >= MAX_ENTRIES {
            return Err(TarFault::TooManyEntries);
        }
        let entry = entry?;
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let place = |bytes: u64| usize::try_from(bytes).ok();
        let from = place(entry.raw_file_position());
        let file = from.zip(place(entry.size()));
        let file = file.and_then(|(from, size)| bytes.get(from..from.checked_add(size)?));
        files.push(file.ok_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof))?);
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(tar: &mut tar::Builder<Vec<u8>>, name: &str, kind: tar::EntryType, content: &[u8]) {
        let mut header = tar::Header::new_ustar();
        header.set_entry_type(kind);
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, name, content).unwrap();
    }

    #[test]
    fn files_are_read_whatever_they_are_called_and_nothing_else() {
        let mut tar = tar::Builder::new(Vec::new());
        add(&mut tar, "folder", tar::EntryType::Directory, b"");
        add(&mut tar, "folder/a.json", tar::EntryType::Regular, b"one");
        add(&mut tar, "link", tar::EntryType::Symlink, b"");
        let long = "n".repeat(300);
        add(&mut tar, &long, tar::EntryType::Regular, &[7; 1_000]);
        let bytes = tar.into_inner().unwrap();
        assert!(is_tar(&bytes));
        assert_eq!(files(&bytes).unwrap(), [&b"one"[..], &[7; 1_000]]);
        // Cut within the last file, which ends before the two blocks of the end.
        let cut = &bytes[..bytes.len() - 1_024 - 600];
        assert_eq!(files(cut).unwrap_err().to_string(), "not a whole tar file");
    }

    #[test]
    fn json_is_no_tar() {
        assert!(!is_tar(b"{}") && !is_tar(&[b' '; 10_000]));
        assert!(files(&[7; 1_024]).is_err());
    }

    #[test]
    fn entries_are_capped_whatever_they_are() {
        let mut tar = tar::Builder::new(Vec::new());
        for _ in 0..=MAX_ENTRIES {
            add(&mut tar, "folder", tar::EntryType::Directory, b"");
        }
        let fault = files(&tar.into_inner().unwrap()).unwrap_err();
        assert_eq!(fault.to_string(), "the tar has more than 10000 entries");
    }
}
