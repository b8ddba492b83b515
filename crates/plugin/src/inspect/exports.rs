//! A filter exports the plugin interface, in this version and with these very types.

use wasmparser::component_types::{ComponentEntityType, ComponentInstanceTypeId};
use wasmparser::types::TypesRef;
use wasmparser::{Parser, Payload};

use super::imports::short;
use super::signature::signature;
use crate::refusal::Refusal;
use crate::world::{DESCRIBE, FILTER, FUNCTIONS, PLUGIN, START};

/// Most names in the error.
const NAMED: usize = 8;

pub(super) fn check(component: &[u8], types: TypesRef<'_>) -> Result<(), Refusal> {
    match types.component_item_for_export(PLUGIN).map(|item| item.ty) {
        Some(ComponentEntityType::Instance(instance)) => check_shape(instance, types),
        Some(_) => Err(Refusal::ExportShape {
            problem: "it is no instance".to_owned(),
        }),
        None => Err(Refusal::World {
            found: exported(component)?,
        }),
    }
}

fn check_shape(instance: ComponentInstanceTypeId, types: TypesRef<'_>) -> Result<(), Refusal> {
    let wrong = |problem| Err(Refusal::ExportShape { problem });
    let exports = &types[instance].exports;
    for name in FUNCTIONS {
        let Some(ComponentEntityType::Func(function)) = exports.get(name).map(|item| item.ty)
        else {
            return wrong(format!("it has no function {name}"));
        };
        let (expected, found) = (expected(name), signature(function, types));
        if found != expected {
            return wrong(format!("{name} is {found}, not {expected}"));
        }
    }
    Ok(())
}

/// What `wit/filter.wit` says of a function, written as [`signature`] writes it. The tests' guests are made from that
/// very file: were it another here, none of them would be let through.
fn expected(function: &str) -> String {
    const PARAMETER: &str = "record { name: string, description: string, required: bool }";
    const VALUE: &str = "variant { absent, null, boolean(bool), integer(s64), float(f64), text(string), json(string) }";
    const FAILURE: &str = "record { row: option<u32>, message: string }";
    let column = format!("record {{ values: list<{VALUE}>, index: list<u32> }}");
    match function {
        DESCRIBE => format!(
            "func() -> record {{ name: string, version: string, description: string, inputs: list<string>, \
             outputs: list<string>, parameters: list<{PARAMETER}> }}"
        ),
        START => "func(parameters: list<tuple<string, string>>) -> result<_, string>".to_owned(),
        FILTER => format!(
            "func(batch: record {{ rows: u32, columns: list<{column}> }}) -> \
             result<record {{ keep: list<bool>, outputs: list<{column}> }}, {FAILURE}>"
        ),
        other => unreachable!("{other} is no function of the interface"),
    }
}

/// What the outermost component exports, to be read by its author.
fn exported(component: &[u8]) -> Result<String, Refusal> {
    let mut names = vec![];
    for section in outermost(component)? {
        if let Payload::ComponentExportSection(section) = section {
            for export in section {
                names.push(short(export?.name.name));
            }
        }
    }
    if names.is_empty() {
        return Ok("nothing".to_owned());
    }
    let more = names.len().saturating_sub(NAMED);
    names.truncate(NAMED);
    if more > 0 {
        names.push(format!("{more} more"));
    }
    Ok(names.join(", "))
}

/// The sections of the outermost component, without those of what is nested in it.
pub(super) fn outermost(component: &[u8]) -> Result<Vec<Payload<'_>>, Refusal> {
    let mut sections = vec![];
    let mut depth = 0_usize;
    for payload in Parser::new(0).parse_all(component) {
        match payload? {
            Payload::Version { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            section @ (Payload::ComponentImportSection(_) | Payload::ComponentExportSection(_))
                if depth == 1 =>
            {
                sections.push(section);
            }
            _ => {}
        }
    }
    Ok(sections)
}
