//! Log files, and the records in them as they stand there.

pub mod files;
pub mod record;
