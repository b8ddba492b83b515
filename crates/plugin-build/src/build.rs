//! From a filter's folder to its component.

use std::fs;
use std::path::{Path, PathBuf};

use crate::{Error, Language, c, component, javascript, rust};

/// Builds the filter in a folder, whatever it is written in, and says where the component is: in that folder,
/// under the filter's name.
pub fn build(dir: &Path) -> Result<PathBuf, Error> {
    let (component, name) = made(dir)?;
    write(&component, dir.join(format!("{name}.wasm")))
}

/// As [`build`], with the component where the caller wants it.
pub fn build_to(dir: &Path, output: &Path) -> Result<PathBuf, Error> {
    let (component, _) = made(dir)?;
    write(&component, output.to_owned())
}

fn made(dir: &Path) -> Result<(Vec<u8>, String), Error> {
    match Language::of(dir) {
        Some(Language::Rust) => {
            let (module, name) = rust::module(dir)?;
            Ok((component(&module)?, name))
        }
        Some(Language::C) => {
            let (module, name) = c::module(dir)?;
            Ok((component(&module)?, name))
        }
        Some(Language::JavaScript) => javascript::component(dir),
        None => Err(Error::NoFilter(dir.to_owned())),
    }
}

/// Written only if it is another one, so that what was made of it stays valid.
fn write(component: &[u8], path: PathBuf) -> Result<PathBuf, Error> {
    if fs::read(&path).is_ok_and(|before| before == component) {
        return Ok(path);
    }
    // Never half a component under its name.
    let unfinished = path.with_extension("wasm.part");
    fs::write(&unfinished, component).map_err(|error| Error::file(&unfinished, error))?;
    fs::rename(&unfinished, &path).map_err(|error| Error::file(&path, error))?;
    Ok(path)
}
