//! A filter may import the log and its types; whatever else it imports is refused by name.

use wasmparser::Payload;
use wasmparser::component_types::{ComponentAnyTypeId, ComponentEntityType};
use wasmparser::types::TypesRef;

use super::signature::signature;
use crate::refusal::Refusal;
use crate::shown::shown;
use crate::world::{LINE, LOG, TYPES};

/// Most names in the error.
const NAMED: usize = 8;
/// Longest name in an error, in characters: names are the author's, and any length.
const NAME_CHARS: usize = 100;

/// Whether the component imports the log; an error if it imports anything else.
pub(super) fn check(component: &[u8], types: TypesRef<'_>) -> Result<bool, Refusal> {
    let names = names(component)?;
    let strange: Vec<_> = names
        .iter()
        .filter(|name| ![LOG, TYPES].contains(&name.as_str()))
        .collect();
    if !strange.is_empty() {
        let more = strange.len().saturating_sub(NAMED);
        let mut names: Vec<_> = strange
            .into_iter()
            .take(NAMED)
            .map(|name| short(name))
            .collect();
        if more > 0 {
            names.push(format!("{more} more"));
        }
        return Err(Refusal::Import { names });
    }
    for name in &names {
        check_shape(name, types)?;
    }
    Ok(names.iter().any(|name| name == LOG))
}

/// The names of the outermost component's imports.
fn names(component: &[u8]) -> Result<Vec<String>, Refusal> {
    let mut names = vec![];
    for section in super::exports::outermost(component)? {
        if let Payload::ComponentImportSection(section) = section {
            for import in section {
                names.push(import?.name.name.to_owned());
            }
        }
    }
    Ok(names)
}

/// The log has one function; the types are types only.
fn check_shape(name: &str, types: TypesRef<'_>) -> Result<(), Refusal> {
    let wrong = |problem: String| Refusal::ImportShape {
        name: name.to_owned(),
        problem,
    };
    let item = types.component_item_for_import(name);
    let Some(ComponentEntityType::Instance(instance)) = item.map(|item| item.ty) else {
        return Err(wrong("it is no instance".to_owned()));
    };
    for (export, item) in &types[instance].exports {
        match item.ty {
            ComponentEntityType::Type {
                created: ComponentAnyTypeId::Defined(_),
                ..
            } => {}
            // A resource is a thing that we would have to supply.
            ComponentEntityType::Type { .. } => {
                return Err(wrong(format!("{} is no type of values", short(export))));
            }
            ComponentEntityType::Func(function) if name == LOG && export == LINE => {
                let expected = "func(message: string)";
                let found = signature(function, types);
                if found != expected {
                    return Err(wrong(format!("{LINE} is {found}, not {expected}")));
                }
            }
            _ => return Err(wrong(format!("it has no {}", short(export)))),
        }
    }
    Ok(())
}

/// A name from a component, fit to be shown.
pub(super) fn short(name: &str) -> String {
    shown(name, NAME_CHARS)
}
