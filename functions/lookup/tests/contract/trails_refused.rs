//! What trails are refused for: names, buckets, and what is not served.

use aws_sdk_cloudtrail::Client;
use serde_json::{Value, json};

use crate::buckets::Behaviour;
use crate::stage::{AUDIT, Stage, refused, with_bucket, with_trail};

async fn create(client: &Client, name: &str, bucket: &str) -> (String, String) {
    let create = client.create_trail().name(name).s3_bucket_name(bucket);
    refused(create.send().await)
}

/// Code and message of a request as no SDK would write it.
async fn told(stage: &Stage, client: &Client, operation: &str, body: Value) -> (String, String) {
    let answer = stage.call(client, operation, &body).await;
    let text = |field: &str| answer[field].as_str().unwrap_or_default().to_owned();
    (text("__type"), text("message"))
}

#[tokio::test]
async fn bad_names_in_aws_s_words() {
    let (stage, _, client) = with_bucket().await;
    let long = "a".repeat(129);
    for (name, message) in [
        (
            "a",
            "Trail name too short. Minimum allowed length: 3 characters. Specified name length: 1 characters.",
        ),
        (
            &*long,
            "Trail name too long. Maximum allowed length: 128 characters. Specified name length: 129 characters.",
        ),
        ("trail!", "Trail name must ends with a letter or number."),
        (
            "my#trail",
            "Trail name or ARN can only contain uppercase letters, lowercase letters, numbers, periods (.), hyphens (-), and underscores (_).",
        ),
        ("-trail", "Trail name must starts with a letter or number."),
    ] {
        let expected = ("InvalidTrailNameException".to_owned(), message.to_owned());
        // The name comes first, whatever else is wrong.
        assert_eq!(create(&client, name, "Nowhere").await, expected);
        assert_eq!(
            refused(client.get_trail().name(name).send().await),
            expected
        );
        let described = client.describe_trails().trail_name_list(name);
        assert_eq!(refused(described.send().await), expected);
    }
    for operation in [
        "CreateTrail",
        "GetTrail",
        "StartLogging",
        "GetEventSelectors",
    ] {
        assert_eq!(
            told(&stage, &client, operation, json!({})).await,
            (
                "InvalidTrailNameException".to_owned(),
                "Trail name cannot be blank!".to_owned()
            )
        );
    }
}

#[tokio::test]
async fn an_arn_that_is_none_of_a_trail() {
    let (_, _, client) = with_trail().await;
    let arn = "arn:aws:cloudtrail:us-east-1:111122223333:channel/audit";
    let expected = (
        "CloudTrailARNInvalidException".to_owned(),
        format!(
            "'{arn}' is not the ARN of a trail; it must be like arn:aws:cloudtrail:REGION:ACCOUNT:trail/NAME"
        ),
    );
    assert_eq!(refused(client.get_trail().name(arn).send().await), expected);
    let described = client.describe_trails().trail_name_list(arn);
    assert_eq!(refused(described.send().await), expected);
    // A trail is made by name.
    assert_eq!(
        create(&client, AUDIT, "logs").await.0,
        "InvalidTrailNameException"
    );
}

#[tokio::test]
async fn unknown_trails() {
    let (_, _, client) = with_trail().await;
    let unknown = |named: &str| {
        (
            "TrailNotFoundException".to_owned(),
            format!("Unknown trail: {named} for the user: 111122223333"),
        )
    };
    assert_eq!(
        refused(client.get_trail().name("unknowntrail").send().await),
        unknown("unknowntrail")
    );
    assert_eq!(
        refused(client.get_trail_status().name("unknowntrail").send().await),
        unknown("arn:aws:cloudtrail:us-east-1:111122223333:trail/unknowntrail")
    );
    let elsewhere = "arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit";
    assert_eq!(
        refused(client.get_trail_status().name(elsewhere).send().await),
        unknown(elsewhere)
    );
    let update = client.update_trail().name("other").s3_bucket_name("logs");
    assert_eq!(refused(update.send().await), unknown("other"));
}

