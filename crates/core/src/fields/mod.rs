//! Fields of a record by path: what reports show, conditions look at and plugins read.
//!
//! [`Columns`] are paths, read once; [`Columns::project`] takes their values out of a record's JSON text as
//! typed [`Cell`]s, in one pass and without building a tree of it. Beside paths there are the columns of the
//! [view](crate::event::View), which say the same of events of every dialect.

mod cell;
mod column;
mod defaults;
mod project;

pub use cell::Cell;
pub use column::{COLUMNS, Column, ColumnError, Columns, DEPTH, ORIGIN, PATH_BYTES, RECORD};
pub use project::RecordError;
