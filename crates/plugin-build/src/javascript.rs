//! A filter in JavaScript: componentize-qjs, which puts a small engine (`QuickJS`) and the filter into a component.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::command;
use crate::component::WIT;
use crate::{Error, tools};

const TOOL: &str = "componentize-qjs";

/// The component, and the package's name.
pub fn component(dir: &Path) -> Result<(Vec<u8>, String), Error> {
    let (name, main) = package(dir)?;
    let found = tools::of_npm(dir, TOOL).or_else(|| tools::own(TOOL));
    let tool = found.ok_or_else(|| Error::Missing {
        tool: TOOL,
        language: "JavaScript",
        remedy: format!(
            "run `npm ci` in {} (with Node.js 20 or newer)",
            dir.display()
        ),
    })?;
    let folder = dir.join("build");
    fs::create_dir_all(&folder).map_err(|error| Error::file(&folder, error))?;
    // The tool wants absolute paths.
    let dir = dir
        .canonicalize()
        .map_err(|error| Error::file(dir, error))?;
    let (wit, output) = (dir.join("build/filter.wit"), dir.join("build/filter.wasm"));
    fs::write(&wit, WIT).map_err(|error| Error::file(&wit, error))?;
    let mut command = Command::new(tool);
    command
        .args(["--stub-wasi", "--sync", "--world", "filter", "--wit"])
        .arg(&wit)
        .arg("--module-root")
        .arg(&dir)
        .arg("--js")
        .arg(dir.join(main))
        .arg("--output")
        .arg(&output)
        .current_dir(&dir);
    command::run(&mut command)?;
    let component = fs::read(&output).map_err(|error| Error::file(&output, error))?;
    Ok((component, name))
}

/// Name and main module of the package.
fn package(dir: &Path) -> Result<(String, String), Error> {
    let path = dir.join("package.json");
    let text = fs::read_to_string(&path).map_err(|error| Error::file(&path, error))?;
    let package: Value =
        serde_json::from_str(&text).map_err(|error| Error::project(&path, &error))?;
    let entry = |key: &str| {
        let found = package[key].as_str().map(str::to_owned);
        found.ok_or_else(|| Error::project(&path, &format!("it has no {key:?}")))
    };
    Ok((entry("name")?, entry("main")?))
}
