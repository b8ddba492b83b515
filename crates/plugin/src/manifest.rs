//! What a plugin says of itself, and the rules for it.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use wasmtime::component::{ComponentType, Lift};

/// Longest name of a plugin or of a parameter, in bytes.
pub const NAME_BYTES: usize = 64;
/// Longest version, in bytes.
pub const VERSION_BYTES: usize = 32;
/// Longest description, in characters.
pub const DESCRIPTION_CHARS: usize = 1000;
/// Longest input path or output name, in bytes.
pub const PATH_BYTES: usize = 256;
/// Most names in an input's path.
pub const PATH_NAMES: usize = 16;
/// Most inputs.
pub const INPUTS: usize = 32;
/// Most outputs.
pub const OUTPUTS: usize = 16;
/// Most parameters.
pub const PARAMETERS: usize = 32;
/// Most bytes of all of it as JSON. A list of an account's plugins holds 50 of them, and a function's answer has 6 MB.
pub const MANIFEST_BYTES: usize = 48 * 1024;

/// What a plugin says of itself: `describe` of `wit/filter.wit`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift)]
#[component(record)]
pub struct Manifest {
    /// `[a-z0-9][a-z0-9-]{0,63}`
    pub name: String,
    /// `MAJOR.MINOR.PATCH`, with `-suffix` or not
    pub version: String,
    /// for people
    pub description: String,
    /// the fields it reads, as dotted paths; `""` is the whole event
    pub inputs: Vec<String>,
    /// the columns it writes
    pub outputs: Vec<String>,
    /// what a report may or must say to it
    pub parameters: Vec<Parameter>,
}

/// What a report may or must say to a plugin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ComponentType, Lift)]
#[component(record)]
pub struct Parameter {
    /// its name
    pub name: String,
    /// for people
    pub description: String,
    /// whether a report must give it
    pub required: bool,
}

/// Which rule a manifest breaks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("manifest: {field}: {rule}")]
pub struct ManifestError {
    /// the field: `inputs[3]`
    pub field: String,
    /// the rule, in plain words
    pub rule: String,
}

impl ManifestError {
    fn new(field: impl Into<String>, rule: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            rule: rule.into(),
        }
    }
}

impl Manifest {
    /// Checks the rules; the error names the field and the rule.
    pub fn check(&self) -> Result<(), ManifestError> {
        self.check_name()?;
        self.check_version()?;
        check_description("description", &self.description)?;
        self.check_inputs()?;
        self.check_outputs()?;
        self.check_parameters()?;
        self.check_size()
    }

    fn check_size(&self) -> Result<(), ManifestError> {
        let bytes = serde_json::to_vec(self).map_or(usize::MAX, |json| json.len());
        if bytes > MANIFEST_BYTES {
            let rule = format!("{bytes} bytes as JSON; at most {MANIFEST_BYTES}");
            return Err(ManifestError::new("all of it", rule));
        }
        Ok(())
    }

    fn check_name(&self) -> Result<(), ManifestError> {
        let usual = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let name = self.name.as_bytes();
        let right = name.len() <= NAME_BYTES
            && name.first().is_some_and(|byte| usual(*byte))
            && name.iter().all(|byte| usual(*byte) || *byte == b'-');
        if right {
            return Ok(());
        }
        Err(ManifestError::new(
            "name",
            format!(
                "1 to {NAME_BYTES} of a-z, 0-9 and -, the first not a -, such as out-of-hours-writes"
            ),
        ))
    }

    fn check_version(&self) -> Result<(), ManifestError> {
        if self.version.len() <= VERSION_BYTES && is_version(&self.version) {
            return Ok(());
        }
        Err(ManifestError::new(
            "version",
            format!(
                "MAJOR.MINOR.PATCH, with -SUFFIX or not, at most {VERSION_BYTES} characters, such as 1.0.0"
            ),
        ))
    }

