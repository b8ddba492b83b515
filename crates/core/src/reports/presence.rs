//! Which fields there were: whoever asks for one that no event has finds nothing, and is told why.

use crate::question::names::nearest;
use crate::quoted::quoted;

/// Of some fields, which of them were in any event so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Presence {
    names: Vec<String>,
    seen: Vec<bool>,
    events: u64,
}

impl Presence {
    /// Of these fields, none of which was seen yet.
    pub fn of<N: Into<String>>(names: impl IntoIterator<Item = N>) -> Self {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        Self {
            seen: vec![false; names.len()],
            names,
            events: 0,
        }
    }

    /// The same after so many events, in which all but these were seen.
    #[must_use]
    pub fn resumed(mut self, (events, unseen): (u64, &[String])) -> Self {
        let names = self.names.iter();
        self.seen = names.map(|name| !unseen.contains(name)).collect();
        self.events = events;
        self
    }

    /// Another event was looked at; says which of the fields it has.
    pub fn note(&mut self, has: impl Iterator<Item = bool>) {
        self.events += 1;
        for (seen, has) in self.seen.iter_mut().zip(has) {
            *seen |= has;
        }
    }

    /// How many events were looked at.
    pub const fn events(&self) -> u64 {
        self.events
    }

    /// The fields that none of them had.
    pub fn unseen(&self) -> impl Iterator<Item = &str> {
        let fields = self.names.iter().zip(&self.seen);
        fields.filter(|(_, seen)| !**seen).map(|(name, _)| &**name)
    }

    /// What is to be told of fields that no event had. Where no event was looked at nothing is known of any. `kind` is what
    /// they were named as, and `looked_at` which events those were.
    pub fn warnings(&self, kind: &str, looked_at: &str) -> Vec<String> {
        if self.events == 0 {
            return Vec::new();
        }
        let told = self.unseen().map(|name| {
            let near = nearest(name).filter(|near| *near != name);
            let offer = near.map_or_else(String::new, |near| format!("; did you mean {near}?"));
            format!(
                "{kind} {}: no event {looked_at} has it{offer}",
                quoted(name)
            )
        });
        told.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_event_has_is_told_with_a_name_that_is_near() {
        let mut presence = Presence::of(["username", "a.b", "c"]);
        assert!(presence.warnings("field", "of the time").is_empty());
        presence.note([false, false, true].into_iter());
        let told = presence.warnings("field", "of the time");
        assert_eq!(
            told,
            [
                "field 'username': no event of the time has it; did you mean Username?",
                "field 'a.b': no event of the time has it",
            ]
        );
        let unseen: Vec<String> = presence.unseen().map(str::to_owned).collect();
        let resumed = Presence::of(["username", "a.b", "c"]);
        let mut resumed = resumed.resumed((presence.events(), &unseen[..]));
        assert_eq!(resumed, presence);
        resumed.note([true, true, false].into_iter());
        assert_eq!(resumed.unseen().count(), 0);
    }
}
