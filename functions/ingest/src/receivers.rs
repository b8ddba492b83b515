//! Whose events a message or a file brings, and how long they are kept; remembered for some seconds.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use activity_log_control::{Account, Sources, StoreError};
use activity_log_core::account::AccountId;
use activity_log_core::instant::{Instant, SECOND};

use crate::remembered::Remembered;

/// How long a receiver is remembered, in milliseconds: so long an account's new retention, or the end of a link, may
/// go unseen.
const REMEMBERED_MS: i64 = 5 * SECOND;

/// Whose events they become.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Receiver {
    /// the account
    pub account: AccountId,
    /// how long it keeps events, in days
    pub retention_days: u32,
}

/// Nobody receives them, for now or for good.
#[derive(Debug, thiserror::Error)]
pub enum SenderError {
    /// no account of ours, and not linked to one
    #[error("{0} is neither an account nor linked to one")]
    Unknown(AccountId),
    /// the account's record cannot be read
    #[error("the account cannot be looked up now")]
    Directory(#[from] StoreError),
    /// the control table did not answer, for any of those asked for
    #[error("no account can be looked up now")]
    Unavailable(#[source] Arc<StoreError>),
}

/// The receivers of some senders.
pub type Receivers = BTreeMap<AccountId, Result<Receiver, SenderError>>;

/// Receivers asked for lately.
#[derive(Debug)]
pub(crate) struct RememberedReceivers(Remembered<Receiver>);

impl Default for RememberedReceivers {
    fn default() -> Self {
        Self(Remembered::new(REMEMBERED_MS))
    }
}

impl RememberedReceivers {
    /// The receiver of each sender. Those not remembered are asked for together; who has none is not remembered.
    pub(crate) async fn of(
        &self,
        directory: &impl Sources,
        senders: &BTreeSet<AccountId>,
        now: Instant,
        retention_of: impl Fn(&Account) -> u32,
    ) -> Receivers {
        let (mut all, unknown) = self.known(senders, now);
        if unknown.is_empty() {
            return all;
        }
        let found = match directory.receivers(&unknown).await {
            Ok(found) => found,
            Err(error) => {
                let error = Arc::new(error);
                let unavailable =
                    |sender| (sender, Err(SenderError::Unavailable(Arc::clone(&error))));
                all.extend(unknown.into_iter().map(unavailable));
                return all;
            }
        };
        for (sender, found) in unknown.into_iter().zip(found) {
            let receiver = match found {
                Ok(Some(account)) => Ok(Receiver {
                    account: account.id,
                    retention_days: retention_of(&account),
                }),
                Ok(None) => Err(SenderError::Unknown(sender)),
                Err(error) => Err(SenderError::Directory(error)),
            };
            if let Ok(receiver) = &receiver {
                self.0.put(sender, *receiver, now);
            }
            all.insert(sender, receiver);
        }
        all
    }

    /// Those remembered, and those that are not.
    fn known(&self, senders: &BTreeSet<AccountId>, now: Instant) -> (Receivers, Vec<AccountId>) {
        let (mut known, mut unknown) = (Receivers::new(), Vec::new());
        for sender in senders {
            match self.0.get(*sender, now) {
                Some(receiver) => {
                    known.insert(*sender, Ok(receiver));
                }
                None => unknown.push(*sender),
            }
        }
        (known, unknown)
    }
}
