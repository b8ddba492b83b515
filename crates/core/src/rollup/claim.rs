//! Who is rolling up an account: so that two do not do the same. Nothing depends on it; who has lost it does no harm.

use serde::{Deserialize, Serialize};

use super::RollupError;
use crate::account::AccountId;
use crate::damaged::Damaged;
use crate::instant::{DAY, Instant};
use crate::items::{Consistency, Item, ItemReader, ItemWriter, key};

const VERSION: u8 = 1;

/// A claim that is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    account: AccountId,
    revision: u64,
    /// what the last write said, if it is not known whether it was done
    unsure: Option<Instant>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Held {
    /// milliseconds since 1970
    until: i64,
}

impl Claim {
    /// Takes the claim for so many milliseconds; `None` if somebody has it.
    ///
    /// # Errors
    /// If the store fails, or the item is damaged.
    pub async fn take<S: ItemReader + ItemWriter>(
        store: &S,
        account: AccountId,
        now: Instant,
        millis: i64,
    ) -> Result<Option<Self>, RollupError> {
        let key = key::claim(account);
        let items = store
            .get(std::slice::from_ref(&key), Consistency::Strong)
            .await?;
        let item = items.first();
        let held = held(item).map_err(|damaged| RollupError::damaged(&key.sort, damaged))?;
        if held.until > now.millis() {
            return Ok(None);
        }
        let mut claim = Self {
            account,
            revision: item.map_or(0, |item| item.revision),
            unsure: None,
        };
        let is_ours = claim.write(store, now, now.plus_millis(millis)).await?;
        Ok(is_ours.then_some(claim))
    }

    /// Holds it for so many milliseconds from now; false if it is lost.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn renew<S: ItemWriter>(
        &mut self,
        store: &S,
        now: Instant,
        millis: i64,
    ) -> Result<bool, RollupError> {
        self.write(store, now, now.plus_millis(millis)).await
    }

    /// Lets it go.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn release<S: ItemWriter>(
        mut self,
        store: &S,
        now: Instant,
    ) -> Result<(), RollupError> {
        self.write(store, now, now).await?;
        Ok(())
    }

    async fn write<S: ItemWriter>(
        &mut self,
        store: &S,
        now: Instant,
        until: Instant,
    ) -> Result<bool, RollupError> {
        // Written again it is written, or found.
        if let Some(unsure) = self.unsure
            && !self.write_once(store, now, unsure).await?
        {
            return Ok(false);
        }
        self.write_once(store, now, until).await
    }

    async fn write_once<S: ItemWriter>(
        &mut self,
        store: &S,
        now: Instant,
        until: Instant,
    ) -> Result<bool, RollupError> {
        self.unsure = Some(until);
        let held = Held {
            until: until.millis(),
        };
        let item = Item {
            key: key::claim(self.account),
            value: postcard::to_extend(&held, vec![VERSION]).map_err(Damaged::Encoding)?,
            expires: now.max(until).plus_millis(DAY),
            revision: self.revision,
        };
        let is_ours = store.swap(&item).await?;
        self.unsure = None;
        self.revision += u64::from(is_ours);
        Ok(is_ours)
    }
}

fn held(item: Option<&Item>) -> Result<Held, Damaged> {
    match item.map(|item| &*item.value) {
        None => Ok(Held::default()),
        Some([VERSION, rest @ ..]) => postcard::from_bytes(rest).map_err(Damaged::Encoding),
        Some([version, ..]) => Err(Damaged::Version(*version)),
        Some([]) => Err(Damaged::Inconsistent("an item is empty")),
    }
}
