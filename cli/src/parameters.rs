//! A plugin's parameters on the command line: `hours=9-17`, or `rule=@sigma.yml` for a file's text.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// What a report's parameters may have together; a file is not read beyond it.
const MAX_BYTES: usize = 64 * 1024;

/// One parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    name: String,
    value: Value,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Value {
    Text(String),
    File(PathBuf),
}

/// The text is no parameter.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a parameter is NAME=VALUE, or NAME=@FILE for a file's text (NAME=@@… for a text that begins with @)"
)]
pub struct InvalidParameter;

/// The parameters cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ParameterError {
    /// one stands twice
    #[error("parameter {0:?} is given twice")]
    Twice(String),
    /// its file cannot be read
    #[error("parameter {name:?}: cannot read {}", .path.display())]
    Unreadable {
        /// the parameter
        name: String,
        /// its file
        path: PathBuf,
        /// why not
        #[source]
        source: io::Error,
    },
    /// its file is larger than all parameters together may be
    #[error("parameter {name:?}: {} is larger than {MAX_BYTES} bytes, which is what all parameters may have together", .path.display())]
    TooLarge {
        /// the parameter
        name: String,
        /// its file
        path: PathBuf,
    },
}

impl FromStr for Parameter {
    type Err = InvalidParameter;

    fn from_str(text: &str) -> Result<Self, InvalidParameter> {
        let (name, value) = text.split_once('=').ok_or(InvalidParameter)?;
        if name.is_empty() {
            return Err(InvalidParameter);
        }
        let value = match value.strip_prefix('@') {
            None => Value::Text(value.to_owned()),
            Some("") => return Err(InvalidParameter),
            Some(text) if text.starts_with('@') => Value::Text(text.to_owned()),
            Some(path) => Value::File(path.into()),
        };
        let name = name.to_owned();
        Ok(Self { name, value })
    }
}

/// All of them, files read.
pub fn read(parameters: &[Parameter]) -> Result<BTreeMap<String, String>, ParameterError> {
    let mut values = BTreeMap::new();
    for Parameter { name, value } in parameters {
        let text = match value {
            Value::Text(text) => text.clone(),
            Value::File(path) => text_of(name, path)?,
        };
        if values.insert(name.clone(), text).is_some() {
            return Err(ParameterError::Twice(name.clone()));
        }
    }
    Ok(values)
}

fn text_of(name: &str, path: &Path) -> Result<String, ParameterError> {
    let mut text = String::new();
    let most = u64::try_from(MAX_BYTES).unwrap_or(u64::MAX);
    File::open(path)
        .and_then(|file| file.take(most + 1).read_to_string(&mut text))
        .map_err(|source| ParameterError::Unreadable {
            name: name.to_owned(),
            path: path.to_owned(),
            source,
        })?;
    if text.len() > MAX_BYTES {
        return Err(ParameterError::TooLarge {
            name: name.to_owned(),
            path: path.to_owned(),
        });
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(texts: &[&str]) -> Result<BTreeMap<String, String>, ParameterError> {
        let parameters: Vec<Parameter> = texts.iter().map(|text| text.parse().unwrap()).collect();
        read(&parameters)
    }

    #[test]
    fn a_value_is_a_text_or_a_file() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("rule.yml");
        std::fs::write(&file, "title: x\n").unwrap();
        let rule = format!("rule=@{}", file.display());
        let values = values(&["hours=9-17", "b=a=b", "empty=", "at=@@x", &rule]).unwrap();
        let pairs: Vec<(&str, &str)> = values
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        assert_eq!(
            pairs,
            [
                ("at", "@x"),
                ("b", "a=b"),
                ("empty", ""),
                ("hours", "9-17"),
                ("rule", "title: x\n")
            ]
        );
    }

    #[test]
    fn what_is_wrong_is_named() {
        for text in ["", "a", "=b", "a=@"] {
            assert_eq!(text.parse::<Parameter>(), Err(InvalidParameter), "{text}");
        }
        let says = |texts: &[&str]| values(texts).unwrap_err().to_string();
        assert_eq!(says(&["a=1", "a=2"]), "parameter \"a\" is given twice");
        assert_eq!(
            says(&["a=@/nonexistent/x"]),
            "parameter \"a\": cannot read /nonexistent/x"
        );
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("large");
        std::fs::write(&file, "x".repeat(MAX_BYTES + 1)).unwrap();
        assert!(says(&[&format!("a=@{}", file.display())]).contains("is larger than 65536 bytes"));
    }
}
