//! Lets an account in so often a second, over all instances of a function together.
//!
//! The second's counter is in the table ([`Rates`]). Not every request costs a write of it: an instance takes
//! **leases** of it, 1 permit, then 2, 4, 8 … while they last within the second, and at most a tenth of the limit.
//! One that is not used up is lost with its second: where many instances share an account, they let in somewhat
//! less than its limit. They never let in more, as long as the table answers; when it does not, the caller is
//! let in: an account is not locked out because we cannot count.
//!
//! The window is the second of the clock: what came at its end and what comes at the start of the next may be
//! twice the limit within one second that lies across.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;
use tokio::sync::Mutex as AsyncMutex;

use crate::error::StoreError;
use crate::model::account::Account;
use crate::model::rate::Rate;
use crate::ports::Rates;

/// Accounts and rates of which a lease is remembered; further ones pay for each request. Some 200 KB.
const MOST_LEASES: usize = 1_024;
/// A lease is at most the limit divided by this.
const LEASES_A_SECOND: u32 = 10;

/// Whether a request is let in.
#[derive(Debug)]
pub enum Admitted {
    /// it is within the limit
    Yes,
    /// the second's limit is reached; the next second it may be
    Throttled,
    /// it is let in, for the counter cannot be written: to be logged
    Unknown(StoreError),
}

impl Admitted {
    /// Whether it is to be answered.
    pub const fn is_in(&self) -> bool {
        matches!(self, Self::Yes | Self::Unknown(_))
    }
}

/// Counts requests against the limits of their accounts. One for the life of the process.
#[derive(Debug)]
pub struct Throttle<R> {
    rates: R,
    leases: Mutex<Leases>,
}

/// What is leased of one second.
#[derive(Debug, Default)]
struct Leases {
    second: i64,
    by_rate: HashMap<(AccountId, Rate), SharedLease>,
}

/// Locked while it is renewed, so that those who wait for the same lease get it; nobody else waits.
type SharedLease = Arc<AsyncMutex<Lease>>;

/// Permits of one account, rate and second.
#[derive(Debug, Default)]
struct Lease {
    left: u32,
    /// how many were taken last; 0: none yet
    taken: u32,
    /// no more are to be had in this second
    is_last: bool,
}

impl<R: Rates> Throttle<R> {
    /// Over these counters.
    pub fn new(rates: R) -> Self {
        Self {
            rates,
            leases: Mutex::default(),
        }
    }

    /// Counts a request of the account, now; says whether it is let in. What was counted stays counted, whatever
    /// becomes of the request.
    pub async fn admit(&self, account: &Account, rate: Rate, now: Instant) -> Admitted {
        let second = now.seconds();
        let lease = self.lease(account.id, rate, second);
        let mut lease = lease.lock().await;
        if lease.left == 0 && !lease.is_last {
            let limit = rate.a_second(&account.limits);
            let permits = lease.next(limit);
            match self.rates.spend(account.id, rate, second, permits).await {
                Ok(sum) => lease.renew(permits, sum, limit),
                Err(error) => return Admitted::Unknown(error),
            }
        }
        lease.use_one()
    }

    /// The lease for this second; one of its own if it is not to be remembered.
    fn lease(&self, account: AccountId, rate: Rate, second: i64) -> SharedLease {
        let mut leases = self.leases.lock().unwrap_or_else(PoisonError::into_inner);
        if second > leases.second {
            *leases = Leases {
                second,
                by_rate: HashMap::new(),
            };
        }
        let (is_now, at) = (second == leases.second, (account, rate));
        let has_room = leases.by_rate.len() < MOST_LEASES || leases.by_rate.contains_key(&at);
        if is_now && has_room {
            Arc::clone(leases.by_rate.entry(at).or_default())
        } else {
            SharedLease::default()
        }
    }
}

impl Lease {
    /// How many to take next.
    fn next(&self, limit: u32) -> u32 {
        let most = (limit / LEASES_A_SECOND).max(1);
        self.taken.saturating_mul(2).clamp(1, most)
    }

    /// Permits were taken, and `sum` are now taken in all: of those beyond the limit there are none.
    fn renew(&mut self, permits: u32, sum: u64, limit: u32) {
        let beyond = sum.saturating_sub(u64::from(limit));
        // More than u32::MAX beyond the limit are more than all permits.
        let beyond = u32::try_from(beyond).unwrap_or(u32::MAX);
        self.left = permits.saturating_sub(beyond);
        self.taken = permits;
        self.is_last = sum >= u64::from(limit);
    }

    fn use_one(&mut self) -> Admitted {
        match self.left.checked_sub(1) {
            Some(left) => {
                self.left = left;
                Admitted::Yes
            }
            None => Admitted::Throttled,
        }
    }
}

#[cfg(test)]
mod tests;
