//! The operations served, one file each, and the table that finds them.

mod lookup_events;

pub use lookup_events::LookupEvents;

use crate::operation::Row;
use crate::ports::Ports;

/// Every operation served. Any other of [`crate::model::OPERATIONS`] is answered with
/// `UnsupportedOperationException`.
pub fn table<P: Ports>() -> [Row<P>; 1] {
    [Row::of::<LookupEvents>()]
}
