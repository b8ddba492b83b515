//! The request's parameters, checked.

mod given;

use activity_log_core::instant::Instant;
use activity_log_core::query::MAX_VALUE_CHARS;
use http::HeaderMap;
use serde::{Serialize, Serializer};

use crate::error::quoted;
use given::Given;

/// Their names.
pub const NAMES: [&str; 5] = ["from", "to", "source", "marker", "limit"];
/// Records of an answer if the request does not say.
///
/// VK's current document; the older one says 1000.
pub const DEFAULT_LIMIT: usize = 100;
/// Most records of an answer.
pub const MAX_LIMIT: usize = 1_000;

/// Why a parameter is not taken: its name and the rule it breaks.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum ParameterError {
    /// no parameter of the query has this name
    #[error("{}: unknown; the parameters are {}", quoted(name), NAMES.join(", "))]
    Unknown {
        /// as it was sent
        name: String,
    },
    /// twice in one place, where they could differ
    #[error("{name}: given twice in the {place}; send it once")]
    Repeated {
        /// which
        name: &'static str,
        /// query or headers
        place: Place,
    },
    /// one value in the query, another in the headers
    #[error("{name}: the query and the header differ; send it in one of them")]
    Conflict {
        /// which
        name: &'static str,
    },
    /// bytes that are no text
    #[error("{name}: the value in the {place} is not UTF-8")]
    NotText {
        /// which
        name: String,
        /// query or headers
        place: Place,
    },
    /// not a point in time
    #[error(
        "{name}: {} is not RFC 3339, such as 2026-11-20T12:00:00Z",
        quoted(text)
    )]
    Time {
        /// which
        name: &'static str,
        /// as it was sent
        text: String,
    },
    /// a range that ends before it begins
    #[error("from: {from} is after to, which is {to}")]
    Range {
        /// the beginning
        from: Instant,
        /// the end
        to: Instant,
    },
    /// longer than any source is
    #[error("source: {chars} characters; at most {MAX_VALUE_CHARS}")]
    SourceTooLong {
        /// its length
        chars: usize,
    },
    /// not a number of records
    #[error("limit: {} is not a whole number from 1 to {MAX_LIMIT}", quoted(text))]
    Limit {
        /// as it was sent
        text: String,
    },
}

/// Where a parameter was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// behind the path
    Query,
    /// among the headers
    Headers,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Query => "query",
            Self::Headers => "headers",
        })
    }
}

/// What is asked for; written, it is the `requestParameters` of the call's event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Parameters {
    /// nothing older
    #[serde(serialize_with = "as_text")]
    pub from: Option<Instant>,
    /// nothing newer
    #[serde(serialize_with = "as_text")]
    pub to: Option<Instant>,
    /// only records of this source
    pub source: Option<String>,
    /// where to go on, as it was sent
    pub marker: Option<String>,
    /// most records
    pub limit: usize,
}

impl Parameters {
    /// Reads a query string and the headers.
    pub fn read(query: &str, headers: &HeaderMap) -> Result<Self, ParameterError> {
        let mut given = Given::read(query, headers)?;
        let (from, to) = (time(&mut given, "from")?, time(&mut given, "to")?);
        if let (Some(from), Some(to)) = (from, to)
            && from > to
        {
            return Err(ParameterError::Range { from, to });
        }
        Ok(Self {
            from,
            to,
            source: given.take("source").map(source).transpose()?,
            marker: given.take("marker"),
            limit: given.take("limit").map_or(Ok(DEFAULT_LIMIT), limit)?,
        })
    }
}

#[expect(clippy::ref_option, reason = "serde's")]
fn as_text<S: Serializer>(time: &Option<Instant>, serializer: S) -> Result<S::Ok, S::Error> {
    time.map(|time| time.to_string()).serialize(serializer)
}

fn time(given: &mut Given, name: &'static str) -> Result<Option<Instant>, ParameterError> {
    let Some(text) = given.take(name) else {
        return Ok(None);
    };
    let time = Instant::parse(&text);
    time.map(Some).ok_or(ParameterError::Time { name, text })
}

