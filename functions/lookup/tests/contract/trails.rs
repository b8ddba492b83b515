//! Trails: made, described, changed and deleted.

use activity_log_control::{Limit, Permission, Registry as _, TrailReader as _};
use aws_sdk_cloudtrail::Client;
use serde_json::json;

use crate::buckets::Behaviour;
use crate::stage::{AUDIT, refused, with_bucket, with_trail};

async fn names(client: &Client) -> Vec<String> {
    let described = client.describe_trails().send().await.unwrap();
    let trails = described.trail_list.unwrap().into_iter();
    trails.map(|trail| trail.name.unwrap()).collect()
}

#[tokio::test]
async fn a_new_trail_is_answered_as_aws_does() {
    let (stage, _, client) = with_bucket().await;
    let answer = stage
        .call(
            &client,
            "CreateTrail",
            &json!({"Name": "audit", "S3BucketName": "logs"}),
        )
        .await;
    let created = json!({
        "Name": "audit", "S3BucketName": "logs", "IncludeGlobalServiceEvents": true, "IsMultiRegionTrail": false,
        "TrailARN": AUDIT, "LogFileValidationEnabled": false, "IsOrganizationTrail": false,
    });
    assert_eq!(answer, created);
    assert_eq!(
        stage.buckets.take_tried(),
        ["logs/AWSLogs/111122223333/CloudTrail/"]
    );
    let mut described = created;
    described["HomeRegion"] = json!("us-east-1");
    described["HasCustomEventSelectors"] = json!(false);
    described["HasInsightSelectors"] = json!(false);
    assert_eq!(
        stage
            .call(&client, "GetTrail", &json!({"Name": "audit"}))
            .await,
        json!({ "Trail": described })
    );
    assert_eq!(
        stage.call(&client, "DescribeTrails", &json!({})).await,
        json!({ "trailList": [described] })
    );
    assert_eq!(
        stage.call(&client, "ListTrails", &json!({})).await,
        json!({"Trails": [{"TrailARN": AUDIT, "Name": "audit", "HomeRegion": "us-east-1"}]})
    );
}

#[tokio::test]
async fn everything_that_is_served_is_kept() {
    let (stage, _, client) = with_bucket().await;
    let created = client
        .create_trail()
        .name("audit")
        .s3_bucket_name("logs")
        .s3_key_prefix("p/q")
        .include_global_service_events(false)
        .enable_log_file_validation(true)
        .send()
        .await
        .unwrap();
    assert_eq!(created.s3_key_prefix(), Some("p/q"));
    assert_eq!(created.include_global_service_events(), Some(false));
    assert_eq!(created.log_file_validation_enabled(), Some(true));
    assert_eq!(
        stage.buckets.take_tried(),
        ["logs/p/q/AWSLogs/111122223333/CloudTrail/"]
    );
}

#[tokio::test]
async fn the_bucket_s_owner_is_learned_when_it_is_tried_and_only_then() {
    let (stage, account, client) = with_bucket().await;
    let owner = async || {
        let name = "audit".parse().unwrap();
        let trail = stage.directory.trail(account, &name);
        let settings = trail.await.unwrap().unwrap().settings;
        settings.bucket_owner.to_string()
    };
    let create = client.create_trail().name("audit").s3_bucket_name("logs");
    create.send().await.unwrap();
    assert_eq!(owner().await, "444455556666");
    // Keys of another AWS account from now on: nothing but an update that tries the bucket looks at that.
    stage.buckets.owned_by("777788889999");
    client.start_logging().name("audit").send().await.unwrap();
    let update = || client.update_trail().name("audit");
    let validated = update().enable_log_file_validation(true);
    validated.send().await.unwrap();
    assert_eq!(owner().await, "444455556666");
    update().s3_bucket_name("logs").send().await.unwrap();
    assert_eq!(owner().await, "777788889999");
}

#[tokio::test]
async fn a_name_is_taken_once_and_the_limit_is_the_account_s() {
    let (stage, account, client) = with_trail().await;
    let create = |name: &str| client.create_trail().name(name).s3_bucket_name("logs");
    assert_eq!(
        refused(create("audit").send().await),
        (
            "TrailAlreadyExistsException".to_owned(),
            "Trail audit already exists for customer: 111122223333".to_owned()
        )
    );
    create("second").send().await.unwrap();
    stage.buckets.take_tried();
    assert_eq!(
        refused(create("third").send().await),
        (
            "MaximumNumberOfTrailsExceededException".to_owned(),
            "User: 111122223333 already has 2 trails in us-east-1.".to_owned()
        )
    );
    // A trail that is refused leaves nothing in the bucket.
    assert!(stage.buckets.take_tried().is_empty());
    let raised = stage.directory.set_limit(account, Limit::Trails, Some(3));
    raised.await.unwrap();
    create("third").send().await.unwrap();
    assert_eq!(names(&client).await, ["audit", "second", "third"]);
    client.delete_trail().name("second").send().await.unwrap();
    create("fourth").send().await.unwrap();
}

