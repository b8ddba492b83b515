//! Why a batch could not be judged.

use crate::Failure;

impl Failure {
    /// One event cannot be judged: the report fails and names it.
    ///
    /// # Panics
    /// If the row's number is past 2^32.
    pub fn of_row(row: usize, message: impl Into<String>) -> Self {
        let row = u32::try_from(row).expect("a batch has at most 4,096 rows");
        Self {
            row: Some(row),
            message: message.into(),
        }
    }
}

/// No one row's failure.
impl From<String> for Failure {
    fn from(message: String) -> Self {
        Self { row: None, message }
    }
}

impl From<&str> for Failure {
    fn from(message: &str) -> Self {
        message.to_owned().into()
    }
}
