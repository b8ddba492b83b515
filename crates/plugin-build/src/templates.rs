//! The files of a new filter, inside this program: `alog` has no repository beside it.

use crate::Language;

/// A path in the new folder, and what stands there.
type File = (&'static str, &'static str);

/// `files!("folder of the repository", "folder of the filter": "file", …)`
macro_rules! files {
    ($from:literal, $to:literal: $($file:literal),+ $(,)?) => {
        &[$((concat!($to, $file), include_str!(concat!("../../../", $from, "/", $file)))),+]
    };
}

const COMMON: &[File] = &[
    (".gitignore", "build/\nnode_modules/\ntarget/\n*.wasm\n"),
    ("sdk/filter.wit", include_str!("../../../wit/filter.wit")),
    (
        "events.ndjson",
        include_str!("../../../plugins/template/events.ndjson"),
    ),
];

const RUST: &[File] =
    files!("plugins/template/rust", "": "Cargo.toml", "Cargo.lock", "README.md", "src/lib.rs");
const RUST_SDK: &[File] = files!(
    "plugins/sdk", "sdk/":
    "Cargo.toml",
    "src/batch.rs",
    "src/bindings.rs",
    "src/failure.rs",
    "src/filter.rs",
    "src/json.rs",
    "src/lib.rs",
    "src/log.rs",
    "src/manifest.rs",
    "src/memory.rs",
    "src/parameters.rs",
    "src/runtime.rs",
    "src/sets.rs",
    "src/testing/json.rs",
    "src/testing/lookup.rs",
    "src/testing/mod.rs",
    "src/testing/project.rs",
    "src/testing/tests.rs",
    "src/value.rs",
    "src/verdict.rs",
);

const C: &[File] = files!(
    "plugins/template/c", "":
    "README.md",
    "filter.c",
    "sdk/activity_log_filter.c",
    "sdk/activity_log_filter.h",
    "sdk/bindings.c",
    "sdk/bindings.h",
    "sdk/include/stdlib.h",
    "sdk/include/string.h",
    "sdk/stdlib.c",
);

const JAVASCRIPT: &[File] = files!(
    "plugins/template/js", "":
    "README.md",
    "filter.js",
    "filter.test.js",
    "package-lock.json",
    "package.json",
    "sdk/filter.js",
    "sdk/log.js",
    "sdk/register.js",
    "sdk/testing.js",
);

/// All files of a new filter in a language.
pub fn files(language: Language) -> impl Iterator<Item = File> {
    let own: &[&[File]] = match language {
        Language::Rust => &[RUST, RUST_SDK],
        Language::C => &[C],
        Language::JavaScript => &[JAVASCRIPT],
    };
    own.iter().copied().chain([COMMON]).flatten().copied()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use super::*;

    /// The repository's files of a template, as paths of the new folder.
    fn there(folder: &Path, below: &str, found: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            if ["build", "node_modules", "target"].contains(&name.as_str())
                || name.ends_with("wasm")
            {
                continue;
            }
            let path = format!("{below}{name}");
            if entry.path().is_dir() {
                there(&entry.path(), &format!("{path}/"), found);
            } else {
                found.insert(path);
            }
        }
    }

    #[test]
    fn no_file_of_a_template_is_forgotten() {
        let templates = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../plugins/template");
        for language in Language::ALL {
            let mut expected =
                BTreeSet::from([".gitignore".to_owned(), "sdk/filter.wit".to_owned()]);
            there(&templates.join(language.to_string()), "", &mut expected);
            let listed: BTreeSet<String> =
                files(language).map(|(path, _)| path.to_owned()).collect();
            assert_eq!(listed, expected, "{language}");
        }
    }
}
