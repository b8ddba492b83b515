//! CloudTrail files put into the import bucket: the importer, a function of its own.
//!
//! A message names files. One of which anything could not be stored, or was rejected, has its message reported as
//! failed: the queue gives it again, and after its last try the message lies in the dead-letter queue. What was stored
//! of it is stored once more, which no reader sees. An invocation leaves off before its end, and the next begins with the
//! file's first record again: the largest file takes some ten seconds of the 900 that there are, so this happens only
//! where the table takes next to nothing. Each try begins with another file of the notice, so that one that takes all the
//! time keeps no other from being stored.

mod file;
mod key;
mod notice;

use activity_log_core::causes::chain;
use activity_log_core::ingest::LAST_BEGIN_MS;
use activity_log_core::instant::{Instant, SECOND};
use activity_log_lambda::metrics;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};

use crate::app::{App, Directory, EventStore};
use crate::files::ImportedFiles;
use crate::metrics::Imported;
use crate::queue::failures;
use file::FileFailure;
use key::Named;
use notice::EntryError;

/// How long before its end an invocation stores no more, in milliseconds.
const MARGIN_MS: i64 = 10 * SECOND;

/// The importer's parts.
pub struct Importer<'p, S, D, F> {
    /// where events go
    pub app: &'p App<S, D>,
    /// the bucket
    pub files: &'p F,
}

/// A file that was not stored, or not wholly.
#[derive(Debug, thiserror::Error)]
enum ImportError {
    #[error("the key names no account: it must hold AWSLogs/[o-ORGANIZATION/]ACCOUNT/CloudTrail/")]
    NoAccount,
    #[error(transparent)]
    Entry(#[from] EntryError),
    #[error(transparent)]
    File(#[from] FileFailure),
}

/// Handles one invocation, which ends at `end`.
pub async fn handle<S: EventStore, D: Directory, F: ImportedFiles>(
    importer: &Importer<'_, S, D, F>,
    event: &SqsEvent,
    end: Instant,
    function_name: &str,
) -> SqsBatchResponse {
    let mut counts = Imported::default();
    let answer = take(importer, event, end, &mut counts).await;
    counts.usage_not_counted = importer.app.take_uncounted();
    metrics::emit(&metrics::line(&counts, function_name, importer.app.now()));
    answer
}

/// Imports what the messages name, and counts it; names those to be given again.
pub async fn take<S: EventStore, D: Directory, F: ImportedFiles>(
    importer: &Importer<'_, S, D, F>,
    event: &SqsEvent,
    end: Instant,
    counts: &mut Imported,
) -> SqsBatchResponse {
    let mut failed = Vec::new();
    for message in &event.records {
        if !message_is_done(importer, message, end, counts).await {
            failed.push(message.message_id.clone().unwrap_or_default());
        }
    }
    failures(failed)
}

/// Whether all files of the message are stored. One that is not keeps no other from being.
async fn message_is_done<S: EventStore, D: Directory, F: ImportedFiles>(
    importer: &Importer<'_, S, D, F>,
    message: &SqsMessage,
    end: Instant,
    counts: &mut Imported,
) -> bool {
    let message_id = message.message_id.as_deref();
    let mut keys = match notice::keys(message.body.as_deref().unwrap_or_default()) {
        Ok(keys) => keys,
        Err(error) => {
            let cause = chain(&error);
            tracing::error!(message_id, cause, "a notice was not understood");
            counts.files_failed += 1;
            return false;
        }
    };
    let count = keys.len().max(1);
    keys.rotate_left(tries_before(message) % count);
    let until = end.plus_millis(-MARGIN_MS);
    let mut is_done = true;
    for key in keys {
        if importer.app.now() >= until.plus_millis(-LAST_BEGIN_MS) {
            tracing::warn!(message_id, "files go on in the next invocation");
            counts.files_unfinished += 1;
            return false;
        }
        is_done &= file_is_done(importer, message_id, key, until, counts).await;
    }
    is_done
}

/// Whether the file is stored.
async fn file_is_done<S: EventStore, D: Directory, F: ImportedFiles>(
    importer: &Importer<'_, S, D, F>,
    message_id: Option<&str>,
    key: Result<String, EntryError>,
    until: Instant,
    counts: &mut Imported,
) -> bool {
    let named = key.as_deref().unwrap_or_default().to_owned();
    let Err(error) = import(importer, key, until, counts).await else {
        return true;
    };
    let key = named;
    if let ImportError::File(FileFailure::Unfinished { left, of }) = error {
        tracing::warn!(
            message_id,
            key,
            left,
            of,
            "a file goes on in the next invocation"
        );
        counts.files_unfinished += 1;
    } else {
        let cause = chain(&error);
        tracing::error!(message_id, key, cause, "a file was not imported");
        counts.files_failed += 1;
    }
    false
}

/// How often the queue gave the message before.
fn tries_before(message: &SqsMessage) -> usize {
    let count = message.attributes.get("ApproximateReceiveCount");
    let count = count.and_then(|count| count.parse::<usize>().ok());
    count.map_or(0, |count| count.saturating_sub(1))
}

async fn import<S: EventStore, D: Directory, F: ImportedFiles>(
    importer: &Importer<'_, S, D, F>,
    key: Result<String, EntryError>,
    until: Instant,
    counts: &mut Imported,
) -> Result<(), ImportError> {
    let key = &*key?;
    match key::named(key) {
        Named::Events(sender) => {
            file::import(importer, key, sender, until, counts).await?;
            counts.files_imported += 1;
            Ok(())
        }
        Named::Other(kind) => {
            tracing::info!(key, kind, "a file that holds no events was passed over");
            counts.files_passed_over += 1;
            Ok(())
        }
        Named::Nothing => Err(ImportError::NoAccount),
    }
}
