//! The languages that filters are written in.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Language {
    /// a cargo crate
    Rust,
    /// `filter.c` and what stands beside it
    C,
    /// `filter.js`, run by a small engine inside the component
    JavaScript,
}

/// No language of these.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0:?} is no language that filters can be written in: rust, c or js")]
pub struct UnknownLanguage(pub String);

impl Language {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Rust, Self::C, Self::JavaScript];

    /// Tells a filter's language by the file that each has.
    pub fn of(dir: &Path) -> Option<Self> {
        let file = |language: Self| match language {
            Self::Rust => "Cargo.toml",
            Self::C => "filter.c",
            Self::JavaScript => "package.json",
        };
        Self::ALL
            .into_iter()
            .find(|&language| dir.join(file(language)).is_file())
    }

    /// Its name, for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rust => "Rust",
            Self::C => "C",
            Self::JavaScript => "JavaScript",
        }
    }
}

/// As `--language` takes it.
impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rust => "rust",
            Self::C => "c",
            Self::JavaScript => "js",
        })
    }
}

impl FromStr for Language {
    type Err = UnknownLanguage;

    fn from_str(text: &str) -> Result<Self, UnknownLanguage> {
        match text.to_ascii_lowercase().as_str() {
            "rust" | "rs" => Ok(Self::Rust),
            "c" => Ok(Self::C),
            "js" | "javascript" => Ok(Self::JavaScript),
            _ => Err(UnknownLanguage(text.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_written_as_they_are_read() {
        for language in Language::ALL {
            assert_eq!(language.to_string().parse(), Ok(language));
        }
        let error = "cobol".parse::<Language>().unwrap_err();
        assert!(error.to_string().ends_with("rust, c or js"));
    }
}
