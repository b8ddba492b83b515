//! Events: records of any dialect, checked, mapped onto lookup fields, and kept verbatim.

mod changed;
mod dialect;
mod fields;
pub mod limits;
pub mod read_only;
mod record;
mod resources;
pub mod splice;
pub mod surrogates;
mod view;

use std::borrow::Cow;
use std::collections::HashMap;

use serde_json::error::Category;
use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};

pub use dialect::Dialect;
pub use fields::{FAILED, Fields, ResourceField, ResourceSource};
use record::{Moment, Record, Text, WhichEvent};
pub use resources::other_names;
pub use view::{OK, View};

use crate::account::AccountId;
use crate::instant::{DAY, Instant, MINUTE};
use crate::object::Object;
use crate::origin::{Origin, Rank};

/// How far in the future an event may be, in milliseconds.
pub const MAX_FUTURE_MS: i64 = 5 * MINUTE;

/// Why a record is not taken: the field at fault and the rule it breaks.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[error("{field}: {rule}")]
pub struct Rejection {
    /// a field's path, or `record`
    pub field: String,
    /// what must hold
    pub rule: String,
}

impl Rejection {
    pub(crate) fn new(field: impl Into<String>, rule: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            rule: rule.into(),
        }
    }
}

/// For whom and when records are checked.
#[derive(Clone, Copy, Debug)]
pub struct Admission {
    /// whose events
    pub account: AccountId,
    /// the time of the request
    pub now: Instant,
    /// how long events are kept, in days
    pub retention_days: u32,
}

impl Admission {
    /// Nothing older is kept.
    pub fn horizon(&self) -> Instant {
        self.now.plus_millis(-i64::from(self.retention_days) * DAY)
    }
}

/// One accepted event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event<'a> {
    /// when the call was made
    pub time: Instant,
    /// its id; ours where the record had none
    pub id: Cow<'a, str>,
    /// told or inferred
    pub read_only: bool,
    /// how it came ([`Origin::text`]); nothing in the record says it
    pub origin: Cow<'a, str>,
    /// how far that is believed
    pub rank: Rank,
    /// what it can be looked up by
    pub fields: Fields<'a>,
    /// the record as it came; with the id put in front where it had none
    pub text: Cow<'a, str>,
}

impl<'a> Event<'a> {
    /// Reads one record, which came from `origin`.
    ///
    /// `ordinal` counts equal records without an id within one batch: it keeps two such records
    /// apart, while the same batch sent again gets the same ids.
    pub fn parse(
        text: &'a str,
        ordinal: u32,
        origin: &Origin,
        admission: &Admission,
    ) -> Result<Self, Rejection> {
        let text = text.trim_matches([' ', '\t', '\r', '\n']);
        if !text.starts_with('{') {
            return Err(Rejection::new("record", "must be a JSON object"));
        }
        limits::check_text(text)?;
        let read = match serde_json::from_str(text) {
            Ok(record) => Checked::of(record, text, Some(admission))?,
            Err(_) => Checked::of_unpaired(text, Some(admission))?,
        };
        let (id, text) = match read.id {
            Some(id) => {
                limits::check_id(read.dialect.id_field(), &id)?;
                (id, Cow::Borrowed(text))
            }
            None => with_id(text, read.dialect, read.time, ordinal, admission.account),
        };
        Ok(Self {
            time: read.time,
            id,
            read_only: read.read_only,
            origin: origin.text(),
            rank: origin.rank(),
            fields: read.fields,
            text,
        })
    }

    /// Reads a record that was taken, as it is stored: `text` is an event's [`text`](Event::text), `origin` its
    /// [`origin`](Event::origin). What was checked of its time and size when it came is not checked again.
    ///
    /// # Errors
    /// If it is no record that can have been taken.
    pub fn stored(text: &'a str, origin: &'a str) -> Result<Self, Rejection> {
        let read = match serde_json::from_str(text) {
            Ok(record) => Checked::of(record, text, None)?,
            Err(_) => Checked::of_unpaired(text, None)?,
        };
        let id = read
            .id
            .ok_or_else(|| missing(read.dialect.id_field(), text))?;
        let known: Option<Origin> = origin.parse().ok();
        Ok(Self {
            time: read.time,
            id,
            read_only: read.read_only,
            origin: Cow::Borrowed(origin),
            rank: known.map_or(Rank::LOWEST, |origin| origin.rank()),
            fields: read.fields,
            text: Cow::Borrowed(text),
        })
    }
}

