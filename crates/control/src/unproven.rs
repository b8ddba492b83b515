//! Which attempts of callers who did not show who they are get an event of their own, and which are told together.
//!
//! In a minute a place has so many events, and a key or token more. What comes from a place beyond its budget does not
//! spend the key's: a flood from one place hides no attempt from another. What gets no event of its own is counted, by key,
//! place and operation, and a tick makes one event for each key and minute of it ([`UnprovenCalls::untold`]).

use activity_log_core::instant::Instant;

use crate::error::StoreError;
use crate::model::unproven::{Minute, Place, UnprovenCall};
use crate::ports::{Counted, UnprovenCalls};

/// Events a minute about attempts from one place, of an account.
pub const SINGLY_A_PLACE: u64 = 10;
/// Events a minute about attempts with one key or token.
pub const SINGLY_A_KEY: u64 = 60;
/// Places that are told apart in what is told together of a minute and key.
pub const PLACES_TOLD_APART: u64 = 100;

/// How an attempt is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HowTold {
    /// by an event of its own
    Singly,
    /// with others of its minute and key, once the minute is over
    Together,
}

/// Counts the attempt, and says how it is told. After an error it is to be told singly: nothing else knows of it.
pub async fn count_unproven<A: UnprovenCalls>(
    attempts: &A,
    attempt: UnprovenCall<'_>,
    now: Instant,
) -> Result<HowTold, StoreError> {
    let minute = Minute::of(now);
    let account = attempt.claimed.account;
    let with = Counted::With(attempt.claimed.credential.id());
    let from = Counted::From(attempt.place);
    let is_within = attempts.count(account, minute, from).await? <= SINGLY_A_PLACE
        && attempts.count(account, minute, with).await? <= SINGLY_A_KEY;
    if is_within {
        return Ok(HowTold::Singly);
    }
    add_untold(attempts, attempt, minute).await?;
    Ok(HowTold::Together)
}

/// Of its place, or of all others where there are too many to tell apart.
async fn add_untold<A: UnprovenCalls>(
    attempts: &A,
    attempt: UnprovenCall<'_>,
    minute: Minute,
) -> Result<(), StoreError> {
    if attempts.add_untold(minute, attempt, false).await? {
        return Ok(());
    }
    let claimed = attempt.claimed;
    let places = Counted::PlacesOf(claimed.credential.id());
    let places = attempts.count(claimed.account, minute, places).await?;
    let place = if places <= PLACES_TOLD_APART {
        attempt.place
    } else {
        Place::Others
    };
    let attempt = UnprovenCall { place, ..attempt };
    attempts.add_untold(minute, attempt, true).await.map(|_| ())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::net::{IpAddr, Ipv4Addr};

    use super::*;
    use crate::memory::InMemory;
    use crate::model::unproven::{Claimed, NamedCredential, Untold};

    const NOON: Instant = Instant::from_seconds(1_795_176_000);

    fn claimed(key: &str) -> Claimed {
        Claimed {
            account: "111122223333".parse().unwrap(),
            user: "alice".parse().unwrap(),
            credential: NamedCredential::AccessKey(key.parse().unwrap()),
        }
    }

    fn place(number: u32) -> Place {
        Place::Address(IpAddr::V4(Ipv4Addr::from_bits(0x0a00_0000 + number)))
    }

    async fn tell(table: &InMemory, key: &str, from: Place, now: Instant) -> HowTold {
        let attempt = UnprovenCall {
            claimed: &claimed(key),
            place: from,
            operation: "LookupEvents",
        };
        count_unproven(table, attempt, now).await.unwrap()
    }

    async fn untold(table: &InMemory) -> Vec<Untold> {
        let over = NOON.plus_millis(60_001);
        table.untold(over, None, 10_000).await.unwrap().entries
    }

    fn sum(untold: &[Untold]) -> u64 {
        untold.iter().flat_map(|of| of.calls.values()).sum()
    }

    const ALICES: &str = "AKIAIOSFODNN7EXAMPLE";
    const BOBS: &str = "AKIAI44QH8DHBEXAMPLE";

    #[tokio::test]
    async fn a_flood_from_one_place_hides_no_attempt_from_another() {
        let table = InMemory::new();
        let mut singly = 0;
        for n in 0..151 {
            if tell(&table, ALICES, place(1), NOON).await == HowTold::Singly {
                singly += 1;
            }
            // Now and then somebody else, with the same key and with another.
            if n % 10 == 5 {
                for key in [ALICES, BOBS] {
                    let told = tell(&table, key, place(100 + n), NOON).await;
                    assert_eq!(told, HowTold::Singly, "{key} {n}");
                }
            }
        }
        assert_eq!(singly, 10);
        let untold = untold(&table).await;
        let calls = BTreeMap::from([("LookupEvents".to_owned(), 141)]);
        assert_eq!(
            untold,
            [Untold {
                minute: Minute::of(NOON),
                claimed: claimed(ALICES),
                place: place(1),
                calls,
            }]
        );
    }

    #[tokio::test]
    async fn from_one_place_through_many_keys_is_one_flood() {
        let table = InMemory::new();
        let mut told = Vec::new();
        for n in 0..20 {
            let key = format!("AKIA{n:016}");
            told.push(tell(&table, &key, place(1), NOON).await);
        }
        assert_eq!(told[..10], [HowTold::Singly; 10]);
        assert_eq!(told[10..], [HowTold::Together; 10]);
        assert_eq!(untold(&table).await.len(), 10);
    }

    #[tokio::test]
    async fn from_many_places_the_key_has_its_budget_and_all_are_counted() {
        let table = InMemory::new();
        let mut singly = 0;
        for n in 0..400 {
            singly += u64::from(tell(&table, ALICES, place(n), NOON).await == HowTold::Singly);
        }
        assert_eq!(singly, SINGLY_A_KEY);
        let untold = untold(&table).await;
        assert_eq!(sum(&untold), 400 - SINGLY_A_KEY);
        // A hundred places, and all others.
        assert_eq!(untold.len(), 101);
        let others = untold.iter().find(|of| of.place == Place::Others).unwrap();
        assert_eq!(others.calls["LookupEvents"], 400 - SINGLY_A_KEY - 100);
    }

    #[tokio::test]
    async fn the_next_minute_is_another() {
        let table = InMemory::new();
        for _ in 0..11 {
            tell(&table, ALICES, place(1), NOON).await;
        }
        let last = NOON.plus_millis(59_999);
        assert_eq!(
            tell(&table, ALICES, place(1), last).await,
            HowTold::Together
        );
        let next = NOON.plus_millis(60_000);
        assert_eq!(tell(&table, ALICES, place(1), next).await, HowTold::Singly);
    }
}
