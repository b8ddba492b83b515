//! Tags of trails, the one that limits a trail to a project, and the one that says what its archives are.

use activity_log_control::TrailReader as _;
use activity_log_core::account::AccountId;
use activity_log_core::trail::PROJECT_TAG;
use activity_log_core::trail::format::{FORMAT_TAG, Format, Formats};
use activity_log_core::trail::selection::Selection;
use activity_log_core::window::Window;
use aws_sdk_cloudtrail::Client;
use aws_sdk_cloudtrail::types::{EventSelector, ReadWriteType, Tag};

use crate::stage::{AUDIT, NOW, Stage, refused, with_bucket, with_trail};

fn tag(key: &str, value: &str) -> Tag {
    Tag::builder().key(key).value(value).build().unwrap()
}

async fn tags(client: &Client, trail: &str) -> Vec<(String, String)> {
    let listed = client.list_tags().resource_id_list(trail);
    let listed = listed.send().await.unwrap();
    let [one] = listed.resource_tag_list() else {
        panic!("{listed:?}");
    };
    assert_eq!(one.resource_id(), Some(trail));
    let pair = |tag: &Tag| (tag.key().to_owned(), tag.value().unwrap().to_owned());
    one.tags_list().iter().map(pair).collect()
}

fn pairs(tags: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
    tags.iter().map(owned).collect()
}

async fn selection(stage: &Stage, account: AccountId) -> Selection {
    let name = "audit".parse().unwrap();
    let trail = stage.directory.trail(account, &name).await.unwrap();
    trail.unwrap().settings.selections.latest()
}

#[tokio::test]
async fn tags_are_added_overwritten_and_removed() {
    let (_, _, client) = with_bucket().await;
    let create = client
        .create_trail()
        .name("audit")
        .s3_bucket_name("logs")
        .tags_list(tag("k1", "v1"))
        .tags_list(tag("k2", "v2"));
    create.send().await.unwrap();
    assert_eq!(
        tags(&client, AUDIT).await,
        pairs(&[("k1", "v1"), ("k2", "v2")])
    );
    let add = client
        .add_tags()
        .resource_id("audit")
        .tags_list(tag("k2", "new"))
        .tags_list(tag("k3", ""));
    add.send().await.unwrap();
    let no_value = Tag::builder().key("k1").build().unwrap();
    let remove = client
        .remove_tags()
        .resource_id(AUDIT)
        .tags_list(no_value)
        .tags_list(tag("never", "there"));
    remove.send().await.unwrap();
    assert_eq!(
        tags(&client, "audit").await,
        pairs(&[("k2", "new"), ("k3", "")])
    );
}

#[tokio::test]
async fn a_trail_has_at_most_50_tags() {
    let (_, _, client) = with_trail().await;
    let many = |range: std::ops::Range<u32>| {
        Some(
            range
                .map(|n| tag(&format!("k{n}"), "v"))
                .collect::<Vec<_>>(),
        )
    };
    let add = || client.add_tags().resource_id(AUDIT);
    add().set_tags_list(many(0..50)).send().await.unwrap();
    // Those it has do not count twice.
    add().set_tags_list(many(40..50)).send().await.unwrap();
    assert_eq!(
        refused(add().set_tags_list(many(49..51)).send().await),
        (
            "TagsLimitExceededException".to_owned(),
            "The trail would have 51 tags; at most 50 are allowed".to_owned()
        )
    );
    assert_eq!(tags(&client, AUDIT).await.len(), 50);
    let twice = add().tags_list(tag("k", "1")).tags_list(tag("k", "2"));
    assert_eq!(
        refused(twice.send().await).0,
        "InvalidTagParameterException"
    );
    assert_eq!(
        refused(add().send().await),
        (
            "InvalidTagParameterException".to_owned(),
            "TagsList is missing".to_owned()
        )
    );
}

