//! Events: records of any dialect, checked, mapped onto lookup fields, and kept verbatim.

mod dialect;
mod fields;
pub mod limits;
pub mod read_only;
mod record;
pub mod splice;

use std::borrow::Cow;

use serde_json::error::Category;
use sha2::{Digest as _, Sha256};

pub use dialect::Dialect;
pub use fields::{Fields, ResourceField};
use record::Record;

use crate::account::AccountId;
use crate::instant::{DAY, Instant, MINUTE};

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
    /// what it can be looked up by
    pub fields: Fields<'a>,
    /// the record as it came; with the id put in front where it had none
    pub text: Cow<'a, str>,
}

impl<'a> Event<'a> {
    /// Reads one record.
    ///
    /// `ordinal` counts equal records without an id within one batch: it keeps two such records
    /// apart, while the same batch sent again gets the same ids.
    pub fn parse(text: &'a str, ordinal: u32, admission: &Admission) -> Result<Self, Rejection> {
        let text = text.trim_matches([' ', '\t', '\r', '\n']);
        if !text.starts_with('{') {
            return Err(Rejection::new("record", "must be a JSON object"));
        }
        limits::check_text(text)?;
        let record: Record<'a> = serde_json::from_str(text).map_err(|_| explain(text))?;
        limits::check_sizes(&record)?;
        let dialect = Dialect::of(&record);
        let mapped = dialect.map(record)?;
        limits::check_fields(&mapped.fields)?;
        let time = check_time(dialect, mapped.time.as_deref(), admission)?;
        if mapped.fields.name.is_empty() {
            return Err(Rejection::new(dialect.name_field(), "is required"));
        }
        let read_only = mapped
            .read_only
            .unwrap_or_else(|| read_only::inferred(&mapped.fields.name));
        let (id, text) = match mapped.id {
            Some(id) => {
                limits::check_id(dialect.id_field(), &id)?;
                (id, Cow::Borrowed(text))
            }
            None => with_id(text, dialect, time, ordinal, admission.account),
        };
        Ok(Self {
            time,
            id,
            read_only,
            fields: mapped.fields,
            text,
        })
    }
}

fn check_time(
    dialect: Dialect,
    text: Option<&str>,
    admission: &Admission,
) -> Result<Instant, Rejection> {
    let field = dialect.time_field();
    let text = text.ok_or_else(|| Rejection::new(field, "is required"))?;
    let time = Instant::parse(text)
        .ok_or_else(|| Rejection::new(field, "must be RFC 3339, such as 2026-11-20T12:00:00Z"))?;
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
    Ok(time)
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