/// What is read of a record.
struct Checked<'a> {
    dialect: Dialect,
    time: Instant,
    id: Option<Cow<'a, str>>,
    read_only: bool,
    fields: Fields<'a>,
}

impl<'a> Checked<'a> {
    /// Without an admission, at whatever time it was.
    fn of(
        record: Record<'a>,
        text: &str,
        admission: Option<&Admission>,
    ) -> Result<Self, Rejection> {
        let dialect = Dialect::of(&record);
        let mut mapped = dialect.map(record)?;
        let time = mapped
            .time
            .ok_or_else(|| missing(dialect.time_field(), text))?;
        let time = read_time(dialect, &time)?;
        if let Some(admission) = admission {
            check_time(dialect, time, admission)?;
        }
        if mapped.fields.name.is_empty() {
            return Err(missing(dialect.name_field(), text));
        }
        let by_name = || read_only::inferred(&mapped.fields.name);
        let read_only = mapped.read_only.unwrap_or_else(by_name);
        limits::cut_fields(&mut mapped.fields);
        Ok(Self {
            dialect,
            time,
            id: mapped.id,
            read_only,
            fields: mapped.fields,
        })
    }

    /// Of a record that is not read as it stands: with U+FFFD where a string is no Unicode, if that is what is wrong.
    fn of_unpaired(text: &str, admission: Option<&Admission>) -> Result<Self, Rejection> {
        let readable = surrogates::replaced(text).ok_or_else(|| explain(text))?;
        let record = serde_json::from_str(&readable).map_err(|_| explain(&readable))?;
        let read = Checked::of(record, &readable, admission)?;
        let is_whole = |id: &Cow<'_, str>| !id.contains(char::REPLACEMENT_CHARACTER);
        if !read.id.as_ref().is_none_or(is_whole) {
            // Two such ids would look alike, and the second event be taken for the first.
            let rule = "must be Unicode: it holds half of a surrogate pair";
            return Err(Rejection::new(read.dialect.id_field(), rule));
        }
        Ok(Self {
            dialect: read.dialect,
            time: read.time,
            id: read.id.map(|id| Cow::Owned(id.into_owned())),
            read_only: read.read_only,
            fields: read.fields.into_owned(),
        })
    }
}

/// A field that must be there and is not, or is empty. Says if there is one that differs only in case.
fn missing(field: &str, text: &str) -> Rejection {
    let names: HashMap<Cow<'_, str>, &RawValue> = serde_json::from_str(text).unwrap_or_default();
    let other = names
        .keys()
        .find(|name| *name != field && name.eq_ignore_ascii_case(field));
    let rule = match other {
        Some(name) => {
            format!("is required; the record has \"{name}\": names are case sensitive")
        }
        None => "is required".to_owned(),
    };
    Rejection::new(field, rule)
}

fn read_time(dialect: Dialect, time: &Moment<'_>) -> Result<Instant, Rejection> {
    instant(dialect, time).ok_or_else(|| {
        let rule = match (time, dialect) {
            (Moment::Seconds(_), Dialect::CloudTrail) => {
                "must be a string; seconds since 1970 are read only of records without userIdentity"
            }
            _ => "must be RFC 3339, such as 2026-11-20T12:00:00Z",
        };
        Rejection::new(dialect.time_field(), rule)
    })
}

fn check_time(dialect: Dialect, time: Instant, admission: &Admission) -> Result<(), Rejection> {
    let field = dialect.time_field();
    if time < admission.horizon() {
        let days = admission.retention_days;
        return Err(Rejection::new(
            field,
            format!("older than the {days} days events are kept"),
        ));
    }
    if time > admission.now.plus_millis(MAX_FUTURE_MS) {
        return Err(Rejection::new(field, "more than 5 minutes in the future"));
    }
    Ok(())
}

