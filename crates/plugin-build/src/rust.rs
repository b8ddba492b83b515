//! A filter in Rust: cargo, for wasm32-unknown-unknown.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::command;
use crate::{Error, tools};

const TARGET: &str = "wasm32-unknown-unknown";

/// The core module, and the crate's name.
pub fn module(dir: &Path) -> Result<(Vec<u8>, String), Error> {
    let rustc = rustc(dir)?;
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or("cargo".into()));
    cargo
        .args(["build", "--release", "--lib", "--target", TARGET])
        .arg("--message-format=json-render-diagnostics")
        .current_dir(dir)
        .env("RUSTC", rustc)
        // Flags for the author's machine are none for this target.
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env_remove("CARGO_BUILD_TARGET");
    let messages = command::try_run(&mut cargo)?.ok_or(Error::Missing {
        tool: "cargo",
        language: "Rust",
        remedy: "install Rust as https://rustup.rs says".to_owned(),
    })?;
    let manifest = dir.join("Cargo.toml");
    let manifest = manifest
        .canonicalize()
        .map_err(|error| Error::file(&manifest, error))?;
    let artifact = String::from_utf8_lossy(&messages)
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .find(|message| is_library_of(message, &manifest))
        .ok_or_else(|| {
            Error::project(
                &manifest,
                &"cargo built no library: a filter is one, src/lib.rs",
            )
        })?;
    let path = wasm_of(&artifact).ok_or_else(|| Error::NoModule(name(&artifact)))?;
    let module = fs::read(&path).map_err(|error| Error::file(&path, error))?;
    Ok((module, name(&artifact)))
}

fn is_library_of(message: &Value, manifest: &Path) -> bool {
    let of = message["manifest_path"].as_str().map(PathBuf::from);
    message["reason"] == "compiler-artifact"
        && of.is_some_and(|of| of.canonicalize().is_ok_and(|of| of == manifest))
}

fn wasm_of(artifact: &Value) -> Option<PathBuf> {
    let files = artifact["filenames"].as_array()?;
    let mut files = files.iter().filter_map(Value::as_str).map(PathBuf::from);
    files.find(|file| {
        file.extension()
            .is_some_and(|extension| extension == "wasm")
    })
}

/// The package's: a library's own has underscores.
fn name(artifact: &Value) -> String {
    let name = artifact["target"]["name"].as_str().unwrap_or("filter");
    name.replace('_', "-")
}

/// A compiler that has the target's standard library: the author's own, or that of `plugins/toolchain`.
fn rustc(dir: &Path) -> Result<OsString, Error> {
    let rustc = env::var_os("RUSTC").unwrap_or("rustc".into());
    let mut command = Command::new(&rustc);
    command
        .args(["--print", "target-libdir", "--target", TARGET])
        .current_dir(dir);
    let printed = command::try_run(&mut command)?;
    let folder = printed.map(|path| PathBuf::from(String::from_utf8_lossy(&path).trim()));
    if folder.is_some_and(|folder| has_core(&folder)) {
        return Ok(rustc);
    }
    tools::own("rustc")
        .map(Into::into)
        .ok_or_else(|| Error::Missing {
            tool: "Rust's standard library for WebAssembly",
            language: "Rust",
            remedy: format!("run `rustup target add {TARGET}`"),
        })
}

fn has_core(folder: &Path) -> bool {
    let Ok(files) = fs::read_dir(folder) else {
        return false;
    };
    files
        .flatten()
        .any(|file| file.file_name().to_string_lossy().starts_with("libcore-"))
}
