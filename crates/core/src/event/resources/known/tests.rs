use super::*;

fn kind(member: &str, name: &str, source: Option<&str>, value: &str) -> Option<&'static str> {
    Call::new(name, source)
        .kind_of(self::member(member)?)?
        .of(value)
}

#[test]
fn the_tables_are_in_order() {
    let order = |row: &Row| (row.member.len(), row.member);
    assert!(ROWS.is_sorted_by_key(order));
    assert!(ARNS.is_sorted_by(|one, next| (one.0, one.1) < (next.0, next.1)));
    assert!(IDS.is_sorted_by(|one, next| one.0 < next.0));
    assert_eq!(ROWS.last().unwrap().member.len(), LONGEST);
    for row in ROWS {
        assert!(
            row.member
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte.is_ascii_lowercase())
        );
    }
}

#[test]
fn every_row_is_reached() {
    for row in ROWS {
        let source = Some(row.service).filter(|service| !service.is_empty());
        let first = member(row.member).unwrap();
        assert_eq!(
            Call::new(row.word, source).kind_of(first),
            Some(row.kind),
            "{} {}",
            row.member,
            row.service
        );
    }
}

#[test]
fn a_call_is_about_what_its_name_has() {
    let about = |name, kind| Call::new(name, None).is_about(kind);
    assert!(about("RunInstances", "AWS::EC2::Instance"));
    assert!(about("CreateVpc", "AWS::EC2::VPC"));
    assert!(!about("RunInstances", "AWS::EC2::Image"));
    assert!(!about("", "AWS::EC2::Image") && !about("Stop", ""));
}

#[test]
fn a_member_names_what_its_call_is_of() {
    let ec2 = Some("ec2.amazonaws.com");
    let expected = [
        (
            "instanceId",
            "StopInstances",
            ec2,
            "i-1",
            Some("AWS::EC2::Instance"),
        ),
        (
            "InstanceId",
            "StopInstances",
            None,
            "i-1",
            Some("AWS::EC2::Instance"),
        ),
        (
            "InstanceId.1",
            "StopInstances",
            None,
            "i-1",
            Some("AWS::EC2::Instance"),
        ),
        (
            "subnetIds",
            "CreateDBSubnetGroup",
            Some("rds.amazonaws.com"),
            "subnet-1",
            Some("AWS::EC2::Subnet"),
        ),
        (
            "groupName",
            "CreateSecurityGroup",
            ec2,
            "web",
            Some("AWS::EC2::SecurityGroup"),
        ),
        (
            "groupName",
            "CreateGroup",
            Some("iam.amazonaws.com"),
            "web",
            Some("AWS::IAM::Group"),
        ),
        (
            "groupName",
            "CreateGroup",
            Some("quicksight.amazonaws.com"),
            "web",
            None,
        ),
        (
            "name",
            "CreateTrail",
            None,
            "audit",
            Some("AWS::CloudTrail::Trail"),
        ),
        (
            "name",
            "StopLogging",
            Some("cloudtrail.amazonaws.com"),
            "audit",
            Some("AWS::CloudTrail::Trail"),
        ),
        ("name", "DescribeRouteTables", ec2, "vpc-id", None),
        ("userName", "GetRole", None, "x", None),
        (
            "resourceId",
            "CreateTags",
            ec2,
            "vol-1",
            Some("AWS::EC2::Volume"),
        ),
        ("resourceId", "CreateTags", ec2, "something", None),
        (
            "imageId",
            "RunInstances",
            None,
            "cmi-3A5C7E90",
            Some("AWS::EC2::Image"),
        ),
        ("maxResults", "ListKeys", None, "10", None),
        ("", "ListKeys", None, "10", None),
        ("é", "ListKeys", None, "10", None),
    ];
    for (member, name, source, value, expected) in expected {
        assert_eq!(
            kind(member, name, source, value),
            expected,
            "{member} {name}"
        );
    }
}