fn source(text: String) -> Result<String, ParameterError> {
    let chars = text.chars().count();
    if chars > MAX_VALUE_CHARS {
        return Err(ParameterError::SourceTooLong { chars });
    }
    Ok(text)
}

fn limit(text: String) -> Result<usize, ParameterError> {
    // What `parse` takes besides: a plus.
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().ok().filter(|_| digits);
    number
        .filter(|limit| (1..=MAX_LIMIT).contains(limit))
        .ok_or(ParameterError::Limit { text })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(query: &str) -> Result<Parameters, ParameterError> {
        Parameters::read(query, &HeaderMap::new())
    }

    fn refused(query: &str) -> String {
        read(query).unwrap_err().to_string()
    }

    #[test]
    fn nothing_is_needed_and_empty_is_nothing() {
        let nothing = Parameters {
            from: None,
            to: None,
            source: None,
            marker: None,
            limit: 100,
        };
        assert_eq!(read(""), Ok(nothing.clone()));
        assert_eq!(read("from=&to=&source=&marker=&limit="), Ok(nothing));
    }

    #[test]
    fn the_seed_s_parameters_are_read() {
        let read = read(
            "source=nova&marker=eyJ0bSI6&limit=10&from=2023-10-15T10:00:00.000Z&to=2023-11-15T16:43:00.477Z",
        );
        let read = read.unwrap();
        assert_eq!(read.from.unwrap().to_string(), "2023-10-15T10:00:00Z");
        assert_eq!(read.to.unwrap().to_string(), "2023-11-15T16:43:00.477Z");
        assert_eq!(read.source.as_deref(), Some("nova"));
        assert_eq!(read.marker.as_deref(), Some("eyJ0bSI6"));
        assert_eq!(read.limit, 10);
    }

    #[test]
    fn a_plus_is_a_plus() {
        let read = read("from=2023-10-15T13:00:00+03:00").unwrap();
        assert_eq!(read.from.unwrap().to_string(), "2023-10-15T10:00:00Z");
    }

    #[test]
    fn times_that_are_none_are_refused_by_name() {
        assert_eq!(
            refused("to=2023-10-15"),
            "to: '2023-10-15' is not RFC 3339, such as 2026-11-20T12:00:00Z"
        );
        assert_eq!(
            refused("from=2023-10-15T10:00:01Z&to=2023-10-15T10:00:00Z"),
            "from: 2023-10-15T10:00:01Z is after to, which is 2023-10-15T10:00:00Z"
        );
        for bad in [
            "1697364000",
            "2023-10-15T10:00:00",
            "yesterday",
            "%00",
            "2023-10-15T25:00:00Z",
        ] {
            assert!(
                refused(&format!("from={bad}")).starts_with("from: '"),
                "{bad}"
            );
        }
        let instant = "from=2023-10-15T10:00:00Z&to=2023-10-15T10:00:00Z";
        assert!(read(instant).is_ok(), "a range of one instant");
    }

    #[test]
    fn a_limit_is_1_to_1000() {
        for (text, limit) in [("1", 1), ("1000", 1_000), ("007", 7)] {
            assert_eq!(read(&format!("limit={text}")).unwrap().limit, limit);
        }
        for bad in [
            "0",
            "1001",
            "-1",
            "+1",
            "1.0",
            "1e2",
            "0x10",
            "ten",
            "99999999999999999999999",
        ] {
            assert_eq!(
                refused(&format!("limit={bad}")),
                format!("limit: '{bad}' is not a whole number from 1 to 1000")
            );
        }
    }

    #[test]
    fn a_source_has_an_end() {
        let longest = "s".repeat(MAX_VALUE_CHARS);
        assert_eq!(
            read(&format!("source={longest}")).unwrap().source,
            Some(longest.clone())
        );
        assert_eq!(
            refused(&format!("source=x{longest}")),
            "source: 2001 characters; at most 2000"
        );
    }

    proptest! {
        #[test]
        fn whatever_is_sent_is_read_or_refused_in_few_words(query in "\\PC{0,200}") {
            match read(&query) {
                Ok(read) => prop_assert!((1..=MAX_LIMIT).contains(&read.limit)),
                Err(error) => prop_assert!(error.to_string().chars().count() < 250),
            }
        }
    }
}