#[tokio::test]
async fn only_trails_that_exist_have_tags() {
    let (_, _, client) = with_trail().await;
    let unknown = "arn:aws:cloudtrail:us-east-1:111122223333:trail/unknown";
    let store = "arn:aws:cloudtrail:us-east-1:111122223333:eventdatastore/abc";
    for (resource, code) in [
        (unknown, "ResourceNotFoundException"),
        (store, "ResourceTypeNotSupportedException"),
        ("arn:aws:nonsense", "CloudTrailARNInvalidException"),
    ] {
        let list = client.list_tags();
        let list = list.resource_id_list(AUDIT).resource_id_list(resource);
        assert_eq!(refused(list.send().await).0, code);
        let add = client.add_tags().resource_id(resource);
        assert_eq!(refused(add.tags_list(tag("k", "v")).send().await).0, code);
        let remove = client.remove_tags().resource_id(resource);
        assert_eq!(
            refused(remove.tags_list(tag("k", "v")).send().await).0,
            code
        );
    }
    for count in [0, 21] {
        let list = client.list_tags();
        let list = list.set_resource_id_list(Some(vec![AUDIT.to_owned(); count]));
        assert_eq!(
            refused(list.send().await),
            (
                "InvalidParameterException".to_owned(),
                format!("ResourceIdList has {count} resources; it must have 1 to 20")
            )
        );
    }
    let list = client.list_tags().resource_id_list(AUDIT).next_token("x");
    assert_eq!(refused(list.send().await).0, "InvalidTokenException");
}

#[tokio::test]
async fn the_project_tag_limits_the_trail_and_keeps_its_selectors() {
    let (stage, account, client) = with_bucket().await;
    let create = client.create_trail().name("audit").s3_bucket_name("logs");
    let create = create.tags_list(tag(PROJECT_TAG, "p1"));
    create.send().await.unwrap();
    let selected = selection(&stage, account).await;
    assert_eq!(
        (selected.project.as_deref(), selected.custom),
        (Some("p1"), false)
    );
    let writes = EventSelector::builder().read_write_type(ReadWriteType::WriteOnly);
    let put = client.put_event_selectors().trail_name("audit");
    put.event_selectors(writes.build()).send().await.unwrap();
    let mut expected = selection(&stage, account).await;
    assert_eq!(expected.project.as_deref(), Some("p1"));

    let add = client.add_tags().resource_id(AUDIT);
    add.tags_list(tag(PROJECT_TAG, "p2")).send().await.unwrap();
    expected.project = Some("p2".to_owned());
    assert_eq!(selection(&stage, account).await, expected);
    let empty = client.add_tags().resource_id(AUDIT);
    assert_eq!(
        refused(empty.tags_list(tag(PROJECT_TAG, "")).send().await).0,
        "InvalidTagParameterException"
    );
    let remove = client.remove_tags().resource_id(AUDIT);
    remove.tags_list(tag(PROJECT_TAG, "")).send().await.unwrap();
    expected.project = None;
    assert_eq!(selection(&stage, account).await, expected);
}

async fn formats(stage: &Stage, account: AccountId) -> Formats {
    let name = "audit".parse().unwrap();
    let trail = stage.directory.trail(account, &name).await.unwrap();
    trail.unwrap().settings.formats
}

#[tokio::test]
async fn the_format_tag_says_what_archives_are_from_the_next_window_on() {
    let (stage, account, client) = with_bucket().await;
    let create = || client.create_trail().name("audit").s3_bucket_name("logs");
    assert_eq!(
        refused(create().tags_list(tag(FORMAT_TAG, "parquet")).send().await),
        (
            "InvalidTagParameterException".to_owned(),
            "The value of tag 'activity-log:format' is 'parquet'; it must be tar.gz or json.gz"
                .to_owned()
        )
    );
    let json = create().tags_list(tag(FORMAT_TAG, "json.gz"));
    json.send().await.unwrap();
    let now = Window::of(NOW);
    assert_eq!(formats(&stage, account).await.at(now), Format::JsonGz);
    client.start_logging().name("audit").send().await.unwrap();
    let remove = client.remove_tags().resource_id(AUDIT);
    remove.tags_list(tag(FORMAT_TAG, "")).send().await.unwrap();
    let changed = formats(&stage, account).await;
    assert_eq!(changed.at(now), Format::JsonGz, "as it began");
    assert_eq!(changed.at(now.next()), Format::TarGz);
    let add = client.add_tags().resource_id(AUDIT);
    add.tags_list(tag(FORMAT_TAG, "json.gz"))
        .send()
        .await
        .unwrap();
    assert_eq!(
        formats(&stage, account).await.at(now.next()),
        Format::JsonGz
    );
    let add = client.add_tags().resource_id(AUDIT);
    assert_eq!(
        refused(add.tags_list(tag(FORMAT_TAG, "JSON.GZ")).send().await).0,
        "InvalidTagParameterException"
    );
}
