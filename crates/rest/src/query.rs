//! Parameters of the query: what an operation does not know is refused by name.

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;

use crate::error::{ApiError, quoted};

/// The parameters of a request, each at most once.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Parameters(BTreeMap<String, String>);

impl Parameters {
    /// Reads a query string; all names must be among the known ones.
    pub fn read(query: &str, known: &[&str]) -> Result<Self, ApiError> {
        let mut read = BTreeMap::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = decoded(name)?;
            if !known.contains(&name.as_str()) {
                let rule = if known.is_empty() {
                    "this call takes no query parameters".to_owned()
                } else {
                    format!("unknown; the parameters are {}", known.join(", "))
                };
                return Err(ApiError::field(format!("query: {}", quoted(&name)), rule));
            }
            if read.insert(name.clone(), decoded(value)?).is_some() {
                return Err(ApiError::field(format!("query: {name}"), "given twice"));
            }
        }
        Ok(Self(read))
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }

    /// The parameter's value.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

fn decoded(text: &str) -> Result<String, ApiError> {
    let decoded = percent_decode_str(text).decode_utf8();
    decoded
        .map(Into::into)
        .map_err(|_| ApiError::field("query", format!("{} is not UTF-8", quoted(text))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_parameters_are_decoded_and_others_refused() {
        let read = |query: &str| Parameters::read(query, &["name"]);
        assert_eq!(read("name=no%2dmfa").unwrap().get("name"), Some("no-mfa"));
        assert_eq!(read("&").unwrap().get("name"), None);
        let refused = |query: &str| read(query).unwrap_err().message().to_owned();
        assert_eq!(
            refused("Name=x"),
            "query: 'Name': unknown; the parameters are name"
        );
        assert_eq!(refused("name=x&name=x"), "query: name: given twice");
        assert_eq!(refused("name=%ff"), "query: '%ff' is not UTF-8");
        let none = Parameters::read("a", &[]).unwrap_err();
        assert_eq!(
            none.message(),
            "query: 'a': this call takes no query parameters"
        );
    }
}
