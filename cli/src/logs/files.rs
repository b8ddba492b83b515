//! Finding and reading log files.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use activity_log_archive::files::{TarFault, files, is_tar};
use activity_log_core::object::Object;
use flate2::read::MultiGzDecoder;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::record::Record;

/// The longest file, decompressed, in bytes.
const MAX_FILE_BYTES: u64 = 1 << 30;
/// What names of log files in a directory end in: CloudTrail's, a trail's of either format, or exports.
const ENDINGS: [&str; 3] = [".json", ".json.gz", ".tar.gz"];
/// What a gzip stream begins with.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Why nothing is sent.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The file or directory cannot be read.
    #[error("cannot read {}", .0.display())]
    Unreadable(PathBuf, #[source] io::Error),
    /// The file is longer than this tool takes.
    #[error("{} is longer than {MAX_FILE_BYTES} bytes, decompressed", .0.display())]
    TooLarge(PathBuf),
    /// The file is not JSON.
    #[error("{} is not a file of JSON records", .0.display())]
    NotJson(PathBuf, #[source] serde_json::Error),
    /// The file is no tar of log files.
    #[error("{} is not a tar of files of JSON records", .0.display())]
    NotTar(PathBuf, #[source] TarFault),
    /// There are no log files in the directory.
    #[error("no *.json, *.json.gz or *.tar.gz in {}", .0.display())]
    NoFiles(PathBuf),
}

/// What files hold.
#[derive(Debug, Default)]
pub struct Found {
    /// The records, in the order of the files' paths.
    pub records: Vec<Record>,
    /// How many files, or lines of files, are a trail's digests: they lie beside its logs, and hold no record.
    pub digests: usize,
}

/// What all the files hold.
pub fn read_all(paths: &[PathBuf]) -> Result<Found, FileError> {
    let mut found = Found::default();
    for file in find(paths)? {
        read(&file, &mut found)?;
    }
    Ok(found)
}

/// What to say of digests, if there are any.
pub fn passed_over(digests: usize) -> Option<String> {
    match digests {
        0 => None,
        1 => Some("note: 1 digest of a trail was passed over".to_owned()),
        _ => Some(format!(
            "note: {digests} digests of a trail were passed over"
        )),
    }
}

/// The files named, and those in the directories named.
fn find(paths: &[PathBuf]) -> Result<Vec<PathBuf>, FileError> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let before = files.len();
        search(path, &mut files)?;
        if files.len() == before {
            return Err(FileError::NoFiles(path.clone()));
        }
    }
    files.sort();
    files.dedup();
    Ok(files)
}

fn search(directory: &Path, files: &mut Vec<PathBuf>) -> Result<(), FileError> {
    let unreadable = |error| FileError::Unreadable(directory.to_owned(), error);
    for entry in directory.read_dir().map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let name = path.to_string_lossy();
        if path.is_dir() {
            search(&path, files)?;
        } else if ENDINGS.iter().any(|ending| name.ends_with(ending)) {
            files.push(path);
        }
    }
    Ok(())
}

fn read(path: &Path, found: &mut Found) -> Result<(), FileError> {
    let unreadable = |error| FileError::Unreadable(path.to_owned(), error);
    let bytes = decompressed(path).map_err(unreadable)?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(FileError::TooLarge(path.to_owned()));
    }
    let files = if is_tar(&bytes) {
        files(&bytes).map_err(|fault| FileError::NotTar(path.to_owned(), fault))?
    } else {
        vec![&*bytes]
    };
    let mut index = 0;
    for file in files {
        parse(path, file, &mut index, found)
            .map_err(|error| FileError::NotJson(path.to_owned(), error))?;
    }
    Ok(())
}

/// The file's bytes, and at most one more than it may have.
fn decompressed(path: &Path) -> io::Result<Vec<u8>> {
    let mut file = BufReader::new(File::open(path)?);
    let mut start = [0; 2];
    let read = file.by_ref().take(2).read(&mut start)?;
    let start = &start[..read];
    let whole = start.chain(file);
    let mut bytes = Vec::new();
    if start == GZIP {
        MultiGzDecoder::new(whole)
            .take(MAX_FILE_BYTES + 1)
            .read_to_end(&mut bytes)?;
    } else {
        whole.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, rename = "Records")]
    records: Option<Vec<&'a RawValue>>,
}

