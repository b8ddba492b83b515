//! Ids of the service's own events: UUIDs of version 7, so that ids of one second are in the order of time, with an end
//! that nobody can foresee.

use activity_log_control::{Claimed, EndedSession, Minute};
use activity_log_core::account::AccountId;
use activity_log_core::cursor::CursorKey;
use activity_log_core::instant::Instant;
use uuid::Uuid;

/// What the tags of ends are called, so that they are no tags of anything else.
const END: &str = "event id of a session's end";
/// The same of calls that are told together.
const REFUSED: &str = "event id of refused calls";

/// An id for a call at `now`.
pub fn of_call(now: Instant) -> Uuid {
    // Of a version 4 UUID the bytes 6 and 8 are not random throughout.
    let random = Uuid::new_v4().into_bytes();
    let mut bytes = [0; 10];
    bytes[..6].copy_from_slice(&random[..6]);
    bytes[6..].copy_from_slice(&random[9..13]);
    of(now, bytes)
}

/// The id of the event that a session's end is: made from what ended with the account's key, so that the same end is
/// the same event, and nobody else can know which.
pub fn of_end(session: &EndedSession, key: &CursorKey) -> Uuid {
    let ended = session.ended.millis().to_be_bytes();
    let parts = [
        session.account.as_str().as_bytes(),
        session.id.as_str().as_bytes(),
        &ended,
    ];
    tagged(session.ended, &key.tag(END, &parts))
}

/// The id of the event that tells the refused calls of a minute and a key or token, made likewise.
pub fn of_refused(minute: Minute, claimed: &Claimed, key: &CursorKey) -> Uuid {
    let start = minute.start().millis().to_be_bytes();
    let parts = [
        claimed.account.as_str().as_bytes(),
        claimed.credential.id().as_bytes(),
        &start,
    ];
    tagged(minute.end(), &key.tag(REFUSED, &parts))
}

/// The id of the event that tells what a roll-up left out. The account and the time at which it ends say which.
pub fn of_conflicts(account: AccountId, upto: Instant) -> Uuid {
    let mut bytes = *b"\0\0\0\0\0left-";
    // Twelve digits are less than five bytes.
    let number: u64 = account.as_str().parse().unwrap_or(0);
    bytes[..5].copy_from_slice(&number.to_be_bytes()[3..]);
    // Bits of the first and the third byte are the version's and the variant's.
    bytes.rotate_left(5);
    of(upto, bytes)
}

fn tagged(time: Instant, tag: &[u8; 32]) -> Uuid {
    let mut bytes = [0; 10];
    bytes.copy_from_slice(&tag[..10]);
    of(time, bytes)
}

fn of(time: Instant, rest: [u8; 10]) -> Uuid {
    let millis = u64::try_from(time.millis()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &rest).into_uuid()
}

#[cfg(test)]
mod tests {
    use activity_log_control::EndReason;

    use super::*;

    const NOW: Instant = Instant::from_millis(1_795_176_000_250);

    fn session() -> EndedSession {
        EndedSession {
            id: "0123456789abcdef0123".parse().unwrap(),
            account: "111122223333".parse().unwrap(),
            user: "alice".parse().unwrap(),
            access_key_id: "AKIAIOSFODNN7EXAMPLE".parse().unwrap(),
            ended: NOW,
            reason: EndReason::Timeout,
        }
    }

    #[test]
    fn ids_of_calls_are_in_the_order_of_time_and_never_the_same() {
        let ids: Vec<_> = (0..1_000).map(|n| of_call(NOW.plus_millis(n))).collect();
        let texts: Vec<_> = ids.iter().map(Uuid::to_string).collect();
        assert!(texts.is_sorted());
        assert_eq!(ids[0].get_version_num(), 7);
        assert_ne!(of_call(NOW), of_call(NOW));
    }

    #[test]
    fn an_end_has_always_the_same_id_and_with_another_key_another() {
        let key = CursorKey::new([7; 32]);
        let id = of_end(&session(), &key);
        assert_eq!(of_end(&session(), &key), id);
        assert_eq!(id.get_version_num(), 7);
        assert_ne!(of_end(&session(), &CursorKey::new([8; 32])), id);
        let other = EndedSession {
            id: "0123456789abcdef0124".parse().unwrap(),
            ..session()
        };
        assert_ne!(of_end(&other, &key), id);
        let start = |id: Uuid| id.to_string()[..13].to_owned();
        assert_eq!(start(id), start(of_call(NOW)), "time first");
    }
}
