//! Cursors: a position that only we can make, for one account and one query, for one hour.
//!
//! A cursor is `base64url(version ‖ expiry ‖ time ‖ id ‖ HMAC-SHA-256)`. The MAC also covers the
//! account and the query, so a cursor used with other parameters does not verify.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::account::AccountId;
use crate::instant::{Instant, MINUTE};
use crate::page::Position;
use crate::query::Query;

/// How long a cursor lives, in milliseconds (VK's markers: 1 hour).
pub const LIFETIME_MS: i64 = 60 * MINUTE;
/// Longest cursor text accepted, in bytes: an event id of 1 KB and the fixed parts.
pub const MAX_TEXT: usize = 2_048;

const VERSION: u8 = 1;
const FIXED: usize = 1 + 8 + 8;
const MAC: usize = 32;

/// Why a cursor is refused.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum InvalidCursor {
    /// not made by us, changed, cut short, of another account, or used with other parameters
    #[error("the token is not one this service gave for these parameters")]
    Forged,
    /// older than an hour
    #[error("the token has expired; tokens live for 1 hour")]
    Expired,
}

/// The account's key for cursors, 32 bytes.
#[derive(Clone)]
pub struct CursorKey([u8; 32]);

impl CursorKey {
    /// Takes the key's bytes.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// A tag of `parts` under a key of its own, derived for `label`: who has not the account's key cannot compute it,
    /// and it is neither a tag of another label nor part of any cursor.
    pub fn tag(&self, label: &str, parts: &[&[u8]]) -> [u8; 32] {
        let mut derive = keyed(&self.0);
        // Cursors' input begins with a length of eight bytes, of which the first is zero.
        derive.update(b"derive ");
        derive.update(label.as_bytes());
        let mut mac = keyed(&derive.finalize().into_bytes().into());
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}

/// HMAC pads a short key with zeros to the hash's block of 64 bytes (RFC 2104).
fn keyed(key: &[u8; 32]) -> Hmac<Sha256> {
    let mut block = [0; 64];
    block[..key.len()].copy_from_slice(key);
    Hmac::<Sha256>::new(&block.into())
}

impl std::fmt::Debug for CursorKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CursorKey(…)")
    }
}