/// What only a digest has, CloudTrail's or ours.
#[derive(Deserialize)]
struct Digest {
    #[serde(rename = "digestStartTime")]
    _start: IgnoredAny,
    #[serde(rename = "digestEndTime")]
    _end: IgnoredAny,
    #[serde(rename = "logFiles")]
    _log_files: IgnoredAny,
}

fn is_digest(text: &str) -> bool {
    text.starts_with('{') && serde_json::from_str::<Object<Digest>>(text).is_ok()
}

/// One or more JSON values: an envelope or an array holds records, a digest none, anything else is one. Records are
/// counted from `index` on: those of a tar's files go on.
fn parse(
    path: &Path,
    bytes: &[u8],
    index: &mut usize,
    found: &mut Found,
) -> Result<(), serde_json::Error> {
    let file: Arc<Path> = Arc::from(path);
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut digests = 0;
    let mut push = |text: &str| {
        found.records.push(Record::new(&file, *index, text));
        *index += 1;
    };
    for value in serde_json::Deserializer::from_slice(bytes).into_iter::<&RawValue>() {
        let value = value?.get();
        let list: Option<Vec<&RawValue>> = match value.as_bytes() {
            [b'[', ..] => Some(serde_json::from_str(value)?),
            [b'{', ..] => serde_json::from_str(value)
                .ok()
                .and_then(|Object(envelope): Object<Envelope<'_>>| envelope.records),
            _ => None,
        };
        match list {
            Some(list) => list.into_iter().for_each(|record| push(record.get())),
            None if is_digest(value) => digests += 1,
            None => push(value),
        }
    }
    found.digests += digests;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn texts(bytes: &[u8]) -> Vec<String> {
        let mut found = Found::default();
        parse(Path::new("x"), bytes, &mut 0, &mut found).unwrap();
        let records = found.records;
        let indexes: Vec<_> = records.iter().map(|record| record.index).collect();
        assert_eq!(indexes, (0..records.len()).collect::<Vec<_>>());
        records
            .iter()
            .map(|record| record.text.to_string())
            .collect()
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn envelope_array_and_lines_hold_the_same_records() {
        let expected = [r#"{"a": 1}"#, r#"{"b":[ 2.0 ]}"#];
        let [a, b] = expected;
        for text in [
            format!(r#"{{"Records":[{a},{b}]}}"#),
            format!("{{\"version\":1,\n \"Records\": [ {a} , {b} ] }}\n"),
            format!(" [{a},\n{b}] "),
            format!("{a}\n{b}\n"),
            format!("{a}\r\n\r\n{b}"),
            format!("\u{feff}{{\"Records\":[{a}]}}\n[{b}]"),
        ] {
            assert_eq!(texts(text.as_bytes()), expected, "{text}");
        }
        assert_eq!(texts(br#"{"Records":[]}"#), [""; 0]);
        assert_eq!(texts(b"\n"), [""; 0]);
    }

    #[test]
    fn what_is_odd_is_kept_for_the_service_to_judge() {
        assert_eq!(texts(br#"{"Records":1}"#), [r#"{"Records":1}"#]);
        assert_eq!(texts(br#"{"Records":[1,null]}"#), ["1", "null"]);
        assert_eq!(texts(b"1 \"x\""), ["1", "\"x\""]);
    }

    #[test]
    fn digests_are_counted_and_no_records() {
        let digest =
            r#"{"awsAccountId":"1","digestStartTime":"a","digestEndTime":"b","logFiles":[]}"#;
        let mut found = Found::default();
        let text = format!("{digest}\n{{\"eventName\":\"a\"}}\n{{\"digestStartTime\":\"a\"}}");
        parse(Path::new("x"), text.as_bytes(), &mut 0, &mut found).unwrap();
        assert_eq!((found.records.len(), found.digests), (2, 1));
        assert_eq!(passed_over(0), None);
        assert!(passed_over(1).unwrap().contains("1 digest of"));
        assert!(passed_over(2).unwrap().contains("2 digests of"));
    }

    #[test]
    fn directories_are_searched_and_files_are_told_by_content() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        std::fs::create_dir_all(at("2026/11")).unwrap();
        std::fs::write(at("2026/11/b.json.gz"), gzip(br#"{"Records":[{"n":2}]}"#)).unwrap();
        let mut members = gzip(b"{\"n\":0}\n");
        members.extend(gzip(b"{\"n\":1}\n"));
        std::fs::write(at("2026/a.json"), members).unwrap();
        std::fs::write(at("2026/readme.txt"), "no record").unwrap();
        std::fs::write(at("c.log"), "{\"n\":3}").unwrap();

        let read = |paths: &[PathBuf]| {
            let records = read_all(paths).unwrap().records;
            records
                .into_iter()
                .map(|record| record.text.to_string())
                .collect::<Vec<_>>()
        };
        assert_eq!(read(&[at("")]), [r#"{"n":2}"#, r#"{"n":0}"#, r#"{"n":1}"#]);
        // Twice named is once read; a file named need not end in .json.
        assert_eq!(
            read(&[at("c.log"), at("2026/11"), at("2026/11/b.json.gz")]),
            [r#"{"n":2}"#, r#"{"n":3}"#]
        );
    }

    /// A tar of files of these contents, as a trail's archive is.
    fn tar(files: &[&str]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for content in files {
            let mut header = [0; 512];
            header[..6].copy_from_slice(b"a.json");
            header[124..135].copy_from_slice(format!("{:011o}", content.len()).as_bytes());
            header[156] = b'0';
            header[257..263].copy_from_slice(b"ustar\0");
            header[148..156].fill(b' ');
            let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
            header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
            bytes.extend(header);
            bytes.extend(content.as_bytes());
            bytes.resize(bytes.len().next_multiple_of(512), 0);
        }
        bytes.extend([0; 1_024]);
        bytes
    }

    #[test]
    fn a_synced_bucket_is_read_whatever_format_its_trail_had() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        let digest = r#"{"digestStartTime":"a","digestEndTime":"b","logFiles":[]}"#;
        std::fs::create_dir_all(at("CloudTrail")).unwrap();
        std::fs::create_dir_all(at("CloudTrail-Digest")).unwrap();
        let archive = gzip(&tar(&[
            r#"{"Records":[{"n":0},{"n":1}]}"#,
            r#"{"Records":[{"n":2}]}"#,
        ]));
        std::fs::write(at("CloudTrail/T1205Z.tar.gz"), archive).unwrap();
        let file = gzip(br#"{"Records":[{"n":3}]}"#);
        std::fs::write(at("CloudTrail/T1210Z.json.gz"), file).unwrap();
        std::fs::write(
            at("CloudTrail-Digest/T1300Z.json.gz"),
            gzip(digest.as_bytes()),
        )
        .unwrap();
        let found = read_all(&[at("")]).unwrap();
        let told = found
            .records
            .iter()
            .map(|one| (one.index, one.text.to_string()));
        let expected = [(0, 0), (1, 1), (2, 2), (0, 3)];
        let expected = expected.map(|(index, n)| (index, format!("{{\"n\":{n}}}")));
        assert_eq!(told.collect::<Vec<_>>(), expected);
        assert_eq!(found.digests, 1);
        // Cut off, it is named.
        let cut = &tar(&[r#"{"Records":[{"n":0}]}"#])[..520];
        std::fs::write(at("CloudTrail/cut.tar.gz"), gzip(cut)).unwrap();
        let error = read_all(&[at("")]).err().unwrap().to_string();
        assert!(
            error.ends_with("cut.tar.gz is not a tar of files of JSON records"),
            "{error}"
        );
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        let says = |path: &Path| read_all(&[path.to_owned()]).unwrap_err().to_string();
        assert_eq!(
            says(&at("none")),
            format!("cannot read {}", at("none").display())
        );
        assert!(says(directory.path()).starts_with("no *.json, *.json.gz or *.tar.gz in "));
        std::fs::write(at("x.json"), "{\"a\":").unwrap();
        assert!(says(&at("x.json")).ends_with("x.json is not a file of JSON records"));
        std::fs::write(at("cut.json.gz"), &gzip(b"{\"a\":1}")[..15]).unwrap();
        assert!(says(&at("cut.json.gz")).starts_with("cannot read "));
    }
}
