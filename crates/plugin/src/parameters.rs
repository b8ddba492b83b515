//! What a report says to a plugin, against what the plugin's manifest asks for.

use std::collections::HashSet;

use crate::limits::Bytes;
use crate::manifest::{Manifest, PARAMETERS};

/// Longest value of a parameter, in bytes: a Sigma rule is a few KiB.
pub const PARAMETER_BYTES: usize = 64 * 1024;

/// Why a plugin is not started with these parameters.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParameterError {
    /// a required one is not given
    #[error("parameters: {name:?} is missing; the plugin needs it: {description}")]
    Missing {
        /// its name
        name: String,
        /// what the manifest says of it
        description: String,
    },
    /// the plugin has none of this name
    #[error("parameters: the plugin has no {name:?}; it has {known}")]
    Unknown {
        /// the name given
        name: String,
        /// those it has
        known: String,
    },
    /// given before
    #[error("parameters: {0:?} is given twice")]
    Twice(String),
    /// longer than [`PARAMETER_BYTES`]
    #[error("parameters: {0:?} is longer than {max}", max = Bytes(PARAMETER_BYTES))]
    TooLong(String),
    /// more than a manifest can have
    #[error("parameters: more than {PARAMETERS}")]
    TooMany,
}

impl Manifest {
    /// Checks a report's parameters: each known, once, none missing, none too long.
    pub fn check_parameters_given(
        &self,
        parameters: &[(String, String)],
    ) -> Result<(), ParameterError> {
        if parameters.len() > PARAMETERS {
            return Err(ParameterError::TooMany);
        }
        let mut given = HashSet::new();
        for (name, value) in parameters {
            if !self.parameters.iter().any(|known| known.name == *name) {
                return Err(self.unknown(name));
            }
            if value.len() > PARAMETER_BYTES {
                return Err(ParameterError::TooLong(name.clone()));
            }
            if !given.insert(name.as_str()) {
                return Err(ParameterError::Twice(name.clone()));
            }
        }
        let mut needed = self.parameters.iter().filter(|known| known.required);
        match needed.find(|known| !given.contains(known.name.as_str())) {
            Some(missing) => Err(ParameterError::Missing {
                name: missing.name.clone(),
                description: missing.description.clone(),
            }),
            None => Ok(()),
        }
    }

    fn unknown(&self, name: &str) -> ParameterError {
        let known: Vec<_> = self
            .parameters
            .iter()
            .map(|known| format!("{:?}", known.name))
            .collect();
        ParameterError::Unknown {
            name: name.chars().take(64).collect(),
            known: if known.is_empty() {
                "none".to_owned()
            } else {
                known.join(", ")
            },
        }
    }
}
