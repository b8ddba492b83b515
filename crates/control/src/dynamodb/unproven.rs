//! Calls of callers who did not show who they are, on the control table.
//!
//! Counters lie in partitions of their accounts; what is to be told together in one of its own, in the order of minutes, so
//! that a tick reads its first entries. An item there counts the calls of one minute, key and place, an attribute for each
//! operation. Its `ttl` is far beyond any tick's absence.

use std::collections::BTreeMap;

use activity_log_core::account::AccountId;
use activity_log_core::instant::{DAY, Instant, MINUTE};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;

use super::counter::Counters;
use super::item::{Item, Reader, text};
use super::schema::{ACCESS_KEY, Key, PK, SPENT, TOKEN, UNTOLD, USER};
use super::table::Table;
use crate::error::StoreError;
use crate::model::due::{Due, Position};
use crate::model::unproven::{Claimed, Minute, NamedCredential, UnprovenCall, Untold, whole};
use crate::ports::{Counted, UnprovenCalls};

/// A minute's counters may be deleted so long after it.
const COUNTERS_KEPT_MS: i64 = 5 * MINUTE;
/// What nobody has told yet is kept so long.
const UNTOLD_KEPT_MS: i64 = 14 * DAY;
/// What the attribute of an operation's calls begins with.
const CALLS: &str = "calls_";

/// These on the control table. To count it needs `dynamodb:UpdateItem` on the partitions `unproven#ACCOUNT` and `untold`;
/// to tell, `Query` and `DeleteItem` on `untold`.
#[derive(Clone, Debug)]
pub struct UnprovenTable {
    counters: Counters,
    table: Table,
}

impl UnprovenTable {
    /// On this table. Makes no request.
    pub fn new(client: &Client, table: impl Into<String>) -> Self {
        let name = table.into();
        Self {
            counters: Counters::new(client, &name),
            table: Table {
                client: client.clone(),
                name,
            },
        }
    }
}

impl UnprovenCalls for UnprovenTable {
    async fn count(
        &self,
        account: AccountId,
        minute: Minute,
        counted: Counted<'_>,
    ) -> Result<u64, StoreError> {
        let key = Key::unproven(account, minute, counted);
        let end = minute.end().plus_millis(COUNTERS_KEPT_MS);
        let sums = self.counters.add(&key, &[(SPENT, 1)], end).await?;
        Reader::new(&key, &sums).count(SPENT)
    }

    async fn add_untold(
        &self,
        minute: Minute,
        attempt: UnprovenCall<'_>,
        anew: bool,
    ) -> Result<bool, StoreError> {
        let claimed = attempt.claimed;
        let key = Key::untold(minute, claimed, attempt.place);
        let end = minute.end().plus_millis(UNTOLD_KEPT_MS);
        let calls = format!("{CALLS}{}", attempt.operation);
        let (named, id) = match &claimed.credential {
            NamedCredential::AccessKey(id) => (ACCESS_KEY, text(id)),
            NamedCredential::Token(id) => (TOKEN, text(id)),
        };
        let says = [(USER, text(&claimed.user)), (named, id)];
        let only_if = (!anew).then_some(PK);
        self.counters
            .add_to(&key, &[(&calls, 1)], &says, only_if, end)
            .await
            .map(|sums| sums.is_some())
    }

    async fn untold(
        &self,
        over: Instant,
        after: Option<&Position>,
        most: usize,
    ) -> Result<Due<Untold>, StoreError> {
        // The first minute that is not over.
        let end = Key::end(Minute::of(over.plus_millis(-1)).start());
        let (items, next) = self.table.page(UNTOLD, &end, after, most).await?;
        let items = items.into_iter();
        let items = items.map(|(key, item)| (key.sk.clone(), (key, item)));
        let (items, next) = whole(items.collect(), next);
        let read = items.iter().map(|(_, (key, item))| untold(key, item));
        Ok(Due::of(read, next))
    }

    async fn forget_untold(&self, untold: &Untold) -> Result<(), StoreError> {
        let key = Key::untold(untold.minute, &untold.claimed, untold.place);
        self.table.delete(&key).await
    }
}

fn untold(key: &Key, item: &Item) -> Result<Untold, StoreError> {
    let reader = Reader::new(key, item);
    let parts: Vec<&str> = key.sk.splitn(4, '#').collect();
    let [minute, account, _, place] = parts[..] else {
        return Err(reader.malformed("sk"));
    };
    let credential = if item.contains_key(TOKEN) {
        NamedCredential::Token(reader.parsed(TOKEN)?)
    } else {
        NamedCredential::AccessKey(reader.parsed(ACCESS_KEY)?)
    };
    let minute = minute.parse().map_err(|_| reader.malformed("sk"))?;
    Ok(Untold {
        minute: Minute::of(Instant::from_millis(minute)),
        claimed: Claimed {
            account: account.parse().map_err(|_| reader.malformed("sk"))?,
            user: reader.parsed(USER)?,
            credential,
        },
        place: place.parse().map_err(|_| reader.malformed("sk"))?,
        calls: calls(item),
    })
}

fn calls(item: &Item) -> BTreeMap<String, u64> {
    let counts = item.iter().filter_map(|(name, value)| {
        let operation = name.strip_prefix(CALLS)?;
        let AttributeValue::N(count) = value else {
            return None;
        };
        Some((operation.to_owned(), count.parse().ok()?))
    });
    counts.collect()
}
