//! What a tick finds to do, a page at a time.

use crate::error::StoreError;

/// Where a tick goes on: behind what it has been given. Entries that cannot be dealt with stay where they are, so
/// whoever began anew each time would see nothing but them in the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position(pub(crate) String);

/// A page of what there is to do.
#[derive(Debug)]
pub struct Due<T> {
    /// What is due, the oldest first. There may be none, and more behind `next`.
    pub entries: Vec<T>,
    /// What cannot be read; it says which entries.
    pub unreadable: Vec<StoreError>,
    /// Where the next page begins, if there is one.
    pub next: Option<Position>,
}

impl<T> Due<T> {
    /// Of these, each read or not.
    pub(crate) fn of(
        read: impl IntoIterator<Item = Result<T, StoreError>>,
        next: Option<Position>,
    ) -> Self {
        let mut due = Self {
            entries: Vec::new(),
            unreadable: Vec::new(),
            next,
        };
        for one in read {
            match one {
                Ok(entry) => due.entries.push(entry),
                Err(error) => due.unreadable.push(error),
            }
        }
        due
    }
}
