//! An error's causes in one text, for logs and terminals.

use std::error::Error;

/// An error and what it came from: `the table did not answer: timed out`.
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
