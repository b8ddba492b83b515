//! The world `filter` of `wit/filter.wit`, by name.
//!
//! The interface is frozen: its next version will be another package beside it, and another module here.

/// The interface a filter exports.
pub const PLUGIN: &str = "activity-log:filter/plugin@1.0.0";
/// The interface a filter may import.
pub const LOG: &str = "activity-log:filter/log@1.0.0";
/// The types of the others: componentizers add it as an import that holds nothing but types.
pub const TYPES: &str = "activity-log:filter/types@1.0.0";

/// The functions of [`PLUGIN`].
pub(crate) const FUNCTIONS: [&str; 3] = [DESCRIBE, START, FILTER];
pub(crate) const DESCRIBE: &str = "describe";
pub(crate) const START: &str = "start";
pub(crate) const FILTER: &str = "filter";
/// The function of [`LOG`].
pub(crate) const LINE: &str = "line";

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    /// Of `/wit/filter.wit`. Do not change it.
    const FROZEN: &str = "c81ebeb2f1e12031eeec8b6a850aaa86904a6a49821b7bf8af0b13628a191124";

    #[test]
    fn the_released_interface_is_frozen() {
        let wit = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../wit/filter.wit"));
        assert_eq!(
            hex::encode(Sha256::digest(wit)),
            FROZEN,
            "wit/filter.wit has changed. Customers' plugins are compiled against it and stored: even another \
             comment may not be told from another type by whoever compares the file with the one they built \
             with, and another type breaks every plugin there is. Take the change back; what is new goes into a \
             package of its own version (activity-log:filter@1.1.0 or @2.0.0) in a file beside it.",
        );
    }
}
