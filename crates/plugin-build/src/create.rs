//! A new filter: a template's files under another name, with all it needs beside them.

use std::fs;
use std::path::Path;

use crate::{Error, Language, templates};

/// What the templates are called, wherever the name stands in them.
const TEMPLATE: &str = "my-filter";
/// Longest name of a filter.
const NAME_BYTES: usize = 64;

/// Writes a new filter into a folder that does not exist yet or is empty. Nothing else is needed but the language's
/// own tools: the SDK is copied there too.
///
/// The name is that of the package and of the manifest: lower-case letters, digits and dashes, a letter first.
pub fn create(language: Language, name: &str, dir: &Path) -> Result<(), Error> {
    check(name)?;
    let is_used = match fs::read_dir(dir) {
        Ok(mut entries) => entries.next().is_some(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => false,
        Err(error) => return Err(Error::file(dir, error)),
    };
    if is_used {
        return Err(Error::NotEmpty(dir.to_owned()));
    }
    for (path, text) in templates::files(language) {
        let path = dir.join(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|error| Error::file(folder, error))?;
        }
        fs::write(&path, text.replace(TEMPLATE, name))
            .map_err(|error| Error::file(&path, error))?;
    }
    Ok(())
}

/// As the manifest will be checked at upload; cargo wants a letter first.
fn check(name: &str) -> Result<(), Error> {
    let starts = name.starts_with(|first: char| first.is_ascii_lowercase());
    let plain = |char: char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '-';
    if starts && name.len() <= NAME_BYTES && name.chars().all(plain) {
        return Ok(());
    }
    Err(Error::Name(name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_filter_is_called_as_its_author_says() {
        for language in Language::ALL {
            let dir = tempfile::tempdir().unwrap();
            let dir = dir.path().join("new/night-shift");
            create(language, "night-shift", &dir).unwrap();
            assert_eq!(Language::of(&dir), Some(language));
            for (path, _) in templates::files(language) {
                let text = fs::read_to_string(dir.join(path)).unwrap();
                assert!(!text.contains(TEMPLATE), "{language}: {path}");
            }
        }
    }

    #[test]
    fn what_is_there_is_not_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("notes"), "mine").unwrap();
        let error = create(Language::C, "a", dir.path()).unwrap_err();
        assert!(matches!(error, Error::NotEmpty(_)), "{error}");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn names_are_those_that_a_manifest_may_have() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path().join("new");
        for name in [
            "",
            "-a",
            "1a",
            "A",
            "a_b",
            "a/b",
            "../a",
            "é",
            &"a".repeat(65),
        ] {
            let error = create(Language::Rust, name, &dir).unwrap_err();
            assert!(matches!(error, Error::Name(_)), "{name}: {error}");
        }
        assert!(!dir.exists());
        create(Language::C, &"a".repeat(64), &dir).unwrap();
    }
}
