//! What a plugin says of itself, and the rules for it.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::fields::{Column, PATH_BYTES};

/// Longest name of a plugin.
pub const NAME_CHARS: usize = 64;
/// Longest version.
pub const VERSION_CHARS: usize = 32;
/// Longest description of a plugin or a parameter.
pub const DESCRIPTION_CHARS: usize = 1_000;
/// Most inputs.
pub const INPUTS: usize = 32;
/// Most outputs.
pub const OUTPUTS: usize = 16;
/// Most parameters.
pub const PARAMETERS: usize = 32;

/// A plugin's manifest: what `describe` answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// lower case letters, digits and hyphens
    pub name: String,
    /// `MAJOR.MINOR.PATCH`, a suffix behind a hyphen allowed
    pub version: String,
    /// for people
    pub description: String,
    /// paths of the fields it reads; `""` is the whole event as JSON text
    pub inputs: Vec<String>,
    /// columns it writes: a new name adds a column, an input's name replaces the field
    pub outputs: Vec<String>,
    /// what one may tell it
    pub parameters: Vec<Parameter>,
}

/// One parameter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parameter {
    /// its name
    pub name: String,
    /// for people
    pub description: String,
    /// whether it must be given
    pub required: bool,
}

/// Why a manifest is not taken: the field at fault and the rule.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[error("manifest: {field}: {rule}")]
pub struct ManifestError {
    /// such as `inputs[2]`
    pub field: String,
    /// what must hold
    pub rule: String,
}

impl Manifest {
    /// Whether every rule is kept.
    pub fn check(&self) -> Result<(), ManifestError> {
        check_name(&self.name)?;
        check_version(&self.version)?;
        check_length("description", &self.description, DESCRIPTION_CHARS)?;
        check_count("inputs", self.inputs.len(), INPUTS)?;
        for (at, input) in self.inputs.iter().enumerate() {
            if !input.is_empty() {
                Column::parse(input).map_err(|error| rule(&format!("inputs[{at}]"), error))?;
            }
        }
        check_distinct("inputs", self.inputs.iter())?;
        check_count("outputs", self.outputs.len(), OUTPUTS)?;
        for (at, output) in self.outputs.iter().enumerate() {
            check_output(&format!("outputs[{at}]"), output)?;
        }
        check_distinct("outputs", self.outputs.iter())?;
        check_count("parameters", self.parameters.len(), PARAMETERS)?;
        for (at, parameter) in self.parameters.iter().enumerate() {
            let chars = parameter.name.chars().count();
            if chars == 0 || chars > NAME_CHARS || parameter.name.chars().any(char::is_control) {
                let text = format!(
                    "a name has 1 to {NAME_CHARS} characters, none of them control characters"
                );
                return Err(rule(&format!("parameters[{at}].name"), text));
            }
            let field = format!("parameters[{at}].description");
            check_length(&field, &parameter.description, DESCRIPTION_CHARS)?;
        }
        check_distinct("parameters", self.parameters.iter().map(|one| &one.name))
    }
}

fn rule(field: &str, rule: impl std::fmt::Display) -> ManifestError {
    ManifestError {
        field: field.to_owned(),
        rule: format!("{rule}"),
    }
}

fn check_name(name: &str) -> Result<(), ManifestError> {
    let is_good = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if name.is_empty()
        || name.len() > NAME_CHARS
        || name.starts_with('-')
        || !name.bytes().all(is_good)
    {
        let text = format!(
            "1 to {NAME_CHARS} lower case letters, digits and hyphens, the first no hyphen"
        );
        return Err(rule("name", text));
    }
    Ok(())
}

fn check_version(version: &str) -> Result<(), ManifestError> {
    let (numbers, suffix) = version.split_once('-').unwrap_or((version, "x"));
    let parts: Vec<&str> = numbers.split('.').collect();
    let is_number =
        |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let is_suffix = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'-';
    if version.len() > VERSION_CHARS
        || parts.len() != 3
        || !parts.iter().all(is_number)
        || suffix.is_empty()
        || !suffix.bytes().all(is_suffix)
    {
        let text = format!(
            "MAJOR.MINOR.PATCH, such as 1.0.0 or 1.0.0-beta, of at most {VERSION_CHARS} characters"
        );
        return Err(rule("version", text));
    }
    Ok(())
}

/// An output is a column's name; one that replaces an input is the input's path.
fn check_output(field: &str, output: &str) -> Result<(), ManifestError> {
    if output.is_empty() {
        return Err(rule(
            field,
            "a column has a name; the whole event cannot be replaced",
        ));
    }
    if output.len() > PATH_BYTES || output.chars().any(char::is_control) {
        let text = format!("at most {PATH_BYTES} bytes, no control characters");
        return Err(rule(field, text));
    }
    Ok(())
}

fn check_length(field: &str, text: &str, most: usize) -> Result<(), ManifestError> {
    if text.chars().count() > most {
        return Err(rule(field, format!("at most {most} characters")));
    }
    Ok(())
}

fn check_count(field: &str, count: usize, most: usize) -> Result<(), ManifestError> {
    if count > most {
        return Err(rule(field, format!("at most {most}, not {count}")));
    }
    Ok(())
}

fn check_distinct<'a>(
    field: &str,
    mut names: impl Iterator<Item = &'a String>,
) -> Result<(), ManifestError> {
    let mut seen = HashSet::new();
    names
        .find(|name| !seen.insert(name.as_str()))
        .map_or(Ok(()), |twice| {
            Err(rule(field, format!("{twice:?} stands twice")))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    type Spoil = fn(&mut Manifest);

    fn good() -> Manifest {
        Manifest {
            name: "no-mfa".to_owned(),
            version: "1.0.0-beta.2".to_owned(),
            inputs: vec![String::new(), r"a\.b.c".to_owned()],
            outputs: vec!["risk score".to_owned()],
            parameters: vec![Parameter {
                name: "hours".to_owned(),
                description: "9-17".to_owned(),
                required: true,
            }],
            ..Manifest::default()
        }
    }

    #[test]
    fn each_rule_names_its_field() {
        assert_eq!(good().check(), Ok(()));
        let refused: [(&str, Spoil); 13] = [
            ("name", |manifest| manifest.name = "No".to_owned()),
            ("name", |manifest| manifest.name = "-a".to_owned()),
            ("version", |manifest| manifest.version = "1.0".to_owned()),
            ("version", |manifest| manifest.version = "1.0.0-".to_owned()),
            ("version", |manifest| manifest.version = "1.x.0".to_owned()),
            ("description", |manifest| {
                manifest.description = "x".repeat(1_001);
            }),
            ("inputs[0]", |manifest| {
                manifest.inputs[0] = "a..b".to_owned();
            }),
            ("inputs", |manifest| {
                manifest.inputs[0] = r"a\.b.c".to_owned();
            }),
            ("inputs", |manifest| {
                manifest.inputs = vec!["a".to_owned(); 33];
            }),
            ("outputs[0]", |manifest| manifest.outputs[0].clear()),
            ("outputs", |manifest| {
                manifest.outputs.push("risk score".to_owned());
            }),
            ("parameters[0].name", |manifest| {
                manifest.parameters[0].name.clear();
            }),
            ("parameters", |manifest| {
                manifest.parameters.push(manifest.parameters[0].clone());
            }),
        ];
        for (field, spoil) in refused {
            let mut manifest = good();
            spoil(&mut manifest);
            assert_eq!(manifest.check().unwrap_err().field, field);
        }
    }
}
