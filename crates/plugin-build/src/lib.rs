//! Filters for their authors: a new one from a template ([`create`]), a component of its sources ([`build`]).
//!
//! Behind `alog plugin new` and `alog plugin build`, and behind `plugins/build` for the repository's own. Three
//! languages, one rule: what is built is a component of the world `filter` of `wit/filter.wit`, which imports
//! nothing but its log. Tools that are missing are named, with what installs them.
//!
//! ```no_run
//! use std::path::Path;
//! use activity_log_plugin_build::{Language, build, create};
//!
//! let dir = Path::new("night-shift");
//! create(Language::Rust, "night-shift", dir)?;
//! let component = build(dir)?;
//! assert!(component.ends_with("night-shift.wasm"));
//! # Ok::<(), activity_log_plugin_build::Error>(())
//! ```

mod build;
mod c;
mod command;
mod component;
mod create;
mod error;
mod javascript;
mod language;
mod rust;
mod templates;
mod tools;

pub use build::{build, build_to};
pub use component::component;
pub use create::create;
pub use error::Error;
pub use language::{Language, UnknownLanguage};
