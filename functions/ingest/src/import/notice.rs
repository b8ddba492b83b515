//! What S3 says when a file was put into the import bucket.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html>

use activity_log_core::object::Object;
use percent_encoding::percent_decode_str;
use serde::Deserialize;

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
struct Notice {
    #[serde(rename = "Records")]
    records: Option<Vec<Object<Entry>>>,
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

/// The keys a notice names.
pub(super) fn keys(notice: &str) -> Result<Vec<String>, NoticeError> {
    let Object(notice): Object<Notice> =
        serde_json::from_str(notice).map_err(NoticeError::Unreadable)?;
    match notice.records {
        Some(records) => {
            let key = |entry: &Object<Entry>| plain(&entry.s3.object.key);
            Ok(records.iter().map(key).collect())
        }
        None if notice.event.as_deref() == Some(TEST) => Ok(Vec::new()),
        None => Err(NoticeError::NoRecords),
    }
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
        assert_eq!(keys(notice).unwrap(), ["a b=+c", "d"]);
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
            r#"{"Records":[[{"object":{"key":"a"}}]]}"#,
            r#"{"Records":[{"s3":[{"key":"a"}]}]}"#,
            r#"{"Records":[{"s3":{"object":["a"]}}]}"#,
        ] {
            assert!(keys(bad).is_err(), "{bad}");
        }
    }
}
