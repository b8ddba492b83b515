//! Core modules to components.

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::{Resolve, WorldId};

use crate::Error;

/// The interface of filters, frozen.
pub(crate) const WIT: &str = include_str!("../../../wit/filter.wit");
/// The import that every filter may have, as a module names it.
const LOG: &str = "activity-log:filter/log@1.0.0";

/// Makes a component of a module that a compiler wrote: one that exports the functions of
/// `activity-log:filter/plugin@1.0.0` and imports nothing but the log.
///
/// Bindings that describe the world themselves (Rust's do) are taken at their word, and checked; for others (C) it
/// is described here.
pub fn component(module: &[u8]) -> Result<Vec<u8>, Error> {
    refuse_imports(module)?;
    let mut module = module.to_vec();
    if !is_described(&module) {
        let (resolve, world) = world();
        embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)
            .map_err(|error| refused(&error))?;
    }
    let mut encoder = ComponentEncoder::default()
        .validate(true)
        .module(&module)
        .map_err(|error| refused(&error))?;
    encoder.encode().map_err(|error| refused(&error))
}

fn world() -> (Resolve, WorldId) {
    let mut resolve = Resolve::default();
    let package = resolve
        .push_source("filter.wit", WIT)
        .expect("the frozen interface is valid: a test parses it");
    let world = resolve
        .select_world(&[package], Some("filter"))
        .expect("the frozen interface has the world `filter`");
    (resolve, world)
}

/// What wit-component says of a missing export or an unknown import, and what an author can do.
fn refused(error: &impl std::fmt::Display) -> Error {
    Error::Component {
        reason: format!("{error:#}"),
        remedy: "A filter exports describe, start and filter of activity-log:filter/plugin@1.0.0. In Rust, is \
                 `export!(YourFilter);` there? In C, are all of sdk/*.c compiled?",
    }
}

/// Whether a bindings generator left a description of the world in the module.
fn is_described(module: &[u8]) -> bool {
    wasmparser::Parser::new(0).parse_all(module).flatten().any(
        |payload| matches!(payload, wasmparser::Payload::CustomSection(section) if section.name().starts_with("component-type")),
    )
}

/// Names what a compiler let slip in, before wit-component says it in its own words.
fn refuse_imports(module: &[u8]) -> Result<(), Error> {
    for payload in wasmparser::Parser::new(0).parse_all(module) {
        let payload = payload.map_err(|error| refused(&error))?;
        if let wasmparser::Payload::ImportSection(imports) = payload {
            for import in imports.into_imports() {
                let import = import.map_err(|error| refused(&error))?;
                if import.module != LOG {
                    return Err(forbidden(import.module, import.name));
                }
            }
        }
    }
    Ok(())
}

fn forbidden(module: &str, name: &str) -> Error {
    let remedy = if module.starts_with("wasi") {
        "Filters have no WASI: no files, clock, randomness or standard output. Build for wasm32-unknown-unknown, and \
         leave out what needs them (in C: stdio.h, time.h)."
    } else if module == "env" {
        "A function is declared, but nothing that is compiled has it. Add its source, or do without it."
    } else {
        "Filters may import nothing but their log. Is there a crate among the dependencies that expects a browser \
         (wasm-bindgen, getrandom with its \"js\" feature)?"
    };
    Error::Component {
        reason: format!("it imports {name} from {module}"),
        remedy,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_frozen_interface_is_parsed() {
        let (resolve, world) = world();
        assert_eq!(resolve.worlds[world].name, "filter");
    }
}
