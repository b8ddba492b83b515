//! Attributes of events in requests, and filters on them, as in a lookup.

use activity_log_core::query::{Attribute, Filter, looked_up};

use crate::error::{ApiError, quoted};

/// The attribute of this name, in the field `field`.
pub fn attribute(field: &str, name: &str) -> Result<Attribute, ApiError> {
    name.parse().map_err(|_| {
        let names = Attribute::ALL.map(Attribute::name).join(", ");
        let rule = format!("{} must be one of {names}", quoted(name));
        ApiError::field(field, rule)
    })
}

/// A filter, of the field `field`.
pub fn filter(field: &str, name: &str, value: String) -> Result<Filter, ApiError> {
    let attribute = attribute(&format!("{field}.attribute"), name)?;
    if value.is_empty() {
        let rule = "is empty; it must have at least 1 character";
        return Err(ApiError::field(format!("{field}.value"), rule));
    }
    if let Err(rule) = attribute.takes(&value) {
        let rule = format!("{}; {rule}", quoted(&value));
        return Err(ApiError::field(format!("{field}.value"), rule));
    }
    let value = looked_up(value.into()).into_owned();
    Ok(Filter { attribute, value })
}

/// Whether there are too many filters of a kind.
pub fn check_count(kind: &str, count: usize, most: usize) -> Result<(), ApiError> {
    if count > most {
        let rule = format!("{count} {kind}; at most {most}");
        return Err(ApiError::field("filters", rule));
    }
    Ok(())
}