/// Makes the cursor that goes on after `position`. `scope` names the protocol and operation, so
/// that one protocol's cursor is not another's.
pub fn seal(
    key: &CursorKey,
    scope: &str,
    account: AccountId,
    query: &Query,
    position: &Position,
    now: Instant,
) -> String {
    let mut bytes = Vec::with_capacity(FIXED + position.id.len() + MAC);
    bytes.push(VERSION);
    bytes.extend(now.plus_millis(LIFETIME_MS).millis().to_be_bytes());
    bytes.extend(position.time.millis().to_be_bytes());
    bytes.extend(position.id.as_bytes());
    let tag = mac(key, scope, account, query, &bytes)
        .finalize()
        .into_bytes();
    bytes.extend(tag);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Opens a cursor made by [`seal`] with the same arguments.
pub fn open(
    key: &CursorKey,
    scope: &str,
    account: AccountId,
    query: &Query,
    text: &str,
    now: Instant,
) -> Result<Position, InvalidCursor> {
    if text.len() > MAX_TEXT {
        return Err(InvalidCursor::Forged);
    }
    let bytes = URL_SAFE_NO_PAD
        .decode(text)
        .map_err(|_| InvalidCursor::Forged)?;
    let split = bytes.len().checked_sub(MAC).filter(|split| *split >= FIXED);
    let (content, tag) = bytes.split_at(split.ok_or(InvalidCursor::Forged)?);
    mac(key, scope, account, query, content)
        .verify_slice(tag)
        .map_err(|_| InvalidCursor::Forged)?;
    let number = |from: usize| {
        content[from..from + 8]
            .try_into()
            .map(i64::from_be_bytes)
            .map_err(|_| InvalidCursor::Forged)
    };
    if content[0] != VERSION {
        return Err(InvalidCursor::Forged);
    }
    if now.millis() > number(1)? {
        return Err(InvalidCursor::Expired);
    }
    Ok(Position {
        time: Instant::from_millis(number(9)?),
        id: std::str::from_utf8(&content[FIXED..])
            .map_err(|_| InvalidCursor::Forged)?
            .to_owned(),
    })
}

/// Length-prefixed parts, so that no two different inputs give the same bytes.
fn mac(
    key: &CursorKey,
    scope: &str,
    account: AccountId,
    query: &Query,
    content: &[u8],
) -> Hmac<Sha256> {
    let mut mac = keyed(&key.0);
    let mut part = |bytes: &[u8]| {
        mac.update(&(bytes.len() as u64).to_be_bytes());
        mac.update(bytes);
    };
    part(scope.as_bytes());
    part(account.as_str().as_bytes());
    for bound in [query.start, query.end] {
        part(&bound.map_or([0; 8], |time| time.millis().to_be_bytes()));
        part(&[u8::from(bound.is_some())]);
    }
    // Two texts, a list and three flags always make JSON.
    let filters = query.filters.iter().map(serde_json::to_vec);
    let mut filters: Vec<Vec<u8>> = filters.map(Result::unwrap_or_default).collect();
    filters.sort_unstable();
    for filter in filters {
        part(&filter);
    }
    part(content);
    mac
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::{Attribute, Filter, Test};

    const KEY: CursorKey = CursorKey::new([7; 32]);
    const NOW: Instant = Instant::from_seconds(1_000_000);

    fn account() -> AccountId {
        "111122223333".parse().unwrap()
    }

    fn position() -> Position {
        Position {
            time: Instant::from_millis(-5),
            id: "é-1".to_owned(),
        }
    }

    fn query(value: &str) -> Query {
        Query {
            filters: vec![Filter::is(Attribute::EventName, value)],
            ..Query::default()
        }
    }

    fn sealed() -> String {
        seal(&KEY, "lookup", account(), &query("a"), &position(), NOW)
    }

    fn opened(text: &str) -> Result<Position, InvalidCursor> {
        open(&KEY, "lookup", account(), &query("a"), text, NOW)
    }

    #[test]
    fn a_cursor_gives_its_position_back_for_an_hour() {
        assert_eq!(opened(&sealed()), Ok(position()));
        let at = |ms| {
            open(
                &KEY,
                "lookup",
                account(),
                &query("a"),
                &sealed(),
                NOW.plus_millis(ms),
            )
        };
        assert_eq!(at(LIFETIME_MS), Ok(position()));
        assert_eq!(at(LIFETIME_MS + 1), Err(InvalidCursor::Expired));
    }

    #[test]
    fn every_changed_character_and_every_cut_is_forged() {
        let text = sealed();
        for at in 0..text.len() {
            let mut changed = text.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert_eq!(opened(&changed), Err(InvalidCursor::Forged), "at {at}");
            assert_eq!(
                opened(&text[..at]),
                Err(InvalidCursor::Forged),
                "cut at {at}"
            );
        }
        assert_eq!(
            opened(&"A".repeat(MAX_TEXT + 1)),
            Err(InvalidCursor::Forged)
        );
    }

    #[test]
    fn a_tag_is_of_its_key_its_label_and_its_parts() {
        let tag = KEY.tag("a", &[b"1", b"2"]);
        assert_eq!(KEY.tag("a", &[b"1", b"2"]), tag);
        for other in [
            CursorKey::new([8; 32]).tag("a", &[b"1", b"2"]),
            KEY.tag("b", &[b"1", b"2"]),
            KEY.tag("a", &[b"12"]),
            KEY.tag("a", &[b"1", b"2", b""]),
        ] {
            assert_ne!(other, tag);
        }
    }

    #[test]
    fn other_parameters_are_forged() {
        let text = sealed();
        let other: AccountId = "999999999999".parse().unwrap();
        let bounded = Query {
            end: Some(NOW),
            ..query("a")
        };
        let mut negated = query("a");
        negated.filters[0].test = Test::is("a").inverted();
        for result in [
            open(
                &CursorKey::new([8; 32]),
                "lookup",
                account(),
                &query("a"),
                &text,
                NOW,
            ),
            open(&KEY, "logs", account(), &query("a"), &text, NOW),
            open(&KEY, "lookup", other, &query("a"), &text, NOW),
            open(&KEY, "lookup", account(), &query("b"), &text, NOW),
            open(&KEY, "lookup", account(), &bounded, &text, NOW),
            open(&KEY, "lookup", account(), &negated, &text, NOW),
        ] {
            assert_eq!(result, Err(InvalidCursor::Forged));
        }
    }
}