#[tokio::test]
async fn names_and_arns_are_described_and_unknown_ones_left_out() {
    let (_, _, client) = with_trail().await;
    for shadow in [None, Some(true), Some(false)] {
        let described = client
            .describe_trails()
            .set_include_shadow_trails(shadow)
            .trail_name_list(AUDIT)
            .trail_name_list("audit")
            .trail_name_list("nothing")
            .trail_name_list("arn:aws:cloudtrail:us-east-1:444455556666:trail/audit")
            .send()
            .await
            .unwrap();
        assert_eq!(described.trail_list().len(), 1);
        assert_eq!(described.trail_list()[0].home_region(), Some("us-east-1"));
    }
    let unknown = client.describe_trails().trail_name_list("nothing");
    assert!(unknown.send().await.unwrap().trail_list().is_empty());
}

#[tokio::test]
async fn an_update_changes_what_is_sent_and_nothing_else() {
    let (stage, _, client) = with_bucket().await;
    let create = client
        .create_trail()
        .name("audit")
        .s3_bucket_name("logs")
        .s3_key_prefix("p");
    create.send().await.unwrap();
    stage.buckets.take_tried();
    let as_it_is = client.update_trail().name("audit").send().await.unwrap();
    assert_eq!(
        (as_it_is.s3_bucket_name(), as_it_is.s3_key_prefix()),
        (Some("logs"), Some("p"))
    );
    let validated = client
        .update_trail()
        .name(AUDIT)
        .enable_log_file_validation(true)
        .include_global_service_events(false);
    let validated = validated.send().await.unwrap();
    assert_eq!(validated.log_file_validation_enabled(), Some(true));
    assert_eq!(validated.s3_key_prefix(), Some("p"));
    // The bucket was not sent, so it is not tried.
    assert!(stage.buckets.take_tried().is_empty());

    stage.buckets.make("others", Behaviour::Writable);
    let moved = client.update_trail().name("audit").s3_bucket_name("others");
    let moved = moved.send().await.unwrap();
    assert_eq!(
        (moved.s3_bucket_name(), moved.s3_key_prefix()),
        (Some("others"), Some("p"))
    );
    let bare = client.update_trail().name("audit").s3_key_prefix("");
    let bare = bare.send().await.unwrap();
    assert_eq!(
        (bare.s3_bucket_name(), bare.s3_key_prefix()),
        (Some("others"), None)
    );
    assert_eq!(
        stage.buckets.take_tried(),
        [
            "others/p/AWSLogs/111122223333/CloudTrail/",
            "others/AWSLogs/111122223333/CloudTrail/"
        ]
    );
    let got = client.get_trail().name("audit").send().await.unwrap();
    let got = got.trail().unwrap();
    assert_eq!(got.s3_bucket_name(), Some("others"));
    assert_eq!(got.include_global_service_events(), Some(false));
    assert_eq!(got.log_file_validation_enabled(), Some(true));
}

#[tokio::test]
async fn what_is_deleted_is_gone() {
    let (_, _, client) = with_trail().await;
    client.delete_trail().name(AUDIT).send().await.unwrap();
    assert!(names(&client).await.is_empty());
    assert_eq!(
        refused(client.delete_trail().name(AUDIT).send().await),
        (
            "TrailNotFoundException".to_owned(),
            format!("Unknown trail: {AUDIT} for the user: 111122223333")
        )
    );
}

#[tokio::test]
async fn a_trail_of_all_regions_is_echoed_as_one() {
    let (_, _, client) = with_bucket().await;
    let create = client.create_trail().name("audit").s3_bucket_name("logs");
    let created = create.is_multi_region_trail(true).send().await.unwrap();
    assert_eq!(created.is_multi_region_trail(), Some(true));
    let described = async || {
        let got = client.get_trail().name("audit").send().await.unwrap();
        let all = client.describe_trails().send().await.unwrap();
        let told = got.trail().unwrap().is_multi_region_trail();
        assert_eq!(all.trail_list()[0].is_multi_region_trail(), told);
        told
    };
    assert_eq!(described().await, Some(true));
    let update = || client.update_trail().name("audit");
    // What is not sent stays.
    let other = update().enable_log_file_validation(true).send().await;
    assert_eq!(other.unwrap().is_multi_region_trail(), Some(true));
    assert_eq!(
        refused(update().include_global_service_events(false).send().await),
        (
            "InvalidParameterCombinationException".to_owned(),
            "Multi-Region trail must include global service events.".to_owned()
        )
    );
    let one = update().is_multi_region_trail(false).send().await.unwrap();
    assert_eq!(one.is_multi_region_trail(), Some(false));
    assert_eq!(described().await, Some(false));
}

