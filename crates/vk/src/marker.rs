//! Markers: a position in one account's answer to one question about one project, for an hour.
//!
//! A marker is `BINDING.CURSOR`. The cursor is [`activity_log_core::cursor`]'s, sealed with the account's own key; the
//! binding is three fingerprints, of the account, of the project and of the parameters, and the cursor's seal covers
//! it. So a marker that was made by us says by itself what is wrong with it here. VK's is an offset in base64, which
//! anybody can write and which shifts when events arrive.

use activity_log_core::account::AccountId;
use activity_log_core::cursor::{self, CursorKey, InvalidCursor, LIFETIME_MS};
use activity_log_core::instant::{Instant, MINUTE};
use activity_log_core::page::Position;
use activity_log_core::query::Query;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::parameters::Parameters;

/// Names the protocol and operation: no other's cursor opens here.
const SCOPE: &str = "vk.ListLogs";
/// Bytes of a fingerprint.
const FINGERPRINT: usize = 8;

/// Why a marker is refused.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum MarkerError {
    /// not made by us, changed, or cut short
    #[error(
        "marker: this service did not give it; send it exactly as it was given, or start again without it"
    )]
    Forged,
    /// given to another account
    #[error("marker: it was given to another account; start again without it")]
    OtherAccount,
    /// given for another project
    #[error("marker: it was given for another project; start again without it")]
    OtherProject,
    /// given for another question
    #[error(
        "marker: it was given for another from, to or source; send those as before, or start again without it"
    )]
    OtherParameters,
    /// too old
    #[error(
        "marker: it has expired; a marker lives for {} minutes; start again without it",
        LIFETIME_MS / MINUTE
    )]
    Expired,
}

impl MarkerError {
    /// A name for the log.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Forged => "MarkerForged",
            Self::OtherAccount => "MarkerOfOtherAccount",
            Self::OtherProject => "MarkerOfOtherProject",
            Self::OtherParameters => "MarkerOfOtherParameters",
            Self::Expired => "MarkerExpired",
        }
    }
}

/// What a marker is bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Binding {
    account: AccountId,
    of_account: Fingerprint,
    of_project: Fingerprint,
    of_parameters: Fingerprint,
}

type Fingerprint = [u8; FINGERPRINT];

impl Binding {
    /// Of an account's question about a project. `limit` may change from page to page.
    pub fn new(account: AccountId, project: &str, asked: &Parameters) -> Self {
        let bound = |time: Option<Instant>| {
            time.map_or_else(Vec::new, |time| time.millis().to_be_bytes().to_vec())
        };
        let (from, to) = (bound(asked.from), bound(asked.to));
        let source = asked.source.as_deref().unwrap_or_default();
        Self {
            account,
            of_account: fingerprint("account", &[account.as_str().as_bytes()]),
            of_project: fingerprint("project", &[project.as_bytes()]),
            of_parameters: fingerprint("parameters", &[&from, &to, source.as_bytes()]),
        }
    }

    /// The marker that goes on after `position`.
    pub fn seal(&self, key: &CursorKey, position: &Position, now: Instant) -> String {
        let binding = self.text();
        let cursor = cursor::seal(
            key,
            &scope(&binding),
            self.account,
            &Query::default(),
            position,
            now,
        );
        format!("{binding}.{cursor}")
    }

    /// The position in a marker that was made for the same.
    pub fn open(
        &self,
        key: &CursorKey,
        marker: &str,
        now: Instant,
    ) -> Result<Position, MarkerError> {
        let (binding, cursor) = marker.split_once('.').ok_or(MarkerError::Forged)?;
        let [of_account, of_project, of_parameters] = read(binding).ok_or(MarkerError::Forged)?;
        // Sealed with a key that is not this account's: its own word is all there is.
        if of_account != self.of_account {
            return Err(MarkerError::OtherAccount);
        }
        let position = cursor::open(
            key,
            &scope(binding),
            self.account,
            &Query::default(),
            cursor,
            now,
        )
        .map_err(|error| match error {
            InvalidCursor::Forged => MarkerError::Forged,
            InvalidCursor::Expired => MarkerError::Expired,
        })?;
        if of_project != self.of_project {
            return Err(MarkerError::OtherProject);
        }
        if of_parameters != self.of_parameters {
            return Err(MarkerError::OtherParameters);
        }
        Ok(position)
    }

    fn text(&self) -> String {
        URL_SAFE_NO_PAD
            .encode([self.of_account, self.of_project, self.of_parameters].as_flattened())
    }
}

fn scope(binding: &str) -> String {
    format!("{SCOPE} {binding}")
}

fn read(binding: &str) -> Option<[Fingerprint; 3]> {
    let mut bytes = [0; 3 * FINGERPRINT];
    let length = URL_SAFE_NO_PAD.decode_slice(binding, &mut bytes).ok()?;
    let (fingerprints, _) = bytes.as_chunks();
    (length == bytes.len())
        .then(|| fingerprints.try_into().ok())
        .flatten()
}