/// NGN, whose records are K2's otherwise, counts seconds since 1970.
fn instant(dialect: Dialect, time: &Moment<'_>) -> Option<Instant> {
    match (time, dialect) {
        (Moment::Text(text), _) => Instant::parse(text),
        (Moment::Seconds(seconds), Dialect::K2) => Some(Instant::from_epoch(*seconds)),
        (Moment::Seconds(_), Dialect::CloudTrail | Dialect::Vk) => None,
    }
}

/// The time and the id of a record that was taken, which say which event it is.
///
/// ```
/// use activity_log_core::event::identity;
/// let (time, id) = identity(r#"{"eventTime":1795000000.25,"eventID":"a"}"#).unwrap();
/// assert_eq!((time.millis(), &*id), (1_795_000_000_250, "a"));
/// assert!(identity(r#"{"eventTime":"noon","eventID":"a"}"#).is_none());
/// ```
pub fn identity(text: &str) -> Option<(Instant, Cow<'_, str>)> {
    if let Ok(Object(record)) = serde_json::from_str(text) {
        return identity_of(&record);
    }
    let readable = surrogates::replaced(text)?;
    let Object(record) = serde_json::from_str(&readable).ok()?;
    let (time, id) = identity_of(&record)?;
    Some((time, Cow::Owned(id.into_owned())))
}

/// The time of a record, whether or not it has an id.
pub fn time_of(text: &str) -> Option<Instant> {
    if let Ok(Object(record)) = serde_json::from_str(text) {
        return time_in(&record);
    }
    let readable = surrogates::replaced(text)?;
    let Object(record) = serde_json::from_str(&readable).ok()?;
    time_in(&record)
}

fn identity_of<'a>(record: &WhichEvent<'a>) -> Option<(Instant, Cow<'a, str>)> {
    let id = match record.event_time {
        Some(_) => record.event_id?,
        None => record.vk_event_id?,
    };
    let Text(id) = serde_json::from_str(id.get()).ok()?;
    Some((time_in(record)?, id))
}

fn time_in(record: &WhichEvent<'_>) -> Option<Instant> {
    let time = record.event_time.or(record.timestamp)?;
    let dialect = if record.user_identity.is_some() {
        Dialect::CloudTrail
    } else {
        Dialect::K2
    };
    instant(dialect, &serde_json::from_str(time.get()).ok()?)
}

/// Gives a record without an id a `UUIDv7` of its time and content, and writes it into the record.
///
/// The id is derived, not drawn: a batch that is sent again must not become other events.
fn with_id(
    text: &str,
    dialect: Dialect,
    time: Instant,
    ordinal: u32,
    account: AccountId,
) -> (Cow<'static, str>, Cow<'static, str>) {
    let mut hash = Sha256::new();
    hash.update(account.as_str());
    hash.update(ordinal.to_be_bytes());
    hash.update(text);
    let mut random = [0; 10];
    random.copy_from_slice(&hash.finalize()[..10]);
    let millis = u64::try_from(time.millis()).unwrap_or(0);
    let id = uuid::Builder::from_unix_timestamp_millis(millis, &random)
        .into_uuid()
        .to_string();
    (
        id.clone().into(),
        splice::set_text(text, dialect.id_field(), &id).into(),
    )
}

/// Parses once more, slowly, to name the field at fault and what it must be; never its value.
fn explain(text: &str) -> Rejection {
    let mut parser = serde_json::Deserializer::from_str(text);
    let Err(error) = serde_path_to_error::deserialize::<_, Record<'_>>(&mut parser) else {
        return Rejection::new("record", "has text after its end");
    };
    let path = error.path().to_string();
    let is_named = !path.contains('?') && path != ".";
    let message = error.inner().to_string();
    let rule = match (error.inner().classify(), message.rsplit_once("expected ")) {
        (Category::Data, Some((_, expected))) => {
            let expected = expected.split(" at line ").next().unwrap_or_default();
            format!("must be {expected}")
        }
        (Category::Data, None) => message,
        _ => format!("is not JSON: {message}"),
    };
    Rejection::new(if is_named { &*path } else { "record" }, rule)
}

#[cfg(test)]
mod tests;