#[tokio::test]
async fn buckets_that_are_not_taken() {
    let (stage, _, client) = with_bucket().await;
    for (bucket, behaviour) in [
        ("elsewhere", Behaviour::OtherRegion),
        ("not-mine", Behaviour::CreatorDenied),
        ("not-ours", Behaviour::ServiceDenied),
        ("silent", Behaviour::Silent),
    ] {
        stage.buckets.make(bucket, behaviour);
    }
    let denied = |bucket: &str, who: &str| {
        format!(
            "Incorrect S3 bucket policy is detected for bucket: {bucket}. {who} may not write there: allow s3:PutObject on {bucket}/AWSLogs/111122223333/*"
        )
    };
    for (bucket, code, message) in [
        (
            "specificweirdbucketthatdoesnotexist",
            "S3BucketDoesNotExistException",
            "S3 bucket specificweirdbucketthatdoesnotexist does not exist!".to_owned(),
        ),
        (
            "elsewhere",
            "S3BucketDoesNotExistException",
            "S3 bucket elsewhere does not exist in us-east-1: it is in another region".to_owned(),
        ),
        (
            "not-mine",
            "InsufficientS3BucketPolicyException",
            denied("not-mine", "The caller's access key")
                + ". The bucket must belong to AWS account 444455556666, as the key does",
        ),
        (
            "not-ours",
            "InsufficientS3BucketPolicyException",
            denied("not-ours", "The service"),
        ),
        (
            "silent",
            "InternalFailure",
            "The bucket could not be checked. Try again".to_owned(),
        ),
        (
            "Logs",
            "InvalidS3BucketNameException",
            "S3 bucket name 'Logs' is not valid: it can only contain lowercase letters, numbers, periods (.), and hyphens (-)".to_owned(),
        ),
    ] {
        let expected = (code.to_owned(), message);
        assert_eq!(create(&client, "audit", bucket).await, expected);
    }
    assert_eq!(
        told(&stage, &client, "CreateTrail", json!({"Name": "audit"})).await,
        (
            "InvalidS3BucketNameException".to_owned(),
            "S3 bucket name '' is not valid: it cannot be blank".to_owned()
        )
    );
    let create = client.create_trail().name("audit").s3_bucket_name("logs");
    let slash = refused(create.s3_key_prefix("p/").send().await);
    assert_eq!(slash.0, "InvalidS3PrefixException");
    let trails = client.list_trails().send().await.unwrap();
    assert!(trails.trails().is_empty());
}

/// The seeds' own words.
#[tokio::test]
async fn a_creator_whom_the_storage_does_not_know() {
    let (stage, account, _) = with_trail().await;
    let permissions = [activity_log_control::Permission::Administrator];
    let key = stage.user(account, "stranger", &permissions).await;
    stage.buckets.forget_key(key.id.as_str());
    let client = stage.client(&key);
    let expected = (
        "InvalidAccessKeyId".to_owned(),
        "The AWS Access Key Id you provided does not exist in our records".to_owned(),
    );
    assert_eq!(create(&client, "second", "logs").await, expected);
    let update = || client.update_trail().name("audit");
    assert_eq!(refused(update().s3_key_prefix("p").send().await), expected);
    // Nothing is directed anywhere by this.
    let update = update().enable_log_file_validation(true);
    update.send().await.unwrap();
}

#[tokio::test]
async fn an_update_to_a_bad_bucket_changes_nothing() {
    let (_, _, client) = with_trail().await;
    let update = client
        .update_trail()
        .name("audit")
        .s3_bucket_name("nowhere")
        .enable_log_file_validation(true);
    assert_eq!(
        refused(update.send().await).0,
        "S3BucketDoesNotExistException"
    );
    let got = client.get_trail().name("audit").send().await.unwrap();
    let got = got.trail().unwrap();
    assert_eq!(got.s3_bucket_name(), Some("logs"));
    assert_eq!(got.log_file_validation_enabled(), Some(false));
}

#[tokio::test]
async fn what_is_not_served_is_refused_by_name() {
    let (stage, _, client) = with_trail().await;
    for (parameter, value, code) in [
        ("SnsTopicName", json!("t"), "InvalidSnsTopicNameException"),
        ("KmsKeyId", json!("k"), "InvalidKmsKeyIdException"),
        (
            "CloudWatchLogsLogGroupArn",
            json!("a"),
            "InvalidCloudWatchLogsLogGroupArnException",
        ),
        (
            "CloudWatchLogsRoleArn",
            json!("a"),
            "InvalidCloudWatchLogsRoleArnException",
        ),
        (
            "IsOrganizationTrail",
            json!(true),
            "OrganizationsNotInUseException",
        ),
    ] {
        for (operation, name) in [("CreateTrail", "second"), ("UpdateTrail", "audit")] {
            let body = json!({"Name": name, "S3BucketName": "logs", parameter: value});
            let refusal = told(&stage, &client, operation, body).await;
            assert_eq!(refusal.0, code, "{operation} {parameter}");
            assert!(refusal.1.starts_with(parameter), "{}", refusal.1);
        }
    }
    let body = json!({"Name": "second", "S3BucketName": "nowhere", "IsMultiRegionTrail": true, "IncludeGlobalServiceEvents": false});
    assert_eq!(
        told(&stage, &client, "CreateTrail", body).await,
        (
            "InvalidParameterCombinationException".to_owned(),
            "Multi-Region trail must include global service events.".to_owned()
        )
    );
}

#[tokio::test]
async fn pages_and_lists_have_their_ends() {
    let (stage, _, client) = with_trail().await;
    let list = client.list_trails().next_token("x");
    assert_eq!(refused(list.send().await).0, "InvalidNextTokenException");
    let names = vec!["audit"; 101];
    assert_eq!(
        told(
            &stage,
            &client,
            "DescribeTrails",
            json!({"trailNameList": names})
        )
        .await,
        (
            "InvalidParameterException".to_owned(),
            "trailNameList has 101 names; at most 100 are allowed".to_owned()
        )
    );
    assert_eq!(
        told(&stage, &client, "GetTrail", json!({"Name": 7})).await,
        (
            "SerializationException".to_owned(),
            "Name: invalid type: integer `7`, expected a string".to_owned()
        )
    );
}
