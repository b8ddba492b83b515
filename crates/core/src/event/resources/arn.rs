//! Amazon Resource Names: `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`.

use super::known;

/// How every ARN begins.
pub(super) const BEGIN: &str = "arn:";

/// An ARN's parts, as far as we look at them.
#[derive(Clone, Copy)]
struct Parts<'a> {
    service: &'a str,
    /// whether it is S3's and names no region, as buckets and objects do
    is_of_bucket: bool,
    resource: &'a str,
}

fn parts(arn: &str) -> Option<Parts<'_>> {
    let mut parts = arn.strip_prefix(BEGIN)?.splitn(5, ':').skip(1);
    let (service, region, _) = (parts.next()?, parts.next()?, parts.next()?);
    Some(Parts {
        service,
        is_of_bucket: service == "s3" && region.is_empty(),
        resource: parts.next()?,
    })
}

/// Whether it is an ARN and nothing else.
pub(super) fn is_whole(text: &str) -> bool {
    let is_full = |parts: Parts<'_>| !parts.service.is_empty() && !parts.resource.is_empty();
    parts(text).is_some_and(is_full) && !text.contains(char::is_whitespace)
}

/// What kind of thing it names, where that is known.
pub(super) fn kind(arn: &str) -> Option<&'static str> {
    let parts = parts(arn)?;
    let end = parts.resource.find(['/', ':']);
    let kind = end.map_or("", |end| &parts.resource[..end]);
    match (parts.is_of_bucket, kind) {
        (true, "") => Some("AWS::S3::Bucket"),
        (true, _) => Some("AWS::S3::Object"),
        (false, kind) => known::kind_of_arn(parts.service, kind),
    }
}

/// The other names that a resource is looked up by: of an ARN what its service calls it, and its last part; of a URL, such as
/// that of a queue, the last part. Each once, and none that is the name itself.
///
/// ```
/// use activity_log_core::event::other_names;
/// let names = |name| other_names(name).collect::<Vec<_>>();
/// assert_eq!(names("arn:aws:ec2:eu-west-1:111122223333:instance/i-0a53"), ["i-0a53"]);
/// assert_eq!(names("arn:aws:s3:::logs/2026/a.gz"), ["logs", "2026/a.gz", "a.gz"]);
/// assert_eq!(names("arn:aws:iam::111122223333:role/ci/deploy"), ["ci/deploy", "deploy"]);
/// assert_eq!(names("https://sqs.eu-west-1.amazonaws.com/111122223333/jobs"), ["jobs"]);
/// assert_eq!(names("i-0a53"), [""; 0]);
/// ```
pub fn other_names(name: &str) -> impl Iterator<Item = &str> {
    let names = match parts(name) {
        Some(parts) => of_arn(parts),
        None if name.starts_with("https://") => [last(name), None, None],
        None => [None; 3],
    };
    let is_first = move |at: usize| !names[..at].contains(&names[at]);
    (0..3)
        .filter(move |at| is_first(*at))
        .filter_map(move |at| names[at])
        .filter(move |one| !matches!(*one, "" | "*") && *one != name)
}

fn of_arn(parts: Parts<'_>) -> [Option<&str>; 3] {
    // As ARNs of log groups end.
    let resource = parts.resource.strip_suffix(":*").unwrap_or(parts.resource);
    let cut = resource.find(['/', ':']);
    let (kind, rest) = match cut {
        Some(cut) => (Some(&resource[..cut]), &resource[cut + 1..]),
        None => (None, resource),
    };
    match (parts.service, kind) {
        ("s3", Some(bucket)) if parts.is_of_bucket => [Some(bucket), Some(rest), last(resource)],
        // A parameter's name begins with the slash that its ARN has once; one without a path has none.
        ("ssm", Some("parameter")) => [Some(rest), cut.map(|cut| &resource[cut..]), last(resource)],
        // Six random characters are added to a secret's name.
        ("secretsmanager", Some("secret")) => {
            let random = |end: usize| rest.get(end..).is_some_and(|end| end.starts_with('-'));
            let own = rest.len().checked_sub(7).filter(|end| random(*end));
            [own.map(|end| &rest[..end]), Some(rest), None]
        }
        ("kms", Some("alias")) => [Some(resource), Some(rest), None],
        _ => [Some(rest), last(resource), None],
    }
}

/// What stands behind the last slash or colon.
fn last(text: &str) -> Option<&str> {
    text.rsplit(['/', ':']).next()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_service_calls_its_resources_by_their_own_names() {
        let expected: [(&str, &[&str]); 15] = [
            ("arn:aws:s3:::b", &["b"]),
            ("arn:aws:s3:::b/", &["b"]),
            ("arn:aws:s3:::b/*", &["b"]),
            ("arn:aws:s3:r:1:accesspoint/a", &["a"]),
            ("arn:aws:sns:r:1:topic", &["topic"]),
            ("arn:aws:lambda:r:1:function:f", &["f"]),
            ("arn:aws:lambda:r:1:function:f:live", &["f:live", "live"]),
            (
                "arn:aws:logs:r:1:log-group:/aws/lambda/f:*",
                &["/aws/lambda/f", "f"],
            ),
            (
                "arn:aws:ssm:r:1:parameter/db/password",
                &["db/password", "/db/password", "password"],
            ),
            (
                "arn:aws:secretsmanager:r:1:secret:db/main-a1B2c3",
                &["db/main", "db/main-a1B2c3"],
            ),
            (
                "arn:aws:secretsmanager:r:1:secret:é-a1B2c3",
                &["é", "é-a1B2c3"],
            ),
            ("arn:aws:kms:r:1:alias/main", &["alias/main", "main"]),
            ("arn:aws:kms:r:1:key/0e5d", &["0e5d"]),
            ("arn:aws:iam::1:root", &["root"]),
            ("arn:aws:s3", &[]),
        ];
        for (arn, names) in expected {
            assert_eq!(other_names(arn).collect::<Vec<_>>(), names, "{arn}");
        }
    }

    #[test]
    fn what_an_arn_names_is_known_by_service_and_type() {
        let expected = [
            ("arn:aws:s3:::b", Some("AWS::S3::Bucket")),
            ("arn:aws:s3:::b/k", Some("AWS::S3::Object")),
            ("arn:aws:s3:r:1:storage-lens/x", None),
            ("arn:aws-cn:iam::1:role/x", Some("AWS::IAM::Role")),
            ("arn:aws:sqs:r:1:q", Some("AWS::SQS::Queue")),
            ("arn:aws:nothing:r:1:x/y", None),
            ("arn:aws:iam", None),
        ];
        for (arn, name) in expected {
            assert_eq!(kind(arn), name, "{arn}");
        }
        assert!(is_whole("arn:aws:s3:::b"));
        for text in [
            "arn:aws:s3:::",
            "arn:aws::::b",
            "arn:x",
            "arn:aws:s3:::b and more",
            "xarn:aws:s3:::b",
        ] {
            assert!(!is_whole(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn other_names_are_parts_of_the_name_each_once(name in "(arn:aws:(s3|ssm|secretsmanager|kms|iam):r:1:|https://|)[a-z:/é*-]{0,24}") {
            let names: Vec<&str> = other_names(&name).collect();
            for (at, one) in names.iter().enumerate() {
                prop_assert!(name.contains(one) && !one.is_empty() && *one != name);
                prop_assert!(!names[..at].contains(one));
            }
        }
    }
}
