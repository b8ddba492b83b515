use super::*;
use crate::event::Event;

/// What an event touched, as `type=name@source`.
fn touched(members: &str) -> Vec<String> {
    let text = format!(r#"{{"eventTime":"2026-11-20T12:00:00Z","eventID":"e",{members}}}"#);
    let event = Event::stored(&text, "queue").unwrap();
    let said = |one: &ResourceField<'_>| {
        let kind = one
            .kind
            .as_deref()
            .unwrap_or("?")
            .trim_start_matches("AWS::");
        let name = one.name.as_deref().unwrap_or("?");
        format!("{kind}={name}@{}", one.source.name())
    };
    event.fields.resources.iter().map(said).collect()
}

#[test]
fn a_request_and_its_answer_name_what_they_touch() {
    let stop = r#""eventName":"StopInstances","eventSource":"ec2.amazonaws.com",
        "requestParameters":{"instancesSet":{"items":[{"instanceId":"i-1"},{"instanceId":"i-2"}]},"force":false},
        "responseElements":{"instancesSet":{"items":[{"instanceId":"i-1","currentState":{"code":64,"name":"stopping"}}]}}"#;
    assert_eq!(
        touched(stop),
        [
            "EC2::Instance=i-1@requestParameters",
            "EC2::Instance=i-2@requestParameters"
        ]
    );
    let k2 = r#""eventName":"AttachVolume","userName":"anna","requestParameters":{"InstanceId":"i-1","VolumeId":"vol-1"},"responseElements":null"#;
    assert_eq!(
        touched(k2),
        [
            "EC2::Volume=vol-1@requestParameters",
            "EC2::Instance=i-1@requestParameters"
        ]
    );
}

#[test]
fn what_a_call_is_about_comes_first() {
    let run = r#""eventName":"RunInstances","eventSource":"ec2.amazonaws.com",
        "requestParameters":{"instancesSet":{"items":[{"imageId":"ami-1"}]},"subnetId":"subnet-1"},
        "responseElements":{"instancesSet":{"items":[{"instanceId":"i-1","imageId":"ami-1","vpcId":"vpc-1"}]}}"#;
    assert_eq!(
        touched(run),
        [
            "EC2::Instance=i-1@responseElements",
            "EC2::Image=ami-1@requestParameters",
            "EC2::Subnet=subnet-1@requestParameters",
            "EC2::VPC=vpc-1@responseElements"
        ]
    );
}

#[test]
fn one_resource_of_several_names_is_listed_once() {
    let listed = r#""eventName":"PutBucketPolicy","eventSource":"s3.amazonaws.com",
        "resources":[{"ARN":"arn:aws:s3:::b","type":"AWS::S3::Bucket"}],"requestParameters":{"bucketName":"b","Host":"b.s3.amazonaws.com"}"#;
    assert_eq!(touched(listed), ["S3::Bucket=arn:aws:s3:::b@resources"]);
    let created = r#""eventName":"CreateRole","eventSource":"iam.amazonaws.com","requestParameters":{"roleName":"ci","tags":[{"key":"a"}]},
        "responseElements":{"role":{"roleName":"ci","arn":"arn:aws:iam::1:role/ci","path":"/"}}"#;
    assert_eq!(
        touched(created),
        ["IAM::Role=arn:aws:iam::1:role/ci@responseElements"]
    );
    let untyped = r#""eventName":"GetParameter","eventSource":"ssm.amazonaws.com","resources":[{"ARN":"arn:aws:ssm:r:1:parameter/db/a"}],
        "requestParameters":{"name":"/db/a","withDecryption":true}"#;
    assert_eq!(
        touched(untyped),
        ["SSM::Parameter=arn:aws:ssm:r:1:parameter/db/a@resources"]
    );
    // The same id of two kinds is two things.
    let two = r#""eventName":"X","requestParameters":{"volumeId":"a","snapshotId":"a"}"#;
    assert_eq!(touched(two).len(), 2);
}

#[test]
fn arns_are_found_anywhere_and_what_is_no_name_is_not() {
    let arns = r#""eventName":"Decrypt","eventSource":"kms.amazonaws.com","resources":[{"ARNPrefix":"arn:aws:s3:::b/x"},{"type":"T"}],
        "requestParameters":{"encryptionContext":{"SecretARN":"arn:aws:secretsmanager:r:1:secret:s-a1B2c3"},"l":[["arn:aws:x:r:1:y"]],
            "keyId":"arn:aws:kms:r:1:key/k","policy":"{\"Resource\":\"arn:aws:s3:::p\"}","t":"arn:aws:s3:::b c","u":"arn:"}"#;
    assert_eq!(
        touched(arns),
        [
            "?=arn:aws:s3:::b/x@resources",
            "T=?@resources",
            "SecretsManager::Secret=arn:aws:secretsmanager:r:1:secret:s-a1B2c3@requestParameters",
            "?=arn:aws:x:r:1:y@requestParameters",
            "KMS::Key=arn:aws:kms:r:1:key/k@requestParameters",
        ]
    );
    let odd = r#""eventName":"X","requestParameters":{"instanceId":["","*",7,null,true,"a\u0062"],"volumeId":"\ud800","bucketName":1e400},"responseElements":"arn:aws:s3:::b""#;
    assert_eq!(
        touched(odd),
        [
            "EC2::Instance=7@requestParameters",
            "EC2::Instance=ab@requestParameters",
            "S3::Bucket=1e400@requestParameters",
            "S3::Bucket=arn:aws:s3:::b@responseElements",
        ]
    );
}

#[test]
fn of_very_many_the_first_are_kept_and_a_mark() {
    let ids: Vec<String> = (0..RESOURCES + 100)
        .map(|one| format!("\"i-{one}\""))
        .collect();
    let many = format!(
        r#""eventName":"StopInstances","requestParameters":{{"instanceIds":[{}]}}"#,
        ids.join(",")
    );
    let found = touched(&many);
    assert_eq!(found.len(), RESOURCES + 1);
    assert_eq!(
        found[RESOURCES - 1],
        "EC2::Instance=i-499@requestParameters"
    );
    assert_eq!(found[RESOURCES], "?=…@requestParameters");
}

#[test]
fn vk_names_things_in_its_path() {
    let text = r#"{"timestamp":"2026-11-20T12:00:00Z","event_id":"e","action":"vm-action","source":"nova","uri":"/v2.1/p/servers/6f1c/action","resources":[{"ARN":"x"}]}"#;
    let event = Event::stored(text, "queue").unwrap();
    let server = ResourceField {
        name: Some("6f1c".into()),
        kind: Some("OS::Nova::Server".into()),
        source: ResourceSource::Uri,
    };
    assert_eq!(event.fields.resources, [server]);
}