/// Length-prefixed parts, so that no two different inputs give the same bytes.
fn fingerprint(of: &str, parts: &[&[u8]]) -> Fingerprint {
    let mut hash = Sha256::new();
    for part in [of.as_bytes()].iter().chain(parts) {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let mut fingerprint = [0; FINGERPRINT];
    fingerprint.copy_from_slice(&hash.finalize()[..FINGERPRINT]);
    fingerprint
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;
    use proptest::prelude::*;

    use super::*;

    const KEY: CursorKey = CursorKey::new([7; 32]);
    const NOW: Instant = Instant::from_seconds(1_795_176_000);
    const QUERY: &str = "from=2026-11-01T00:00:00Z&source=nova";

    fn binding(account: &str, project: &str, query: &str) -> Binding {
        let asked = Parameters::read(query, &HeaderMap::new()).unwrap();
        Binding::new(account.parse().unwrap(), project, &asked)
    }

    fn ours() -> Binding {
        binding("111122223333", "p1", QUERY)
    }

    fn position() -> Position {
        Position {
            time: NOW,
            id: "e-1".to_owned(),
        }
    }

    fn sealed() -> String {
        ours().seal(&KEY, &position(), NOW)
    }

    #[test]
    fn a_marker_gives_its_position_back_for_an_hour() {
        let at = |ms| ours().open(&KEY, &sealed(), NOW.plus_millis(ms));
        assert_eq!(at(0), Ok(position()));
        assert_eq!(at(LIFETIME_MS), Ok(position()));
        assert_eq!(at(LIFETIME_MS + 1), Err(MarkerError::Expired));
        assert_eq!(
            MarkerError::Expired.to_string(),
            "marker: it has expired; a marker lives for 60 minutes; start again without it"
        );
    }

    #[test]
    fn the_same_question_in_other_words_is_the_same() {
        for query in [
            "source=nova&from=2026-11-01T03:00:00%2B03:00",
            "from=2026-11-01T00:00:00.000Z&to=&source=nova&limit=7",
        ] {
            let binding = binding("111122223333", "p1", query);
            assert_eq!(
                binding.open(&KEY, &sealed(), NOW),
                Ok(position()),
                "{query}"
            );
        }
    }

    #[test]
    fn what_it_was_not_given_for_is_refused_by_name() {
        let open = |binding: Binding| binding.open(&KEY, &sealed(), NOW).unwrap_err();
        let other_account = binding("999999999999", "p1", QUERY);
        assert_eq!(open(other_account), MarkerError::OtherAccount);
        let other_project = binding("111122223333", "p2", QUERY);
        assert_eq!(open(other_project), MarkerError::OtherProject);
        for query in [
            "",
            "source=nova",
            "from=2026-11-01T00:00:00Z",
            "from=2026-11-01T00:00:00Z&source=glance",
            "to=2026-11-01T00:00:00Z&source=nova",
            "from=2026-11-01T00:00:00.001Z&source=nova",
        ] {
            let binding = binding("111122223333", "p1", query);
            assert_eq!(open(binding), MarkerError::OtherParameters, "{query}");
        }
    }

    #[test]
    fn every_changed_character_and_every_cut_is_refused() {
        let marker = sealed();
        let dot = marker.find('.').unwrap();
        for at in 0..marker.len() {
            let mut changed = marker.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            let refused = ours().open(&KEY, &changed, NOW).unwrap_err();
            // The first fingerprint's characters say whose it is.
            let of_account = at < FINGERPRINT * 4 / 3 + 1;
            assert!(
                refused == MarkerError::Forged
                    || of_account && refused == MarkerError::OtherAccount,
                "at {at}: {refused}"
            );
            let cut = ours().open(&KEY, &marker[..at], NOW).unwrap_err();
            assert_eq!(cut, MarkerError::Forged, "cut at {at}");
        }
        assert!(dot > FINGERPRINT);
    }

    #[test]
    fn another_key_another_protocol_and_nonsense_are_forged() {
        let ours = ours();
        let forged = Err(MarkerError::Forged);
        assert_eq!(ours.open(&CursorKey::new([8; 32]), &sealed(), NOW), forged);
        let query = Query::default();
        let plain = cursor::seal(&KEY, SCOPE, ours.account, &query, &position(), NOW);
        assert_eq!(ours.open(&KEY, &plain, NOW), forged);
        let moved = format!("{}.{plain}", ours.text());
        assert_eq!(ours.open(&KEY, &moved, NOW), forged);
        let long = format!("{}.{}", ours.text(), "A".repeat(100_000));
        let seed_s = "eyJ0bSI6MTY5NzM2NDAwMCwib2ZzIjoxMCwidG8iOjE3MDAwNjY1ODAsXXXX";
        for nonsense in [".", "a.b", "é.é", seed_s, &long, &"A.".repeat(50_000)] {
            assert_eq!(ours.open(&KEY, nonsense, NOW), forged);
        }
    }

    proptest! {
        #[test]
        fn nothing_made_up_is_a_position(marker in "\\PC{0,80}|[A-Za-z0-9_-]{32}\\.[A-Za-z0-9_-]{60,90}") {
            prop_assert!(ours().open(&KEY, &marker, NOW).is_err());
            let with_our_binding = format!("{}.{marker}", ours().text());
            prop_assert_eq!(ours().open(&KEY, &with_our_binding, NOW), Err(MarkerError::Forged));
        }
    }
}
