//! Parameters as they were sent, in the query or in the headers, each at most once.

use http::HeaderMap;
use percent_encoding::percent_decode_str;

use super::{NAMES, ParameterError, Place};

/// The values, in the order of [`NAMES`]; empty ones are left out.
#[derive(Debug, Default)]
pub struct Given([Option<String>; NAMES.len()]);

impl Given {
    /// Reads a query string and the headers.
    pub fn read(query: &str, headers: &HeaderMap) -> Result<Self, ParameterError> {
        let (in_query, in_headers) = (of_query(query)?, of_headers(headers)?);
        let mut given = Self::default();
        let pairs = in_query.into_iter().zip(in_headers);
        for ((value, name), pair) in given.0.iter_mut().zip(NAMES).zip(pairs) {
            // An empty value says nothing, so it contradicts nothing either.
            *value = match pair {
                (Some(query), Some(header)) if query == header || header.is_empty() => Some(query),
                (Some(query), Some(header)) if query.is_empty() => Some(header),
                (Some(_), Some(_)) => return Err(ParameterError::Conflict { name }),
                (query, header) => query.or(header),
            }
            .filter(|value| !value.is_empty());
        }
        Ok(given)
    }

    /// Takes the parameter's value, if it has one.
    pub fn take(&mut self, name: &str) -> Option<String> {
        self.0[NAMES.iter().position(|one| *one == name)?].take()
    }
}

type Values = [Option<String>; NAMES.len()];

fn of_query(query: &str) -> Result<Values, ParameterError> {
    let mut values = Values::default();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let name = decoded(name, name)?;
        let Some(at) = NAMES.iter().position(|one| one.eq_ignore_ascii_case(&name)) else {
            return Err(ParameterError::Unknown { name });
        };
        if values[at].replace(decoded(NAMES[at], value)?).is_some() {
            let (name, place) = (NAMES[at], Place::Query);
            return Err(ParameterError::Repeated { name, place });
        }
    }
    Ok(values)
}

fn decoded(name: &str, text: &str) -> Result<String, ParameterError> {
    let decoded = percent_decode_str(text).decode_utf8();
    decoded
        .map(Into::into)
        .map_err(|_| not_text(name, Place::Query))
}

fn of_headers(headers: &HeaderMap) -> Result<Values, ParameterError> {
    let mut values = Values::default();
    for (value, name) in values.iter_mut().zip(NAMES) {
        for header in headers.get_all(name) {
            let text = std::str::from_utf8(header.as_bytes())
                .map_err(|_| not_text(name, Place::Headers))?;
            // The gateway makes of two headers one with a comma, which no parameter has.
            if text.contains(',') || value.replace(text.trim().to_owned()).is_some() {
                let place = Place::Headers;
                return Err(ParameterError::Repeated { name, place });
            }
        }
    }
    Ok(values)
}

/// A name that was sent as no text is shown as far as it is one.
fn not_text(name: &str, place: Place) -> ParameterError {
    let name = name.chars().filter(|char| !char.is_control()).take(100);
    ParameterError::NotText {
        name: name.collect(),
        place,
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn headers(pairs: &[(&'static str, &[u8])]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_bytes(value).unwrap());
        }
        headers
    }

    fn source(query: &str, header: Option<&str>) -> Result<Option<String>, String> {
        let headers = header.map(|value| headers(&[("source", value.as_bytes())]));
        Given::read(query, &headers.unwrap_or_default())
            .map(|mut given| given.take("source"))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn query_and_header_are_taken_and_must_not_differ() {
        let nova = Ok(Some("nova".to_owned()));
        assert_eq!(source("source=nova", None), nova);
        assert_eq!(source("", Some("nova")), nova);
        assert_eq!(source("source=no%76a", Some("nova")), nova);
        assert_eq!(source("source=", Some("nova")), nova);
        assert_eq!(source("source=nova", Some("")), nova);
        assert_eq!(source("source", Some(" ")), Ok(None));
        assert_eq!(
            source("source=nova", Some("glance")).unwrap_err(),
            "source: the query and the header differ; send it in one of them"
        );
    }

    #[test]
    fn names_are_read_in_any_case() {
        assert_eq!(source("Source=nova", None), Ok(Some("nova".to_owned())));
    }

    #[test]
    fn what_is_given_twice_is_refused() {
        let twice = "source: given twice in the query; send it once";
        for query in ["source=a&source=a", "source=&source=", "source&SOURCE=a"] {
            assert_eq!(source(query, None).unwrap_err(), twice);
        }
        let twice = "limit: given twice in the headers; send it once";
        for values in [
            &[("limit", b"1".as_slice()), ("limit", b"1")][..],
            &[("limit", b"1,1")],
        ] {
            let error = Given::read("", &headers(values)).unwrap_err();
            assert_eq!(error.to_string(), twice);
        }
    }

    #[test]
    fn unknown_parameters_are_refused_by_name() {
        assert_eq!(
            source("offset=5", None).unwrap_err(),
            "'offset': unknown; the parameters are from, to, source, marker, limit"
        );
        assert!(source("=5", None).unwrap_err().starts_with("'': unknown"));
        assert!(
            source("source%00=5", None)
                .unwrap_err()
                .starts_with("'source\u{fffd}': unknown")
        );
    }

    #[test]
    fn what_is_no_text_is_refused_by_name() {
        assert_eq!(
            source("source=%ff", None).unwrap_err(),
            "source: the value in the query is not UTF-8"
        );
        assert_eq!(
            source("%ff=1", None).unwrap_err(),
            "%ff: the value in the query is not UTF-8"
        );
        let error = Given::read("", &headers(&[("marker", b"\xff")])).unwrap_err();
        assert_eq!(
            error.to_string(),
            "marker: the value in the headers is not UTF-8"
        );
    }
}