    fn check_inputs(&self) -> Result<(), ManifestError> {
        at_most("inputs", self.inputs.len(), INPUTS)?;
        let mut seen = HashSet::new();
        for (index, path) in self.inputs.iter().enumerate() {
            let field = || format!("inputs[{index}]");
            check_column(field, path)?;
            if !path.is_empty() && !is_path(path) {
                return Err(ManifestError::new(field(), PATH_RULE));
            }
            if !seen.insert(path) {
                return Err(ManifestError::new(field(), "named twice"));
            }
        }
        Ok(())
    }

    fn check_outputs(&self) -> Result<(), ManifestError> {
        at_most("outputs", self.outputs.len(), OUTPUTS)?;
        let mut seen = HashSet::new();
        for (index, name) in self.outputs.iter().enumerate() {
            let field = || format!("outputs[{index}]");
            check_column(field, name)?;
            if name.is_empty() {
                return Err(ManifestError::new(field(), "a column must have a name"));
            }
            if !seen.insert(name) {
                return Err(ManifestError::new(field(), "named twice"));
            }
        }
        Ok(())
    }

    fn check_parameters(&self) -> Result<(), ManifestError> {
        at_most("parameters", self.parameters.len(), PARAMETERS)?;
        let mut seen = HashSet::new();
        for (index, parameter) in self.parameters.iter().enumerate() {
            let name = &parameter.name;
            let field = || format!("parameters[{index}].name");
            if name.is_empty() || name.len() > NAME_BYTES || name.chars().any(char::is_control) {
                let rule = format!("1 to {NAME_BYTES} bytes, no control characters");
                return Err(ManifestError::new(field(), rule));
            }
            if !seen.insert(name) {
                return Err(ManifestError::new(field(), "named twice"));
            }
            check_description(
                &format!("parameters[{index}].description"),
                &parameter.description,
            )?;
        }
        Ok(())
    }
}

fn at_most(field: &str, found: usize, max: usize) -> Result<(), ManifestError> {
    if found > max {
        return Err(ManifestError::new(
            field,
            format!("{found} of them; at most {max}"),
        ));
    }
    Ok(())
}

fn check_description(field: &str, text: &str) -> Result<(), ManifestError> {
    if text.chars().nth(DESCRIPTION_CHARS).is_some() {
        return Err(ManifestError::new(
            field,
            format!("longer than {DESCRIPTION_CHARS} characters"),
        ));
    }
    if text.chars().any(|char| char.is_control() && char != '\n') {
        return Err(ManifestError::new(
            field,
            "no control characters but line ends",
        ));
    }
    Ok(())
}

fn check_column(field: impl Fn() -> String, name: &str) -> Result<(), ManifestError> {
    if name.len() > PATH_BYTES {
        return Err(ManifestError::new(
            field(),
            format!("longer than {PATH_BYTES} bytes"),
        ));
    }
    if name.chars().any(char::is_control) {
        return Err(ManifestError::new(field(), "no control characters"));
    }
    Ok(())
}

const PATH_RULE: &str = r#"a dotted path of at most 16 names, none empty, such as userIdentity.userName (a dot in a name is \. and a backslash \\); or "" for the whole event"#;

/// Names with dots between them; `\.` and `\\` stand for a dot and a backslash in a name.
fn is_path(path: &str) -> bool {
    let (mut names, mut name) = (1, 0);
    let mut chars = path.chars();
    while let Some(char) = chars.next() {
        match char {
            '.' if name == 0 => return false,
            '.' => (names, name) = (names + 1, 0),
            '\\' if !matches!(chars.next(), Some('.' | '\\')) => return false,
            _ => name += 1,
        }
    }
    name > 0 && names <= PATH_NAMES
}

fn is_version(version: &str) -> bool {
    let (numbers, suffix) = match version.split_once('-') {
        Some((numbers, suffix)) => (numbers, Some(suffix)),
        None => (version, None),
    };
    let number = |text: &str| {
        let canonical = text == "0" || !text.starts_with('0');
        !text.is_empty() && canonical && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    let identifier = |text: &str| {
        !text.is_empty()
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    numbers.split('.').count() == 3
        && numbers.split('.').all(number)
        && suffix.is_none_or(|suffix| suffix.split('.').all(identifier))
}
