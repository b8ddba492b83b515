//! Ids for records that have none.

use std::borrow::Cow;
use std::collections::HashMap;

use super::Incoming;
use crate::event::{Admission, Event, Rejection};

/// Counts equal records without an id within one body, so that each becomes an event of its own,
/// while the same body sent again gives the same events.
#[derive(Debug, Default)]
pub struct Ordinals<'a>(HashMap<(usize, &'a str), u32>);

impl<'a> Ordinals<'a> {
    pub(super) fn parse(
        &mut self,
        record: &Incoming<'a>,
        admission: &Admission,
    ) -> Result<Event<'a>, Rejection> {
        let event = Event::parse(record.text, 0, record.origin, admission)?;
        // Its text is another than the record's only if it was given an id.
        if matches!(event.text, Cow::Borrowed(_)) {
            return Ok(event);
        }
        let ordinal = self.0.entry((record.body, record.text.trim())).or_insert(0);
        *ordinal += 1;
        match *ordinal {
            1 => Ok(event),
            count => Event::parse(record.text, count - 1, record.origin, admission),
        }
    }
}
