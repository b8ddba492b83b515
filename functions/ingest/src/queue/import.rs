//! CloudTrail files put into the import bucket.

use activity_log_core::account::AccountId;
use activity_log_core::ingest::Incoming;
use activity_log_core::origin::Origin;
use aws_lambda_events::s3::S3Event;
use percent_encoding::percent_decode_str;

use crate::app::{App, Directory, EventStore};
use crate::files::{FileError, ImportedFiles};
use crate::metrics::Taken;
use crate::payload::{MAX_FILE_BYTES, MAX_FILE_RECORDS, PayloadError, decompress, records};
use crate::reply::Counts;
use crate::sender::SenderError;

/// What CloudTrail delivers beside its logs: digests hold no events, and Insights' are statistics over
/// calls and not calls.
const OTHER_FILES: [&str; 2] = ["/CloudTrail-Digest/", "/CloudTrail-Insight/"];

/// A notice whose file is not, or not wholly, stored.
#[derive(Debug, thiserror::Error)]
pub(super) enum ImportError {
    #[error("the message is not a notice of the bucket")]
    Notice(#[source] serde_json::Error),
    #[error(
        "the key names no account: it must hold AWSLogs/ACCOUNT/ or AWSLogs/o-ORGANIZATION/ACCOUNT/"
    )]
    NoAccount,
    #[error(transparent)]
    Sender(#[from] SenderError),
    #[error("the file cannot be read")]
    File(#[from] FileError),
    #[error("the file cannot be taken apart")]
    Content(#[from] PayloadError),
    #[error("{rejected} records were rejected and {failed} could not be stored now")]
    NotAllStored { rejected: usize, failed: usize },
}

/// Imports the files a notice names.
pub(super) async fn import<S: EventStore, D: Directory, F: ImportedFiles>(
    app: &App<S, D, F>,
    notice: &str,
    taken: &mut Taken,
) -> Result<(), ImportError> {
    if is_test(notice) {
        return Ok(());
    }
    let notice: S3Event = serde_json::from_str(notice).map_err(ImportError::Notice)?;
    for record in notice.records {
        let key = plain_key(&record.s3.object.key.unwrap_or_default());
        if !OTHER_FILES.iter().any(|other| key.contains(other)) {
            file(app, &key, taken).await?;
        }
    }
    Ok(())
}

/// Notices carry keys as HTML forms carry values: `+` is a space, and `%` escapes a byte.
fn plain_key(key: &str) -> String {
    let spaced = key.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
}

/// S3 sends this once, when the notification is configured.
fn is_test(notice: &str) -> bool {
    serde_json::from_str::<serde_json::Value>(notice).is_ok_and(|notice| {
        notice
            .get("Event")
            .is_some_and(|event| event == "s3:TestEvent")
    })
}

async fn file<S: EventStore, D: Directory, F: ImportedFiles>(
    app: &App<S, D, F>,
    key: &str,
    taken: &mut Taken,
) -> Result<(), ImportError> {
    let sender = account_of(key).ok_or(ImportError::NoAccount)?;
    let receiver = app.receiver(sender).await?;
    let stored = app.files.read(key).await?;
    let content = decompress(&stored, MAX_FILE_BYTES)?;
    let records = match records::<MAX_FILE_RECORDS>(&content) {
        Err(PayloadError::Empty) => return Ok(()),
        records => records?,
    };
    let records = Incoming::of_one_body(&records, &Origin::Import);
    let done = app.store(receiver, &records, "import").await;
    taken.stored(&records, &done.receipts);
    match Counts::of(&done.receipts) {
        Counts {
            rejected: 0,
            failed: 0,
            ..
        } => Ok(()),
        Counts {
            rejected, failed, ..
        } => Err(ImportError::NotAllStored { rejected, failed }),
    }
}

/// The account in a CloudTrail key: `[prefix/]AWSLogs/[o-organization/]ACCOUNT/…`.
fn account_of(key: &str) -> Option<AccountId> {
    let mut parts = key.split('/').skip_while(|part| *part != "AWSLogs").skip(1);
    let first = parts.next()?;
    let account = if first.starts_with("o-") {
        parts.next()?
    } else {
        first
    };
    account.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::account_of;

    #[test]
    fn the_key_names_the_account() {
        let named = |key| account_of(key).map(|account| account.to_string());
        let account = Some("111122223333".to_owned());
        assert_eq!(named("AWSLogs/111122223333/CloudTrail/x.json.gz"), account);
        assert_eq!(
            named("a/b/AWSLogs/o-1/111122223333/CloudTrail/x.json.gz"),
            account
        );
        assert_eq!(named("111122223333/x.json.gz"), None);
        assert_eq!(named("AWSLogs/x/111122223333"), None);
    }
}
