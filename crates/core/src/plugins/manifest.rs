//! What a plugin says of itself, as it is stored and shown. The rules for it are the plugin host's, which asks it.

use serde::{Deserialize, Serialize};

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
