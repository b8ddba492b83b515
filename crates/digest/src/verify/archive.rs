//! Reading one archive: whether it is what its digest says, and what is in it.
//!
//! It is decompressed twice, in pieces: once to compare the hash, and only if that is the one in the
//! signed digest, once more to read it. So what is parsed was written by the service.

use std::collections::HashSet;
use std::io::{self, Read as _};

use activity_log_core::event::identity;
use activity_log_core::instant::Instant;
use activity_log_core::object::Object;
use activity_log_core::trail::format::Format;
use flate2::bufread::GzDecoder;
use ring::digest::{Context, SHA256};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::gzip::{GzipFault, unpack};

/// Most bytes of an archive as stored; the archiver keeps under 50 MB.
pub const MAX_ARCHIVE_BYTES: u64 = 64 * 1024 * 1024;
/// Most bytes of an archive, decompressed; the archiver keeps under 4 GiB.
const MAX_PLAIN_BYTES: u64 = 8 * 1024 * 1024 * 1024;
/// Most bytes of a JSON file: 64 MiB and one more record of 256 KB. The archiver ends one in a tar with the record that
/// passes 4 MiB, and keeps one that is the whole archive under 64 MiB.
const MAX_ENTRY_BYTES: u64 = (64 + 1) * 1024 * 1024;

/// Why an archive is not what its digest says.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveFault {
    /// too many bytes as stored
    #[error("more than {MAX_ARCHIVE_BYTES} bytes")]
    TooLarge,
    /// not what is decompressed
    #[error(transparent)]
    Gzip(#[from] GzipFault),
    /// changed
    #[error("its content has the hash {found}, not {expected}")]
    Hash {
        /// what the digest says
        expected: String,
        /// what is there
        found: String,
    },
    /// not a tar file
    #[error("not a tar file")]
    Tar(#[source] io::Error),
    /// too large a JSON file
    #[error("{entry} has more than {MAX_ENTRY_BYTES} bytes")]
    EntryTooLarge {
        /// which
        entry: String,
    },
    /// a file is not JSON of `{"Records":[…]}`
    #[error("{entry} is not a JSON file of records")]
    Json {
        /// which
        entry: String,
        /// why
        source: serde_json::Error,
    },
    /// a record of which nobody can say which event it is
    #[error("record {number} of {entry} has no time or no id")]
    Anonymous {
        /// which file
        entry: String,
        /// counts from 1
        number: usize,
    },
}

/// What is in an archive.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// how many events
    pub events: u64,
    /// those among them that had been seen before
    pub repeated: u64,
    /// time and id of the first of these
    pub first_repeated: Option<(Instant, String)>,
}

/// The events seen so far, by 16 bytes of the hash of their time and id: exactly-once is promised for the
/// trail, not for an archive. Takes some 20 to 40 bytes of memory an event.
#[derive(Debug, Default)]
pub struct Seen(HashSet<[u8; 16]>);

impl Seen {
    /// Notes an event; says whether it is new.
    fn note(&mut self, time: Instant, id: &str) -> bool {
        let mut hash = Context::new(&SHA256);
        hash.update(&time.millis().to_be_bytes());
        hash.update(id.as_bytes());
        let mut short = [0; 16];
        short.copy_from_slice(&hash.finish().as_ref()[..16]);
        self.0.insert(short)
    }
}

/// Reads an archive of this format that should have this hash.
pub fn read(
    body: &[u8],
    format: Format,
    sha256: &str,
    seen: &mut Seen,
) -> Result<Contents, ArchiveFault> {
    let mut hash = Context::new(&SHA256);
    unpack(body, MAX_PLAIN_BYTES, |piece| hash.update(piece))?;
    let found = hex::encode(hash.finish());
    if found != sha256 {
        let expected = sha256.to_owned();
        return Err(ArchiveFault::Hash { expected, found });
    }
    let mut contents = Contents::default();
    match format {
        Format::TarGz => read_tar(body, seen, &mut contents)?,
        Format::JsonGz => read_json(body, seen, &mut contents)?,
    }
    Ok(contents)
}

/// The only file of an archive.
fn read_json(body: &[u8], seen: &mut Seen, contents: &mut Contents) -> Result<(), ArchiveFault> {
    let entry = "what it holds".to_owned();
    let mut text = Vec::new();
    let mut plain = GzDecoder::new(body).take(MAX_ENTRY_BYTES + 1);
    plain.read_to_end(&mut text).map_err(GzipFault::Broken)?;
    if text.len() as u64 > MAX_ENTRY_BYTES {
        return Err(ArchiveFault::EntryTooLarge { entry });
    }
    read_file(&text, entry, seen, contents)
}

/// The files in a tar.
fn read_tar(body: &[u8], seen: &mut Seen, contents: &mut Contents) -> Result<(), ArchiveFault> {
    let mut archive = tar::Archive::new(GzDecoder::new(body));
    let mut text = Vec::new();
    for entry in archive.entries().map_err(ArchiveFault::Tar)? {
        let mut entry = entry.map_err(ArchiveFault::Tar)?;
        let name = format!("{} in it", String::from_utf8_lossy(&entry.path_bytes()));
        if entry.size() > MAX_ENTRY_BYTES {
            return Err(ArchiveFault::EntryTooLarge { entry: name });
        }
        text.clear();
        entry.read_to_end(&mut text).map_err(ArchiveFault::Tar)?;
        read_file(&text, name, seen, contents)?;
    }
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct File<'a> {
    #[serde(borrow)]
    records: Vec<&'a RawValue>,
}

