//! One file.

use std::collections::BTreeSet;

use activity_log_core::account::AccountId;
use activity_log_core::event::{Rejection, time_of};
use activity_log_core::ingest::{Incoming, LAST_BEGIN_MS, Outcome, Receipt};
use activity_log_core::instant::Instant;
use activity_log_core::origin::Origin;

use super::Importer;
use crate::app::{Directory, EventStore};
use crate::files::{FileError, ImportedFiles};
use crate::metrics::{Events, Imported};
use crate::payload::{MAX_FILE_BYTES, PayloadError, decompress, file_records};
use crate::receivers::SenderError;
use crate::reply::Counts;

/// Most rejected records of a file that are named in the log, one a line; their count has them all.
const NAMED: usize = 100;

/// Why a file is not stored, or not wholly.
#[derive(Debug, thiserror::Error)]
pub(super) enum FileFailure {
    #[error(transparent)]
    Sender(#[from] SenderError),
    #[error("the file cannot be read")]
    File(#[from] FileError),
    #[error("the file cannot be taken apart")]
    Content(#[from] PayloadError),
    #[error("{rejected} of {of} records were rejected and {failed} could not be stored now")]
    NotAllStored {
        rejected: usize,
        failed: usize,
        of: usize,
    },
    #[error("there was no time for {left} of {of} records")]
    Unfinished { left: usize, of: usize },
}

/// Imports a file of events of `sender`. Begins to store nothing after `until`.
pub(super) async fn import<S: EventStore, D: Directory, F: ImportedFiles>(
    importer: &Importer<'_, S, D, F>,
    key: &str,
    sender: AccountId,
    until: Instant,
    counts: &mut Imported,
) -> Result<(), FileFailure> {
    let app = importer.app;
    let mut receivers = app.receivers(&BTreeSet::from([sender])).await;
    let receiver = receivers
        .remove(&sender)
        .unwrap_or(Err(SenderError::Unknown(sender)))?;
    let content = decompress(&importer.files.read(key).await?, MAX_FILE_BYTES)?;
    let texts = match file_records(&content) {
        Err(PayloadError::Empty) => return Ok(()),
        texts => texts?,
    };
    let places = by_time(&texts);
    let incoming = |place: &usize| Incoming {
        text: texts[*place],
        body: 0,
        origin: &Origin::Import,
    };
    let ordered: Vec<Incoming<'_>> = places.iter().map(incoming).collect();
    let done = app.store(receiver, &ordered, "import", until).await;
    counts.events += Events::of(&ordered, &done.receipts);
    name_rejected(key, &places, &done.receipts);
    let Counts {
        rejected, failed, ..
    } = Counts::of(&done.receipts);
    let of = done.receipts.len();
    if failed > 0 && app.now() >= until.plus_millis(-LAST_BEGIN_MS) {
        return Err(FileFailure::Unfinished { left: failed, of });
    }
    if rejected + failed > 0 {
        return Err(FileFailure::NotAllStored {
            rejected,
            failed,
            of,
        });
    }
    Ok(())
}

/// The records' places in the order of their times: what is stored together then lies together in time, and the fewer
/// arrivals have something of the time that a reader asks for.
/// Those without a readable time come first, and are rejected.
fn by_time(texts: &[&str]) -> Vec<usize> {
    let mut places: Vec<usize> = (0..texts.len()).collect();
    places.sort_by_cached_key(|place| time_of(texts[*place]));
    places
}

/// Says which record broke which rule; never what stands in it.
fn name_rejected(key: &str, places: &[usize], receipts: &[Receipt]) {
    for (position, Rejection { field, rule }) in rejected(places, receipts) {
        tracing::error!(key, position, field, rule, "a record was rejected");
    }
}

/// The first rejected records by their position in the file, and which rule each broke.
fn rejected<'r>(places: &[usize], receipts: &'r [Receipt]) -> Vec<(usize, &'r Rejection)> {
    let rejected = places.iter().zip(receipts).filter_map(|(place, receipt)| {
        let Outcome::Rejected(rejection) = &receipt.outcome else {
            return None;
        };
        Some((*place, rejection))
    });
    let mut rejected: Vec<_> = rejected.collect();
    rejected.sort_by_key(|(place, _)| *place);
    rejected.truncate(NAMED);
    rejected
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_without_an_id_is_stored_by_its_time() {
        let texts = [
            r#"{"eventID":"e","eventTime":"2026-11-20T12:00:02Z"}"#,
            r#"{"eventTime":"2026-11-20T12:00:03Z"}"#,
            r#"{"timestamp":"2026-11-20T12:00:01Z"}"#,
            r#"{"eventTime":"2026-11-20T12:00:00Z","eventName":"\ud800"}"#,
        ];
        assert_eq!(by_time(&texts), [3, 2, 0, 1]);
    }

    #[test]
    fn records_are_stored_by_time_and_named_by_position() {
        let at = |time: &str| format!(r#"{{"eventID":"e","eventTime":"{time}"}}"#);
        let texts = [
            at("2026-11-20T12:00:02Z"),
            "{}".to_owned(),
            at("2026-11-20T12:00:01Z"),
        ];
        let places = by_time(&texts.each_ref().map(String::as_str));
        assert_eq!(places, [1, 2, 0]);
        let receipt = |rule: &str| Receipt {
            id: None,
            outcome: Outcome::Rejected(Rejection {
                field: "f".to_owned(),
                rule: rule.to_owned(),
            }),
        };
        let stored = Receipt {
            id: None,
            outcome: Outcome::Accepted,
        };
        let receipts = [receipt("of 1"), stored, receipt("of 0")];
        let named = rejected(&places, &receipts);
        let named: Vec<_> = named.iter().map(|(at, one)| (*at, &*one.rule)).collect();
        assert_eq!(named, [(0, "of 0"), (1, "of 1")]);
        let many = vec![receipt("r"); NAMED + 1];
        assert_eq!(
            rejected(&(0..=NAMED).collect::<Vec<_>>(), &many).len(),
            NAMED
        );
    }
}
