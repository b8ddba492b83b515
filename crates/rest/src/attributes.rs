//! Attributes of events in requests.

use activity_log_core::query::Attribute;

use crate::error::{ApiError, quoted};

/// The attribute of this name, in the field `field`.
pub fn attribute(field: &str, name: &str) -> Result<Attribute, ApiError> {
    name.parse().map_err(|_| {
        let names = Attribute::ALL.map(Attribute::name).join(", ");
        let rule = format!("{} must be one of {names}", quoted(name));
        ApiError::field(field, rule)
    })
}