/// What the provider's `aws_cloudtrail` sends to create, read, update and delete.
#[tokio::test]
async fn terraform_s_sequence() {
    let (_, _, client) = with_bucket().await;
    let created = client
        .create_trail()
        .name("audit")
        .s3_bucket_name("logs")
        .include_global_service_events(true)
        .is_multi_region_trail(false)
        .is_organization_trail(false)
        .enable_log_file_validation(true)
        .set_tags_list(Some(vec![]))
        .send()
        .await
        .unwrap();
    let arn = created.trail_arn().unwrap();
    client.start_logging().name(arn).send().await.unwrap();

    let described = client.describe_trails().trail_name_list(arn);
    assert_eq!(described.send().await.unwrap().trail_list().len(), 1);
    let status = client.get_trail_status().name(arn).send().await.unwrap();
    assert_eq!(status.is_logging(), Some(true));
    let selectors = client.get_event_selectors().trail_name(arn);
    assert_eq!(selectors.send().await.unwrap().event_selectors().len(), 1);
    let insights = client.get_insight_selectors().trail_name(arn);
    // Which it takes for none.
    let refused = insights.send().await.unwrap_err().into_service_error();
    assert!(refused.is_insight_not_enabled_exception());
    let tags = client.list_tags().resource_id_list(arn);
    let tags = tags.send().await.unwrap();
    assert_eq!(tags.resource_tag_list()[0].resource_id(), Some(arn));
    assert!(tags.resource_tag_list()[0].tags_list().is_empty());

    let updated = client
        .update_trail()
        .name(arn)
        .s3_key_prefix("terraform")
        .cloud_watch_logs_log_group_arn("")
        .cloud_watch_logs_role_arn("")
        .kms_key_id("")
        .sns_topic_name("")
        .is_multi_region_trail(false)
        .is_organization_trail(false);
    assert_eq!(
        updated.send().await.unwrap().s3_key_prefix(),
        Some("terraform")
    );
    client.stop_logging().name(arn).send().await.unwrap();
    client.delete_trail().name(arn).send().await.unwrap();
    let described = client.describe_trails().trail_name_list(arn);
    assert!(described.send().await.unwrap().trail_list().is_empty());
}

/// An account's trails do not exist for another, by name or by ARN.
#[tokio::test]
async fn nothing_crosses_accounts() {
    let (stage, _, owner) = with_trail().await;
    let other = stage.account("444455556666").await;
    let permissions = [Permission::Administrator, Permission::Storage];
    let key = stage.user(other, "other", &permissions).await;
    let other = stage.client(&key);
    for asked in ["audit", AUDIT] {
        let codes = [
            refused(other.get_trail().name(asked).send().await).0,
            refused(other.get_trail_status().name(asked).send().await).0,
            refused(other.update_trail().name(asked).send().await).0,
            refused(other.start_logging().name(asked).send().await).0,
            refused(other.stop_logging().name(asked).send().await).0,
            refused(other.get_event_selectors().trail_name(asked).send().await).0,
            refused(other.delete_trail().name(asked).send().await).0,
        ];
        assert!(
            codes.iter().all(|code| code == "TrailNotFoundException"),
            "{codes:?}"
        );
        assert_eq!(
            refused(other.list_tags().resource_id_list(asked).send().await).0,
            "ResourceNotFoundException"
        );
        let described = other.describe_trails().trail_name_list(asked);
        assert!(described.send().await.unwrap().trail_list().is_empty());
    }
    let list = other.list_trails().send().await.unwrap();
    assert!(list.trails().is_empty());
    let create = other.create_trail().name("audit").s3_bucket_name("logs");
    create.send().await.unwrap();
    other.delete_trail().name("audit").send().await.unwrap();
    assert_eq!(names(&owner).await, ["audit"]);
}

#[tokio::test]
async fn who_only_sends_events_has_no_trails() {
    let (stage, account, _) = with_trail().await;
    let key = stage.user(account, "sender", &[Permission::Producer]).await;
    let producer = stage.client(&key);
    assert_eq!(
        refused(producer.stop_logging().name("audit").send().await),
        (
            "AccessDeniedException".to_owned(),
            "User: arn:aws:iam::111122223333:user/sender is not authorized to perform: cloudtrail:StopLogging, because \
             it takes the permission administrator. The operator gives it: alog grant --account 111122223333 --user \
             sender administrator"
                .to_owned()
        )
    );
}
