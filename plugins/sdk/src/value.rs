//! What one can ask of a value.

use std::borrow::Cow;
use std::fmt;

use crate::Value;

impl Value {
    /// What the string says, or the JSON text of an object or array (and of a string that is no Unicode); nothing for other values.
    ///
    /// ```
    /// use activity_log_filter::Value;
    /// assert_eq!(Value::from("alice").text(), Some("alice"));
    /// assert_eq!(Value::Json(r#"["a"]"#.into()).text(), Some(r#"["a"]"#));
    /// assert_eq!(Value::Integer(1).text(), None);
    /// ```
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Json(text) => Some(text),
            _ => None,
        }
    }

    /// Whether it is this very string.
    pub fn is(&self, text: &str) -> bool {
        matches!(self, Self::Text(own) if own == text)
    }

    /// Whether the event has no such field, or has `null` there.
    pub fn is_nothing(&self) -> bool {
        matches!(self, Self::Absent | Self::Null)
    }

    /// Whether it is `true`, or the string "true", which some services write.
    pub fn is_true(&self) -> bool {
        matches!(self, Self::Boolean(true)) || self.is("true")
    }

    /// Whether it is `false`, or the string "false", which some services write.
    pub fn is_false(&self) -> bool {
        matches!(self, Self::Boolean(false)) || self.is("false")
    }

    /// The number, if it is a whole one.
    pub fn integer(&self) -> Option<i64> {
        match self {
            Self::Integer(number) => Some(*number),
            _ => None,
        }
    }

    /// What a report's cell would show: nothing for an absent field and `null`.
    ///
    /// ```
    /// use activity_log_filter::Value;
    /// assert_eq!(Value::Float(2.0).to_text(), "2.0");
    /// assert_eq!(Value::Boolean(true).to_text(), "true");
    /// assert_eq!(Value::Null.to_text(), "");
    /// ```
    pub fn to_text(&self) -> Cow<'_, str> {
        match self {
            Self::Absent | Self::Null => Cow::Borrowed(""),
            Self::Boolean(true) => Cow::Borrowed("true"),
            Self::Boolean(false) => Cow::Borrowed("false"),
            Self::Integer(number) => Cow::Owned(number.to_string()),
            Self::Float(number) => Cow::Owned(format!("{number:?}")),
            Self::Text(text) | Self::Json(text) => Cow::Borrowed(text),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_text())
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Self::Boolean(truth)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Float(number)
    }
}

/// `None` is a cell that stays empty.
impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Absent, Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn truth_is_also_read_from_strings() {
        assert!(Value::Boolean(true).is_true() && Value::from("true").is_true());
        assert!(Value::Boolean(false).is_false() && Value::from("false").is_false());
        for neither in [Value::Absent, Value::Null, Value::Integer(1), "yes".into()] {
            assert!(!neither.is_true() && !neither.is_false(), "{neither:?}");
        }
    }

    #[test]
    fn json_is_no_string() {
        assert!(Value::from("{}").is("{}"));
        assert!(!Value::Json("{}".into()).is("{}"));
    }
}
