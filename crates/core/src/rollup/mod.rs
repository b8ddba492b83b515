//! The roll-up: what makes L1 of sealed arrivals (L0), and decides which of their rows are copies.
//!
//! Whatever is done here may be done by two at once, or be left half done: only the conditional write of the head
//! counts. What loses is garbage under keys that say their content, until it expires.

pub mod order;
