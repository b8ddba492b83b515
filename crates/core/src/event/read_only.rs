//! Whether a call only read, told from its name where the record does not say.
//!
//! The rule errs towards "not read-only": the console's first view hides read-only events, and a
//! write must never be hidden by a guess.

/// Verbs of calls that change nothing, as AWS, K2 and OpenStack name their actions.
const READING: [&str; 13] = [
    "BatchGet", "Check", "Describe", "Detect", "Discover", "Get", "Head", "List", "Lookup",
    "Query", "Scan", "Search", "Select",
];

/// Names that start with a reading verb and still do something.
const WRITING: [&str; 3] = ["GetFederationToken", "GetSessionToken", "GetSigninToken"];

/// Whether a call of this name only reads: it starts with a reading verb, at a word's end.
///
/// ```
/// use activity_log_core::event::read_only::inferred;
/// assert!(inferred("DescribeInstances"));
/// assert!(inferred("list-servers"));
/// assert!(!inferred("StopInstances"));
/// assert!(!inferred("Getaway"));
/// ```
pub fn inferred(name: &str) -> bool {
    !WRITING.contains(&name)
        && READING.iter().any(|verb| {
            name.get(..verb.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(verb))
                && name[verb.len()..]
                    .chars()
                    .next()
                    .is_none_or(|next| !next.is_lowercase())
        })
}

#[cfg(test)]
mod tests {
    use super::inferred;

    #[test]
    fn sessions_and_writes_are_not_read_only() {
        for name in [
            "OpenSession",
            "ADOpenSession",
            "CloseSession",
            "AutoCloseSession",
            "ConsoleLogin",
            "CreateTrail",
            "Listen",
            "Selection",
            "unknown",
            "",
            "é",
            "GetSessionToken",
        ] {
            assert!(!inferred(name), "{name}");
        }
        for name in [
            "GetUser",
            "get-quota",
            "BatchGetItem",
            "LookupEvents",
            "List",
        ] {
            assert!(inferred(name), "{name}");
        }
    }
}
