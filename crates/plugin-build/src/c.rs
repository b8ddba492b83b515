//! A filter in C: clang or zig, without a standard library; the template's `sdk` folder has what is needed of one.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::command;
use crate::{Error, tools};

/// Where the bindings and the little standard library are.
const SDK: &str = "sdk";
const FLAGS: [&str; 14] = [
    "-std=c11",
    "-O3",
    "-ffreestanding",
    "-nostdlib",
    "-fvisibility=hidden",
    "-mbulk-memory",
    "-mnontrapping-fptoint",
    "-Wall",
    "-Wextra",
    "-Wno-unused-parameter",
    "-Wl,--no-entry",
    "-Wl,--gc-sections",
    "-Wl,--strip-all",
    "-Wl,-z,stack-size=131072",
];

/// The core module, and the folder's name.
pub fn module(dir: &Path) -> Result<(Vec<u8>, String), Error> {
    let sdk = dir.join(SDK);
    let mut sources = sources(dir)?;
    sources.extend(self::sources(&sdk)?);
    let output = dir.join("build/filter.core.wasm");
    let folder = dir.join("build");
    fs::create_dir_all(&folder).map_err(|error| Error::file(&folder, error))?;
    let mut compiler = compiler()?;
    compiler
        .args(FLAGS)
        .arg("-isystem")
        .arg(sdk.join("include"))
        .arg("-I")
        .arg(&sdk)
        .arg("-o")
        .arg(&output)
        .args(sources);
    command::run(&mut compiler)?;
    let module = fs::read(&output).map_err(|error| Error::file(&output, error))?;
    Ok((module, name(dir)))
}

fn name(dir: &Path) -> String {
    let dir = dir.canonicalize().unwrap_or(dir.to_owned());
    dir.file_name()
        .map_or("filter".into(), |name| name.to_string_lossy().into_owned())
}

/// The folder's own, in an order that is always the same.
fn sources(dir: &Path) -> Result<Vec<PathBuf>, Error> {
    let entries = fs::read_dir(dir).map_err(|error| Error::file(dir, error))?;
    let mut sources = vec![];
    for entry in entries {
        let path = entry.map_err(|error| Error::file(dir, error))?.path();
        if path.extension().is_some_and(|extension| extension == "c") {
            sources.push(path);
        }
    }
    sources.sort();
    Ok(sources)
}

/// A clang that can do WebAssembly and has its linker, or zig.
fn compiler() -> Result<Command, Error> {
    let has_linker = tools::on_path("wasm-ld").is_some();
    if let Some(clang) = tools::on_path("clang").filter(|clang| has_linker && knows_wasm(clang)) {
        let mut command = Command::new(clang);
        // A stack that overflows runs into address 0 and traps, instead of into the data; zig does so of itself.
        command.args(["--target=wasm32-unknown-unknown", "-Wl,--stack-first"]);
        return Ok(command);
    }
    let zig = tools::on_path("zig").or_else(|| tools::own("zig"));
    let zig = zig.ok_or_else(|| Error::Missing {
        tool: "a C compiler for WebAssembly",
        language: "C",
        remedy: "install clang and lld (`apt-get install clang lld`, `brew install llvm lld`), or zig \
                 (https://ziglang.org, or `pip install ziglang`), so that `clang` and `wasm-ld`, or `zig`, are on the PATH"
            .to_owned(),
    })?;
    let mut command = Command::new(zig);
    command.args(["cc", "-target", "wasm32-freestanding"]);
    Ok(command)
}

fn knows_wasm(clang: &Path) -> bool {
    let targets = Command::new(clang).arg("--print-targets").output();
    targets.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains("wasm32"))
}
