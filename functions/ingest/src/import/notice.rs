//! What S3 says when a file was put into the import bucket.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html>

use activity_log_core::object::Object;
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::value::RawValue;

/// S3 sends this once, when the notification is configured.
const TEST: &str = "s3:TestEvent";

/// The message is no notice.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoticeError {
    #[error("the message is not a notice of the bucket")]
    Unreadable(#[source] serde_json::Error),
    #[error("the message is not a notice of the bucket: it has no \"Records\"")]
    NoRecords,
}

#[derive(Deserialize)]
struct Notice<'a> {
    #[serde(rename = "Records")]
    #[serde(borrow)]
    records: Option<Vec<&'a RawValue>>,
    #[serde(rename = "Event")]
    event: Option<String>,
}

#[derive(Deserialize)]
struct Entry {
    s3: Object<Put>,
}

#[derive(Deserialize)]
struct Put {
    object: Object<File>,
}

#[derive(Deserialize)]
struct File {
    key: String,
}

/// An entry of a notice names no file.
#[derive(Debug, thiserror::Error)]
#[error("the entry is not one of a notice of the bucket")]
pub(super) struct EntryError(#[source] serde_json::Error);

/// The keys a notice names: one that cannot be read keeps no other from being.
pub(super) fn keys(notice: &str) -> Result<Vec<Result<String, EntryError>>, NoticeError> {
    let Object(notice): Object<Notice<'_>> =
        serde_json::from_str(notice).map_err(NoticeError::Unreadable)?;
    match notice.records {
        Some(records) => Ok(records.into_iter().map(key).collect()),
        None if notice.event.as_deref() == Some(TEST) => Ok(Vec::new()),
        None => Err(NoticeError::NoRecords),
    }
}

fn key(entry: &RawValue) -> Result<String, EntryError> {
    let Object(entry): Object<Entry> = serde_json::from_str(entry.get()).map_err(EntryError)?;
    Ok(plain(&entry.s3.object.key))
}

/// Notices carry keys as HTML forms carry values: `+` is a space, and `%` escapes a byte.
fn plain(key: &str) -> String {
    let spaced = key.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_decoded_and_a_test_names_none() {
        let notice =
            r#"{"Records":[{"s3":{"object":{"key":"a+b%3D%2Bc"}}},{"s3":{"object":{"key":"d"}}}]}"#;
        let named: Vec<String> = keys(notice).unwrap().into_iter().flatten().collect();
        assert_eq!(named, ["a b=+c", "d"]);
        assert!(
            keys(r#"{"Service":"Amazon S3","Event":"s3:TestEvent"}"#)
                .unwrap()
                .is_empty()
        );
    }

    #[test]
    fn what_is_no_notice_is_refused() {
        for bad in [
            "no notice",
            "{}",
            r#"{"Event":"s3:Other"}"#,
            r#"[[{"s3":{"object":{"key":"a"}}}]]"#,
        ] {
            assert!(keys(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_entry_that_names_no_file_is_refused_alone() {
        for bad in [
            r#"[{"object":{"key":"a"}}]"#,
            r#"{"s3":[{"key":"a"}]}"#,
            r#"{"s3":{"object":["a"]}}"#,
            r#"{"s3":{"object":{}}}"#,
            "7",
        ] {
            let notice = format!(r#"{{"Records":[{bad},{{"s3":{{"object":{{"key":"b"}}}}}}]}}"#);
            let keys = keys(&notice).unwrap();
            assert!(keys[0].is_err(), "{bad}");
            assert_eq!(keys[1].as_ref().unwrap(), "b");
        }
    }
}
