//! What lies under a key of the import bucket.
//!
//! AWS delivers to `[PREFIX/]AWSLogs/[o-ORGANIZATION/]ACCOUNT/KIND/…`. The prefix is the customer's own choice and may
//! hold any of these words; so what counts is the last `AWSLogs` that an account and a kind follow.

use activity_log_core::account::AccountId;

/// Kinds whose files hold events: calls of an account, and what crossed its VPC endpoints.
const EVENTS: [&str; 2] = ["CloudTrail", "CloudTrail-NetworkActivity"];

/// What a key says of its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Named<'k> {
    /// events of this account
    Events(AccountId),
    /// something else: digests, statistics (`CloudTrail-Insight`), another service's logs
    Other(&'k str),
    /// nothing
    Nothing,
}

/// Reads a key.
pub(super) fn named(key: &str) -> Named<'_> {
    let parts: Vec<&str> = key.split('/').collect();
    let mut starts = (0..parts.len()).rev().filter(|at| parts[*at] == "AWSLogs");
    let found = starts.find_map(|at| account_and_kind(&parts[at + 1..]));
    match found {
        Some((account, kind)) if EVENTS.contains(&kind) => Named::Events(account),
        Some((_, kind)) => Named::Other(kind),
        None => Named::Nothing,
    }
}

/// `[o-ORGANIZATION/]ACCOUNT/KIND/` and at least a file's name.
fn account_and_kind<'k>(parts: &[&'k str]) -> Option<(AccountId, &'k str)> {
    let parts = match parts {
        [organization, rest @ ..] if organization.starts_with("o-") => rest,
        all => all,
    };
    match parts {
        [account, kind, _, ..] => Some((account.parse().ok()?, kind)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_awslogs_that_an_account_and_a_kind_follow_counts() {
        let events = Named::Events("111122223333".parse().unwrap());
        for key in [
            "AWSLogs/111122223333/CloudTrail/eu-central-1/2026/11/20/x.json.gz",
            "a/b/AWSLogs/o-abc123/111122223333/CloudTrail/x.json.gz",
            "AWSLogs/AWSLogs/111122223333/CloudTrail/x.json.gz",
            "AWSLogs/444455556666/CloudTrail/AWSLogs/111122223333/CloudTrail/x.json.gz",
            "x/CloudTrail-Insight/AWSLogs/111122223333/CloudTrail/x.json.gz",
            "x/CloudTrail-Digest/AWSLogs/111122223333/CloudTrail/x.json.gz",
            "AWSLogs/111122223333/CloudTrail-NetworkActivity/eu-central-1/x.json.gz",
            "AWSLogs/111122223333/CloudTrail/AWSLogs/x.json.gz",
        ] {
            assert_eq!(named(key), events, "{key}");
        }
    }

    #[test]
    fn what_is_of_another_kind_is_told_apart_from_what_names_nothing() {
        for (key, kind) in [
            (
                "AWSLogs/111122223333/CloudTrail-Digest/d.json.gz",
                "CloudTrail-Digest",
            ),
            (
                "CloudTrail/AWSLogs/111122223333/CloudTrail-Insight/i.json.gz",
                "CloudTrail-Insight",
            ),
            (
                "AWSLogs/111122223333/Config/eu-central-1/c.json.gz",
                "Config",
            ),
            (
                "AWSLogs/o-a/111122223333/elasticloadbalancing/e.json.gz",
                "elasticloadbalancing",
            ),
        ] {
            assert_eq!(named(key), Named::Other(kind), "{key}");
        }
        for key in [
            "",
            "111122223333/CloudTrail/x.json.gz",
            "AWSLogs/x/111122223333/CloudTrail/x.json.gz",
            "AWSLogs/111122223333/x.json.gz",
            "AWSLogs/o-a/x.json.gz",
            "xAWSLogs/111122223333/CloudTrail/x.json.gz",
        ] {
            assert_eq!(named(key), Named::Nothing, "{key}");
        }
    }
}
