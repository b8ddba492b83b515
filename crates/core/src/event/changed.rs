//! Records that somebody changed after they were taken: a report's plugin may put anything in a field's place.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Write as _;

use serde_json::value::RawValue;

use super::record::Record;
use super::{Checked, Dialect, Fields, limits, read_time, surrogates};
use crate::instant::Instant;

/// What only VK's records have, all of it text, which is read as such in records of that dialect.
const TEXTS: [&str; 8] = [
    "event_id",
    "timestamp",
    "action",
    "source",
    "method",
    "user_email",
    "user_id",
    "project_id",
];

impl Checked<'_> {
    /// Time, id and fields of a record, without the members that are not what they are in records. `None` if it is no object.
    pub(super) fn of_changed(
        text: &str,
    ) -> Option<(Option<Instant>, Option<Cow<'static, str>>, Fields<'static>)> {
        let text = surrogates::replaced(text).map_or(Cow::Borrowed(text), Cow::Owned);
        let readable = readable(&text)?;
        let record: Record<'_> = serde_json::from_str(&readable).ok()?;
        let dialect = Dialect::of(&record);
        let mut mapped = dialect.map(record).ok()?;
        limits::cut_fields(&mut mapped.fields);
        let time = mapped.time.and_then(|time| read_time(dialect, &time).ok());
        let id = mapped.id.map(|id| Cow::Owned(id.into_owned()));
        Some((time, id, mapped.fields.into_owned()))
    }
}

/// The members of a record that can be read, each once: of one that stands twice the last.
fn readable(text: &str) -> Option<String> {
    let members: HashMap<Cow<'_, str>, &RawValue> = serde_json::from_str(text).ok()?;
    let mut readable = String::from("{");
    for (name, value) in members {
        let is_text = value.get().starts_with('"');
        if TEXTS.contains(&&*name) && !is_text {
            continue;
        }
        let name = serde_json::Value::from(name);
        let alone = format!("{name}:{value}");
        if serde_json::from_str::<Record<'_>>(&format!("{{{alone}}}")).is_ok() {
            let comma = if readable.len() > 1 { "," } else { "" };
            // Writing to a text does not fail.
            let _ = write!(readable, "{comma}{alone}");
        }
    }
    readable.push('}');
    Some(readable)
}
