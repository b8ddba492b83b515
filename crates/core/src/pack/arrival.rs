//! Arrivals: the items of L0.
//!
//! Layout of the value, version 1: a version byte, the time of writing (u16, little endian, milliseconds since the
//! start of the slot the key tells), then a pack.

use sha2::{Digest as _, Sha256};

use super::{ON_TIME_MS, Pack, PackEncoder, PackRow};
use crate::account::AccountId;
use crate::damaged::Damaged;
use crate::event::Event;
use crate::instant::{DAY, Instant};
use crate::items::key::{self, ArrivalKey, ContentHash, Lane};
use crate::items::{Item, Key};
use crate::slot::{SLOT_MS, Slot};

const VERSION: u8 = 1;
/// How long an arrival is kept, in milliseconds, whatever the account's retention: by then it is rolled up many times
/// over. Nothing deletes one sooner.
pub const ARRIVAL_LIFE_MS: i64 = 14 * DAY;

/// A batch as it arrived: one item of L0. Its rows are in read order (newest first).
#[derive(Debug)]
pub struct Arrival {
    /// its name
    pub key: ArrivalKey,
    /// where it lies
    pub at: Key,
    /// when it was written, by the function's clock
    pub written: Instant,
    /// its records
    pub pack: Pack,
}

impl Arrival {
    /// Reads an item of L0.
    pub fn of(item: &Item) -> Result<Self, Damaged> {
        let key = ArrivalKey::from_sort(&item.key.sort)
            .ok_or(Damaged::Inconsistent("an arrival's key is none of ours"))?;
        let (after, pack) = match &*item.value {
            [VERSION, low, high, pack @ ..] => (u16::from_le_bytes([*low, *high]), pack),
            [version, ..] if *version != VERSION => return Err(Damaged::Version(*version)),
            _ => return Err(Damaged::Inconsistent("an arrival is cut short")),
        };
        if i64::from(after) >= SLOT_MS {
            return Err(Damaged::Inconsistent(
                "an arrival was not written in its slot",
            ));
        }
        Ok(Self {
            key,
            at: item.key.clone(),
            written: key.slot.start().plus_millis(i64::from(after)),
            pack: Pack::decode(pack)?,
        })
    }
}

/// Rows that will be one item of L0: packed and named, whenever they are written.
#[derive(Debug)]
pub struct ArrivalDraft {
    account: AccountId,
    newest: Instant,
    oldest: Instant,
    hash: ContentHash,
    pack: Vec<u8>,
}

