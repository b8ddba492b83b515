//! Making a document, within a limit that holds whatever is made at the same time.
//!
//! An index item has the ids of all of an account's documents. It changes, and its revision rises, in the very
//! transactions that make and delete documents; every other change leaves the number of documents as it is,
//! or lets one end, but never begins one. Who makes a document reads the index, then the documents, and
//! writes on the condition that the index is as it was read, so that of those who make one at the same time
//! one writes and the others look again.
//!
//! Is what was read complete? A transaction's items become visible one by one: the index may name a document
//! that is not there yet. Such an id is either of that kind, or of a document that DynamoDB deleted as it
//! was forgotten; the transaction therefore has the condition that it is still absent, and drops it from the
//! index. A document that the index does not name is being made or deleted: it is left out, and the
//! transaction that is under way conflicts with ours or has changed the index.
//!
//! All that are forgotten are deleted in the same transaction, as they were read: none comes to life again
//! without being counted. With [`MOST_KEPT`](crate::MOST_KEPT) as the highest limit, and one change at
//! most for each id, a transaction has at most 92 of its 100 changes.

use std::collections::BTreeSet;

use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;
use activity_log_core::reports::ReportId;
use aws_sdk_dynamodb::types::AttributeValue;

use super::write::new_item;
use crate::dynamodb::change::{ATTEMPTS, Alteration, Change, Outcome, Presence};
use crate::dynamodb::item::{Item, Reader, number};
use crate::dynamodb::schema::{IDS, Key, REVISION};
use crate::dynamodb::table::{Table, pause};
use crate::error::StoreError;
use crate::model::document::Document;

/// An account's documents, as they were counted.
struct Census<D> {
    /// of the index; `None` while there is no index
    revision: Option<u64>,
    documents: Vec<D>,
    /// ids without a document
    absent: Vec<ReportId>,
}

impl Table {
    /// Makes `new`, and deletes what `room` says must go for it of those that are kept, which it is given by
    /// id. Gives back what went, or `None` if `room` says so.
    pub(in crate::dynamodb) async fn make_document<D: Document>(
        &self,
        new: &D,
        now: Instant,
        room: impl Fn(&[D]) -> Option<Vec<D>> + Send,
    ) -> Result<Option<Vec<D>>, StoreError> {
        let item = new_item(new)?;
        for attempt in 1..=ATTEMPTS {
            let census = self.census::<D>(new.account()).await?;
            if census.documents.iter().any(|one| one.id() == new.id()) {
                return Err(StoreError::Exists { item: new.name() });
            }
            let (kept, mut going): (Vec<D>, Vec<D>) =
                (census.documents.iter().cloned()).partition(|one| one.is_kept(now));
            let Some(overwritten) = room(&kept) else {
                return Ok(None);
            };
            going.extend(overwritten.iter().cloned());
            let changes = census.changes(new, item.clone(), &going);
            if matches!(self.transact(changes).await?, Outcome::Done) {
                return Ok(Some(overwritten));
            }
            pause(attempt).await;
        }
        Err(StoreError::Contended {
            item: Key::index_of::<D>(new.account()).to_string(),
            attempts: ATTEMPTS,
        })
    }

    /// The index first, and then the documents.
    async fn census<D: Document>(&self, account: AccountId) -> Result<Census<D>, StoreError> {
        let key = Key::index_of::<D>(account);
        let Some(item) = self.get(&key).await? else {
            return Ok(Census {
                revision: None,
                documents: Vec::new(),
                absent: Vec::new(),
            });
        };
        let index = Reader::new(&key, &item);
        let mut ids = index
            .words(IDS)?
            .iter()
            .map(|word| word.parse().map_err(|_| index.malformed(IDS)))
            .collect::<Result<BTreeSet<ReportId>, _>>()?;
        let mut documents = self.documents::<D>(account).await?;
        documents.retain(|one| ids.remove(&one.id()));
        Ok(Census {
            revision: Some(index.count(REVISION)?),
            documents,
            absent: ids.into_iter().collect(),
        })
    }
}

impl<D: Document> Census<D> {
    /// The transaction that makes `new` and deletes `going`, if all is as it was counted.
    fn changes(&self, new: &D, item: Item, going: &[D]) -> Vec<Change> {
        let account = new.account();
        let ids = (self.documents.iter())
            .filter(|one| going.iter().all(|gone| gone.id() != one.id()))
            .chain([new])
            .map(|one| one.id().to_string());
        let ids = AttributeValue::Ss(ids.collect());
        let mut changes = vec![
            self.recount(Key::index_of::<D>(account), ids),
            Change::Make(Key::document::<D>(account, new.id()), item),
        ];
        changes.extend(going.iter().map(|gone| {
            let as_read = Some((REVISION, number(gone.revision())));
            Change::Delete(Key::document::<D>(account, gone.id()), as_read)
        }));
        changes.extend(
            self.absent
                .iter()
                .map(|id| Change::Expect(Key::document::<D>(account, *id), Presence::Absent)),
        );
        changes
    }

    fn recount(&self, index: Key, ids: AttributeValue) -> Change {
        let Some(revision) = self.revision else {
            let item = Item::from([(IDS.to_owned(), ids), (REVISION.to_owned(), number(0))]);
            return Change::Make(index, item);
        };
        let alteration = Alteration {
            update: "SET #ids = :ids, #revision = :next",
            condition: "#revision = :revision",
            names: &[IDS, REVISION],
            values: vec![
                (":ids", ids),
                (":revision", number(revision)),
                (":next", number(revision + 1)),
            ],
        };
        Change::Alter(index, alteration)
    }
}
