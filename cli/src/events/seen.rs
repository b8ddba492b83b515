//! Which events were printed, so that none is printed twice.

use std::collections::HashMap;

use activity_log_core::instant::Instant;

use super::found::Event;

/// Most events that are remembered.
const MAX_EVENTS: usize = 500_000;

/// Ids of events of a span of time, with their times.
#[derive(Debug, Default)]
pub struct Seen(HashMap<(String, String), Instant>);

/// There are more events in the span than can be remembered.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "more than {MAX_EVENTS} events came within --late; give a shorter one, such as --late 1m, or narrow what is asked"
)]
pub struct TooMany;

impl Seen {
    /// Those of the events, newest first, that are new, oldest first.
    pub fn unseen(&mut self, events: Vec<Event>) -> Result<Vec<Event>, TooMany> {
        let mut new = vec![];
        for event in events.into_iter().rev() {
            let time = Instant::parse(&event.time).unwrap_or(Instant::from_millis(i64::MAX));
            // An event is its time and its id: another one may have the same id.
            let event_of = (event.time.clone(), event.id.clone());
            if self.0.insert(event_of, time).is_none() {
                new.push(event);
            }
        }
        if self.0.len() > MAX_EVENTS {
            return Err(TooMany);
        }
        Ok(new)
    }

    /// Forgets what is older: it is not asked for again.
    pub fn forget_before(&mut self, time: Instant) {
        self.0.retain(|_, of| *of >= time);
    }
}

#[cfg(test)]
mod tests {
    use super::super::found::tests::event;
    use super::*;

    #[test]
    fn an_event_is_new_once_until_it_is_forgotten() {
        let at = |second: u32| format!("2026-11-20T12:00:{second:02}Z");
        let events = |ids: &[u32]| {
            let events = ids.iter().map(|id| event(&at(*id), &id.to_string(), None));
            events.collect::<Vec<_>>()
        };
        let ids = |events: Vec<Event>| {
            let ids = events.into_iter().map(|event| event.id);
            ids.collect::<Vec<_>>()
        };
        let mut seen = Seen::default();
        assert_eq!(
            ids(seen.unseen(events(&[3, 2, 1])).unwrap()),
            ["1", "2", "3"]
        );
        // A late one between two that are known.
        assert_eq!(
            ids(seen.unseen(events(&[5, 4, 3, 2, 1, 0])).unwrap()),
            ["0", "4", "5"]
        );
        seen.forget_before(Instant::parse(&at(3)).unwrap());
        assert_eq!(ids(seen.unseen(events(&[5, 4, 3])).unwrap()), [""; 0]);
        assert_eq!(seen.0.len(), 3);
    }
}