impl ArrivalDraft {
    /// Of events of an account in read order (newest first; of the same time, the greater id first), at least one.
    ///
    /// # Errors
    /// If there is none, or too many for a pack.
    pub fn new(
        encoder: &mut PackEncoder,
        account: AccountId,
        events: &[&Event<'_>],
    ) -> Result<Self, Damaged> {
        let (Some(first), Some(last)) = (events.first(), events.last()) else {
            return Err(Damaged::Inconsistent("an arrival has an event"));
        };
        let rows = events.iter().map(|event| PackRow {
            text: &event.text,
            origin: &event.origin,
        });
        let pack = encoder.encode(rows)?;
        Ok(Self {
            account,
            newest: first.time,
            oldest: last.time,
            hash: content_hash(account, &pack),
            pack,
        })
    }

    /// Bytes of the item's value.
    pub fn size(&self) -> usize {
        1 + 2 + self.pack.len()
    }

    /// In which lane and under which key it lies if it is written in this slot, over so many shards.
    pub fn place(&self, slot: Slot, shards: u8) -> (Lane, Key) {
        let is_early = self.newest >= slot.end();
        let lane = if is_late(self.oldest, slot) || is_early {
            Lane::Late
        } else {
            Lane::OnTime
        };
        let key = ArrivalKey {
            slot,
            newest: self.newest,
            hash: self.hash,
        };
        let shard = self.hash.0[0] % shards.max(1);
        let key = Key {
            partition: key::arrivals(self.account, lane, shard),
            sort: key.sort(),
        };
        (lane, key)
    }

    /// The item to be created at `written`, by the function's clock; in the slot of that time.
    pub fn item(&self, written: Instant, shards: u8) -> Item {
        let slot = Slot::of(written);
        let after = written.millis() - slot.start().millis();
        let after = u16::try_from(after).unwrap_or(0);
        let [low, high] = after.to_le_bytes();
        let mut value = Vec::with_capacity(self.size());
        value.extend([VERSION, low, high]);
        value.extend(&self.pack);
        Item {
            key: self.place(slot, shards).1,
            value,
            expires: written.plus_millis(ARRIVAL_LIFE_MS),
            revision: 0,
        }
    }
}

/// Whether an event of this time is late in this slot.
pub fn is_late(time: Instant, slot: Slot) -> bool {
    time < slot.start().plus_millis(-ON_TIME_MS)
}

/// Of what readers see, and neither of the slot nor of the time of writing: the same batch sent again has the same one,
/// in whatever order it comes; the same texts from somebody else have another. The pack says it all, times and ids
/// included, in a tenth of the bytes; only a batch sent again while a new encoder is deployed is not known by it.
fn content_hash(account: AccountId, pack: &[u8]) -> ContentHash {
    let hash = Sha256::new()
        .chain_update(account.as_str())
        .chain_update(pack);
    let mut id = [0; 12];
    id.copy_from_slice(&hash.finalize()[..12]);
    ContentHash(id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Admission;
    use crate::origin::Origin;

    const NOW: Instant = Instant::from_seconds(1_795_000_003);

    fn account() -> AccountId {
        "111122223333".parse().unwrap()
    }

    fn record(before: i64, id: &str) -> String {
        let time = NOW.plus_millis(-before);
        format!(r#"{{"eventTime":"{time}","eventName":"GetUser","eventID":"{id}"}}"#)
    }

    fn draft(account: AccountId, records: &[String], origin: &Origin) -> ArrivalDraft {
        let admission = Admission {
            account,
            now: NOW,
            retention_days: 30,
        };
        let read = |text| Event::parse(text, 0, origin, &admission).unwrap();
        let events: Vec<Event<'_>> = records.iter().map(|text| read(text)).collect();
        let events: Vec<&Event<'_>> = events.iter().collect();
        ArrivalDraft::new(&mut PackEncoder::new().unwrap(), account, &events).unwrap()
    }

    fn two(before: i64) -> ArrivalDraft {
        let records = [record(0, "b"), record(before, "a")];
        draft(account(), &records, &Origin::Queue)
    }

    #[test]
    fn an_item_is_read_back() {
        let draft = two(1_000);
        let written = NOW.plus_millis(789);
        let item = draft.item(written, 1);
        assert_eq!(item.value.len(), draft.size());
        assert_eq!(item.expires, written.plus_millis(14 * DAY));
        let arrival = Arrival::of(&item).unwrap();
        assert_eq!(
            (arrival.written, arrival.key.slot),
            (written, Slot::of(NOW))
        );
        assert_eq!(arrival.key.newest, NOW);
        assert_eq!(arrival.key.sort(), item.key.sort);
        assert_eq!(arrival.pack.text(1), record(1_000, "a"));
        assert_eq!(arrival.pack.origin(1), "queue");
        let with = |value: &[u8], sort: &str| {
            let mut item = item.clone();
            item.value = value.to_vec();
            item.key.sort = sort.to_owned();
            Arrival::of(&item).unwrap_err().to_string()
        };
        let (value, sort) = (&item.value, &item.key.sort);
        assert_eq!(with(&value[..2], sort), "an arrival is cut short");
        assert_eq!(with(&[], sort), "an arrival is cut short");
        assert_eq!(with(&[7], sort), "format version 7 is not known");
        assert_eq!(
            with(&[&[1, 0x10, 0x27], &value[3..]].concat(), sort),
            "an arrival was not written in its slot"
        );
        assert_eq!(with(value, "x"), "an arrival's key is none of ours");
    }

    #[test]
    fn the_key_is_the_same_in_a_slot_and_differs_with_all_that_readers_see() {
        let key = |draft: &ArrivalDraft| draft.item(NOW, 1).key;
        let draft_key = key(&two(1_000));
        assert_eq!(two(1_000).item(NOW.plus_millis(6_999), 1).key, draft_key);
        assert_ne!(two(1_000).item(NOW.plus_millis(7_000), 1).key, draft_key);
        let other: AccountId = "444455556666".parse().unwrap();
        let records = [record(0, "b"), record(1_000, "a")];
        let mut reversed = records.clone();
        reversed.reverse();
        let mut spaced = records.clone();
        spaced[0].insert(1, ' ');
        let others = [
            draft(other, &records, &Origin::Queue),
            draft(account(), &records, &Origin::Import),
            draft(account(), &records[..1], &Origin::Queue),
            draft(account(), &spaced, &Origin::Queue),
            draft(account(), &reversed, &Origin::Queue),
            two(1_001),
        ];
        assert!(others.iter().all(|other| key(other) != draft_key));
        assert!(ArrivalDraft::new(&mut PackEncoder::new().unwrap(), other, &[]).is_err());
    }

    #[test]
    fn the_oldest_event_decides_the_lane_and_the_hash_the_shard() {
        let slot = Slot::of(NOW);
        let age = NOW.millis() - slot.start().millis() + ON_TIME_MS;
        assert_eq!(two(age).place(slot, 1).0, Lane::OnTime);
        assert_eq!(two(age + 1).place(slot, 1).0, Lane::Late);
        assert_eq!(two(age).place(slot.next(), 1).0, Lane::Late);
        let shards = (0..100).map(|before| two(before).place(slot, 4).1.partition);
        let shards: std::collections::BTreeSet<String> = shards.collect();
        assert_eq!(shards.len(), 4);
        assert_eq!(two(0).place(slot, 0), two(0).place(slot, 1));
    }
}
