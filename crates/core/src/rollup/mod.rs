//! The roll-up: what makes L1 of sealed arrivals (L0), and decides which of their rows are copies.
//!
//! Whatever is done here may be done by two at once, or be left half done: only the conditional write of the head
//! counts. What loses is garbage under keys that say their content, until it expires.
//!
//! | Module | what it does |
//! |---|---|
//! | [`order`] | the rule of copies and conflicts |
//! | [`arrivals`] | reads sealed arrivals |
//! | [`known`] | finds which of their events are in L1 |
//! | [`decide`] | decides about sealed arrivals before they are rolled up, for archives |
//! | [`roll`] | one step: arrivals become a run and its block |
//! | [`merge`] | several blocks become one |
//! | [`tell`] | tells the account what was left out of its log |
//! | [`claim`] | who is at it |
//! | [`work`] | all of it, while something is due |

pub mod arrivals;
pub mod claim;
pub mod decide;
pub mod known;
pub mod merge;
pub mod order;
mod rebuild;
pub mod roll;
mod rows;
mod run;
mod slices;
pub mod tell;
pub mod work;

use crate::account::AccountId;
use crate::damaged::Damaged;
use crate::head::{Decided, Head, MAX_HEAD_BYTES};
use crate::ingest::Clock;
use crate::instant::{DAY, Instant};
use crate::items::key::RunId;
use crate::items::{Consistency, ItemReader, ItemWriter, WriteError, key};
use crate::reader::ReadError;
use crate::slot::Slot;

/// How long L1 outlives the retention of its newest event, in milliseconds: a copy that came in the retention's last
/// moment is found by whoever decides about it up to two days late.
pub const OUTLIVES_MS: i64 = 3 * DAY;

/// How often the head is written if others change something else of it meanwhile.
const ATTEMPTS: usize = 5;

/// Whose events are rolled up, and how long they are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Task {
    /// whose
    pub account: AccountId,
    /// how long, in days
    pub retention_days: u32,
}

/// A roll-up that came to no end; what is stored is as it was.
#[derive(Debug, thiserror::Error)]
pub enum RollupError {
    /// the store did not answer
    #[error(transparent)]
    Read(#[from] ReadError),
    /// the store did not take a write
    #[error(transparent)]
    Write(#[from] WriteError),
    /// a stored item cannot be read
    #[error("item {key} is damaged")]
    Damaged {
        /// which
        key: String,
        /// what is wrong with it
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// an arrival cannot be read: nothing that came after it is rolled up
    #[error("arrival {key} cannot be read")]
    Unreadable {
        /// its partition and its sort key, and which row of it, if it is one
        key: String,
        /// what is wrong with it
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// something could not be encoded
    #[error("a run cannot be encoded")]
    Encoding(#[from] Damaged),
    /// the columns of a run that the head has are not there
    #[error("columns of run {0} are gone")]
    Gone(RunId),
    /// the head lists too many blocks: nothing more is rolled up until some are merged or have expired
    #[error("the head would have {0} bytes, and at most {MAX_HEAD_BYTES} are written")]
    HeadTooLarge(usize),
    /// the slot still gets arrivals
    #[error("slot {0} is not sealed")]
    NotSealed(Slot),
    /// there was no time left to write in
    #[error("the time was over before all was written")]
    NoTime,
}

impl RollupError {
    fn damaged(
        key: impl std::fmt::Display,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Damaged {
            key: key.to_string(),
            source: source.into(),
        }
    }

    fn unreadable(
        key: impl std::fmt::Display,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Unreadable {
            key: key.to_string(),
            source: source.into(),
        }
    }
}

/// When L1 of these may be deleted: [`OUTLIVES_MS`] after the retention of the newest event, and not before as long
/// after the end of the last slot, so that archives of late arrivals can be made of it. Whole seconds, as the table has it.
///
/// It is fixed when a run is made: what of it is asked when the retention was raised since is what [`Run::expires`] says.
///
/// [`Run::expires`]: crate::index::Run::expires
fn expires(newest: Instant, last: Slot, retention_days: u32) -> Instant {
    let retained = newest.plus_millis(i64::from(retention_days) * DAY);
    let expires = retained.max(last.end()).plus_millis(OUTLIVES_MS);
    Instant::from_seconds(expires.seconds())
}

/// The head, as it is now.
async fn head<R: ItemReader>(store: &R, account: AccountId) -> Result<Head, RollupError> {
    let key = key::head(account);
    let items = store
        .get(std::slice::from_ref(&key), Consistency::Strong)
        .await?;
    Head::of(items.first()).map_err(|source| RollupError::damaged("head", source))
}

/// The head and what was decided, as they are now: one round.
async fn head_and_decided<R: ItemReader>(
    store: &R,
    account: AccountId,
) -> Result<(Head, Decided), RollupError> {
    let keys = [key::head(account), key::decided(account)];
    let items = store.get(&keys, Consistency::Strong).await?;
    let item = |key: &crate::items::Key| items.iter().find(|item| item.key == *key);
    let damaged = |name: &'static str| move |source: Damaged| RollupError::damaged(name, source);
    Ok((
        Head::of(item(&keys[0])).map_err(damaged("head"))?,
        Decided::of(item(&keys[1])).map_err(damaged("decided"))?,
    ))
}

/// Replaces the head by what becomes of it, whatever else was changed of it meanwhile; false if it cannot be.
async fn replace<S: ItemReader + ItemWriter>(
    store: &S,
    account: AccountId,
    mut known: Head,
    change: impl Fn(&Head) -> Option<Head>,
    clock: &impl Clock,
) -> Result<bool, RollupError> {
    for _ in 0..ATTEMPTS {
        let Some(next) = change(&known) else {
            return Ok(false);
        };
        begin(clock)?;
        if swap(store, account, &next, clock.now()).await?.is_some() {
            return Ok(true);
        }
        known = head(store, account).await?;
    }
    Ok(false)
}

/// Writes a head in place of the one it was made of. Gives how many bytes it has; `None` if that is another by now.
async fn swap<S: ItemWriter>(
    store: &S,
    account: AccountId,
    next: &Head,
    now: Instant,
) -> Result<Option<usize>, RollupError> {
    let item = next.item(account, now)?;
    let bytes = item.value.len();
    if bytes > MAX_HEAD_BYTES {
        return Err(RollupError::HeadTooLarge(bytes));
    }
    Ok(store.swap(&item).await?.then_some(bytes))
}

fn begin(clock: &impl Clock) -> Result<(), RollupError> {
    if clock.may_begin() {
        Ok(())
    } else {
        Err(RollupError::NoTime)
    }
}
