//! Whole rules over records of every dialect: ours, in `rules`, and SigmaHQ's, if they are at hand.

use std::path::{Path, PathBuf};

use activity_log_filter::testing::{Events, start};

use super::Sigma;

const EVENTS: &str = include_str!("../rules/events.ndjson");

/// SigmaHQ's rules for AWS: a folder of theirs, such as `rules/cloud/aws` of <https://github.com/SigmaHQ/sigma>. They are
/// under a licence of their own (Detection Rule License), so that they are none of ours to keep here.
const SIGMAHQ: &str = "ACTIVITY_LOG_SIGMAHQ_RULES";

#[test]
fn our_rules_detect_what_they_say() {
    let events = Events::parse(EVENTS);
    for (name, rule, expected) in [
        (
            "policy-for-all",
            include_str!("../rules/policy-for-all.yml"),
            &[0][..],
        ),
        (
            "from-inside",
            include_str!("../rules/from-inside.yml"),
            &[0],
        ),
        (
            "sign-in-without-second-factor",
            include_str!("../rules/sign-in-without-second-factor.yml"),
            &[1, 5],
        ),
        (
            "open-to-the-world",
            include_str!("../rules/open-to-the-world.yml"),
            &[2],
        ),
        ("owners-tag", include_str!("../rules/owners-tag.yml"), &[2]),
        (
            "many-at-once",
            include_str!("../rules/many-at-once.yml"),
            &[4],
        ),
        ("failed", include_str!("../rules/failed.yml"), &[3, 5, 7]),
        ("anna", include_str!("../rules/anna.yml"), &[4]),
        (
            "password-in-a-body",
            include_str!("../rules/password-in-a-body.yml"),
            &[6],
        ),
        ("words", include_str!("../rules/words.yml"), &[0, 7]),
        (
            "nobody-known",
            include_str!("../rules/nobody-known.yml"),
            &[1, 2],
        ),
    ] {
        assert_eq!(
            events.run::<Sigma>(&[("rule", rule)]).kept(),
            expected,
            "{name}"
        );
    }
}

/// What a refusal of theirs may name.
const NAMED: [&str; 4] = [
    "the modifier \"fieldref\" is not supported",
    "the modifier \"expand\" is not supported",
    "detection.timeframe is not supported",
    "aggregations (",
];

#[test]
fn sigmahqs_rules_run_unmodified_or_are_refused_by_name() {
    let Some(folder) = std::env::var_os(SIGMAHQ) else {
        println!("skipped: {SIGMAHQ} names no folder of SigmaHQ's rules");
        return;
    };
    let events = Events::parse(EVENTS);
    let (mut run, mut refused) = (0, vec![]);
    for path in rules(Path::new(&folder)) {
        let rule = std::fs::read_to_string(&path).unwrap();
        match start::<Sigma>(&[("rule", &rule)]) {
            Ok(_) => {
                let kept = events.run::<Sigma>(&[("rule", &rule)]).kept();
                println!("{} keeps {kept:?}", path.display());
                // Its policy is a string in the request.
                if path.ends_with("aws_iam_s3browser_templated_s3_bucket_policy_creation.yml") {
                    assert_eq!(kept, [0]);
                }
                run += 1;
            }
            Err(error) => {
                assert!(
                    NAMED.iter().any(|named| error.contains(named)),
                    "{}: {error}",
                    path.display()
                );
                refused.push(format!("{}: {error}", path.display()));
            }
        }
    }
    println!(
        "{run} rules run; refused {}:\n{}",
        refused.len(),
        refused.join("\n")
    );
    assert!(run > 0, "there is no rule in {}", folder.display());
}

/// The rules for AWS in a folder, and in those in it.
fn rules(folder: &Path) -> Vec<PathBuf> {
    let mut found = vec![];
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(rules(&path));
        } else if path.extension().is_some_and(|end| end == "yml") {
            let text = std::fs::read_to_string(&path).unwrap();
            if text.contains("product: aws") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
