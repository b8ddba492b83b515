//! Why a filter could not be made or built: for its author, with what to do.

use std::io;
use std::path::PathBuf;

/// What went wrong. Messages are sentences for the author of a filter.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// the name of a new filter is none
    #[error(
        "{0:?} cannot be a filter's name: use 1 to 64 lower-case letters, digits and dashes, a letter first"
    )]
    Name(String),
    /// a new filter's folder has something in it
    #[error("{} is not empty: name a folder that does not exist yet", .0.display())]
    NotEmpty(PathBuf),
    /// no file that tells the language
    #[error(
        "{} holds no filter: it has neither a Cargo.toml (Rust) nor a package.json (JavaScript) nor a filter.c (C); \
         `alog plugin new` makes one",
        .0.display()
    )]
    NoFilter(PathBuf),
    /// a file cannot be read or written
    #[error("{}: {source}", path.display())]
    File {
        /// which
        path: PathBuf,
        /// why
        #[source]
        source: io::Error,
    },
    /// a file that says what the filter is cannot be understood
    #[error("{}: {reason}", path.display())]
    Project {
        /// which
        path: PathBuf,
        /// what is wrong with it
        reason: String,
    },
    /// a tool is not installed
    #[error("{tool} is needed for a filter in {language}, and is not there: {remedy}")]
    Missing {
        /// the tool
        tool: &'static str,
        /// the filter's language
        language: &'static str,
        /// what installs it
        remedy: String,
    },
    /// a tool could not be started
    #[error("{tool} could not be started: {source}")]
    Start {
        /// the tool
        tool: String,
        /// why
        #[source]
        source: io::Error,
    },
    /// a compiler said no; its own messages follow
    #[error("{tool} failed ({status}):\n{output}")]
    Compile {
        /// the compiler
        tool: String,
        /// its exit status
        status: String,
        /// what it said
        output: String,
    },
    /// Rust, but no library that is compiled to a module
    #[error(
        "the crate {0} makes no WebAssembly module: its Cargo.toml needs\n\n[lib]\ncrate-type = [\"cdylib\", \"rlib\"]"
    )]
    NoModule(String),
    /// a module of which no component can be made
    #[error("no component can be made of the compiled module: {reason}\n{remedy}")]
    Component {
        /// what is missing or too much
        reason: String,
        /// what to do
        remedy: &'static str,
    },
}

impl Error {
    pub(crate) fn file(path: impl Into<PathBuf>, source: io::Error) -> Self {
        let path = path.into();
        Self::File { path, source }
    }

    pub(crate) fn project(path: impl Into<PathBuf>, reason: &impl ToString) -> Self {
        Self::Project {
            path: path.into(),
            reason: reason.to_string(),
        }
    }
}
