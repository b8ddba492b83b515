//! What every function does the same way: log lines, configuration from the environment, and an
//! error's causes in one text.

pub mod environment;
pub mod logging;
pub mod stack;

use std::error::Error;

/// An error and what it came from, in one text, for the log.
pub fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}