fn read_file(
    text: &[u8],
    entry: String,
    seen: &mut Seen,
    contents: &mut Contents,
) -> Result<(), ArchiveFault> {
    let file = match serde_json::from_slice(text) {
        Ok(Object::<File<'_>>(file)) => file,
        Err(source) => return Err(ArchiveFault::Json { entry, source }),
    };
    for (at, record) in file.records.into_iter().enumerate() {
        let Some((time, id)) = identity(record.get()) else {
            let number = at + 1;
            return Err(ArchiveFault::Anonymous { entry, number });
        };
        contents.events += 1;
        if !seen.note(time, &id) {
            contents.repeated += 1;
            contents
                .first_repeated
                .get_or_insert((time, id.into_owned()));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use sha2::{Digest as _, Sha256};

    use super::*;
    use crate::testing::{gzip, tar};

    fn check(tar: &[u8]) -> Result<Contents, String> {
        let sha256 = hex::encode(Sha256::digest(tar));
        read(&gzip(tar), Format::TarGz, &sha256, &mut Seen::default())
            .map_err(|fault| fault.to_string())
    }

    #[test]
    fn records_of_every_dialect_are_counted_and_known_again() {
        let cloudtrail = r#"{"eventTime":"2026-11-20T12:00:00Z","eventID":"1","timestamp":7}"#;
        let same = r#"{"eventID":"\u0031","eventTime":"2026-11-20T15:00:00.0+03:00"}"#;
        let vk = r#"{"timestamp":"2026-11-20T12:00:00Z","event_id":"2","eventID":null}"#;
        let ngn = r#"{"eventTime":1795176000.25,"eventID":"3","\ud800":1}"#;
        let one = format!("{{\"Records\":[{cloudtrail},{vk},{ngn}]}}");
        let two = format!("{{\"Records\":[{same}]}}");
        let contents = check(&tar(&[("1.json", &one), ("2.json", &two)])).unwrap();
        let noon = Instant::parse("2026-11-20T12:00:00Z").unwrap();
        let expected = Contents {
            events: 4,
            repeated: 1,
            first_repeated: Some((noon, "1".to_owned())),
        };
        assert_eq!(contents, expected);
        assert_eq!(check(&tar(&[])).unwrap(), Contents::default());
    }

    #[test]
    fn what_is_not_records_is_named() {
        for (file, why) in [
            ("{}", "a.json in it is not a JSON file of records"),
            ("[", "a.json in it is not a JSON file of records"),
            ("[[]]", "a.json in it is not a JSON file of records"),
            (
                r#"{"Records":[{"eventTime":"2026-11-20T12:00:00Z"}]}"#,
                "record 1 of a.json in it has no time or no id",
            ),
            (
                r#"{"Records":[{"eventTime":"noon","eventID":"1"}]}"#,
                "record 1 of a.json in it has no time or no id",
            ),
        ] {
            assert_eq!(check(&tar(&[("a.json", file)])), Err(why.to_owned()));
        }
        assert_eq!(check(&[7; 512]), Err("not a tar file".to_owned()));
    }

    #[test]
    fn one_json_file_is_read_as_one_in_a_tar_is() {
        let check = |text: &str| {
            let sha256 = hex::encode(Sha256::digest(text));
            let read = read(
                &gzip(text.as_bytes()),
                Format::JsonGz,
                &sha256,
                &mut Seen::default(),
            );
            read.map_err(|fault| fault.to_string())
        };
        let one = r#"{"eventTime":"2026-11-20T12:00:00Z","eventID":"1"}"#;
        let contents = check(&format!("{{\"Records\":[{one},{one}]}}")).unwrap();
        assert_eq!((contents.events, contents.repeated), (2, 1));
        for (text, why) in [
            ("{}", "what it holds is not a JSON file of records"),
            (
                r#"{"Records":[]}{}"#,
                "what it holds is not a JSON file of records",
            ),
            (
                r#"{"Records":[{}]}"#,
                "record 1 of what it holds has no time or no id",
            ),
        ] {
            assert_eq!(check(text), Err(why.to_owned()));
        }
        let larger = format!("{{\"Records\":[{one}]}}{}", " ".repeat(65 * 1024 * 1024));
        assert_eq!(
            check(&larger),
            Err("what it holds has more than 68157440 bytes".to_owned())
        );
    }

    #[test]
    fn a_file_may_pass_its_size_by_a_record() {
        let size = 64 * 1024 * 1024 + 256_000;
        let record = r#"{"eventTime":"2026-11-20T12:00:00Z","eventID":"1"}"#;
        let records = format!("{{\"Records\":[{record}]}}");
        let of = |bytes| records.clone() + &" ".repeat(bytes - records.len());
        assert_eq!(check(&tar(&[("a.json", &of(size))])).unwrap().events, 1);
        let larger = of(65 * 1024 * 1024 + 1);
        assert_eq!(
            check(&tar(&[("a.json", &larger)])),
            Err("a.json in it has more than 68157440 bytes".to_owned())
        );
    }

    #[test]
    fn the_hash_is_compared_before_anything_is_read() {
        let fault = read(&gzip(b"x"), Format::JsonGz, "00", &mut Seen::default()).unwrap_err();
        assert_eq!(
            fault.to_string(),
            format!(
                "its content has the hash {}, not 00",
                hex::encode(Sha256::digest(b"x"))
            )
        );
    }
}
