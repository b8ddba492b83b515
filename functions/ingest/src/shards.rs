//! Over how many partitions what arrives for an account is spread: its head says so, and is remembered for a while.
//!
//! Nobody may write by a head for longer than [`REMEMBERED_MS`]. One partition is always right, so a head that is not
//! there, or cannot be read, keeps no event out.

use activity_log_core::account::AccountId;
use activity_log_core::causes::chain;
use activity_log_core::head::Head;
use activity_log_core::instant::{Instant, SECOND};
use activity_log_core::items::{Consistency, ItemReader, key};
use activity_log_core::reader::ReadError;
use activity_log_core::shards::{REMEMBERED_MS, Shards};
use activity_log_core::slot::{MAX_COMMIT_MS, MAX_WRITE_MS};

use crate::remembered::Remembered;

/// How long a head is asked for no more, in milliseconds. What is begun then has as long again.
const KEPT_MS: i64 = 20 * SECOND;
/// How long after a head was asked for the last write by it begins, in milliseconds.
const LAST_BEGIN_MS: i64 = REMEMBERED_MS - MAX_WRITE_MS - MAX_COMMIT_MS;

const _: () = assert!(2 * KEPT_MS < LAST_BEGIN_MS);

/// How many partitions there are for writers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ForWriters {
    /// of each lane
    pub(crate) shards: u8,
    /// after that no write begins that goes by it
    pub(crate) last_begin: Instant,
}

/// What heads said lately.
#[derive(Debug)]
pub(crate) struct RememberedShards(Remembered<ForWriters>);

impl Default for RememberedShards {
    fn default() -> Self {
        Self(Remembered::new(KEPT_MS))
    }
}

impl RememberedShards {
    /// How many partitions the account's arrivals have.
    pub(crate) async fn of(
        &self,
        store: &impl ItemReader,
        account: AccountId,
        now: Instant,
    ) -> ForWriters {
        if let Some(known) = self.0.get(account, now) {
            return known;
        }
        match read(store, account).await {
            Ok(shards) => {
                let last_begin = now.plus_millis(LAST_BEGIN_MS);
                let read = ForWriters { shards, last_begin };
                self.0.put(account, read, now);
                read
            }
            Err(error) => {
                let cause = chain(&error);
                tracing::warn!(account = %account, cause, "the head was not read: events go to one partition");
                ForWriters {
                    shards: Shards::default().write,
                    last_begin: Instant::from_millis(i64::MAX),
                }
            }
        }
    }
}

async fn read(store: &impl ItemReader, account: AccountId) -> Result<u8, ReadError> {
    let key = key::head(account);
    let found = store.get(std::slice::from_ref(&key), Consistency::Strong);
    let head = Head::of(found.await?.first()).map_err(|source| ReadError::Damaged {
        key: key.partition,
        source: Box::new(source),
    })?;
    Ok(head.shards.write)
}
