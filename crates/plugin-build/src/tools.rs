//! Finding compilers: what the machine has, then what `plugins/toolchain` put into its folder.

use std::env;
use std::path::{Path, PathBuf};

/// A program of `plugins/toolchain`, if it is there.
pub fn own(name: &str) -> Option<PathBuf> {
    let path = folder()?.join("wasm/bin").join(name);
    path.exists().then_some(path)
}

/// As `tests/lib/env.sh` has it.
fn folder() -> Option<PathBuf> {
    let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
    if let Some(tools) = set("ACTIVITY_LOG_TOOLS") {
        return Some(tools.into());
    }
    let cache = match set("XDG_CACHE_HOME") {
        Some(cache) => PathBuf::from(cache),
        None => PathBuf::from(set("HOME")?).join(".cache"),
    };
    Some(cache.join("activity-log"))
}

/// A program among those on the `PATH`.
pub fn on_path(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|program| program.is_file())
}

/// A program that npm installed for a package or for one it is inside of.
pub fn of_npm(dir: &Path, name: &str) -> Option<PathBuf> {
    dir.ancestors()
        .map(|folder| folder.join("node_modules/.bin").join(name))
        .find(|program| program.exists())
}
