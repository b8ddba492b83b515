//! A plugin's manifest, from the host's words into ours.

use activity_log_core::plugins::{Manifest, Parameter};

/// The same in our words.
pub fn of(described: &activity_log_plugin::Manifest) -> Manifest {
    let parameters = described.parameters.iter().map(|one| Parameter {
        name: one.name.clone(),
        description: one.description.clone(),
        required: one.required,
    });
    Manifest {
        name: described.name.clone(),
        version: described.version.clone(),
        description: described.description.clone(),
        inputs: described.inputs.clone(),
        outputs: described.outputs.clone(),
        parameters: parameters.collect(),
    }
}
