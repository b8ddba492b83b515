//! CloudTrail files put into the import bucket: the importer, a function of its own.
//!
//! A message names files. One of which anything could not be stored, or was rejected, has its message reported as
//! failed: the queue gives it again, what is stored by then counts as duplicate, and after its last try the message lies
//! in the dead-letter queue. A file too large for the time of one invocation is stored in several: each leaves off
//! before its end, and the next goes on where the last one did.

mod file;
mod key;
mod notice;

use activity_log_core::causes::chain;
use activity_log_core::instant::{Instant, SECOND};
use activity_log_lambda::metrics;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};

use crate::app::{App, Directory, EventStore};
use crate::files::ImportedFiles;
use crate::metrics::Imported;
use crate::queue::failures;
use file::FileFailure;
use key::Named;

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
    let keys = match notice::keys(message.body.as_deref().unwrap_or_default()) {
        Ok(keys) => keys,
        Err(error) => {
            let cause = chain(&error);
            tracing::error!(message_id, cause, "a notice was not understood");
            counts.files_failed += 1;
            return false;
        }
    };
    let mut is_done = true;
    for key in keys {
        match import(importer, &key, end.plus_millis(-MARGIN_MS), counts).await {
            Ok(()) => {}
            Err(ImportError::File(FileFailure::Unfinished { left, of })) => {
                tracing::warn!(
                    message_id,
                    key,
                    left,
                    of,
                    "a file goes on in the next invocation"
                );
                counts.files_unfinished += 1;
                is_done = false;
            }
            Err(error) => {
                let cause = chain(&error);
                tracing::error!(message_id, key, cause, "a file was not counts");
                counts.files_failed += 1;
                is_done = false;
            }
        }
    }
    is_done
}

async fn import<S: EventStore, D: Directory, F: ImportedFiles>(
    importer: &Importer<'_, S, D, F>,
    key: &str,
    until: Instant,
    counts: &mut Imported,
) -> Result<(), ImportError> {
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
