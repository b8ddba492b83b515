//! Event selectors, and the insight selectors that there are none of.

use activity_log_control::TrailReader as _;
use activity_log_core::trail::advanced::Facts;
use activity_log_core::window::Window;
use aws_sdk_cloudtrail::types::builders::AdvancedFieldSelectorBuilder;
use aws_sdk_cloudtrail::types::{
    AdvancedEventSelector, AdvancedFieldSelector, DataResource, EventSelector, InsightSelector,
    InsightType, ReadWriteType,
};
use serde_json::json;

use crate::stage::{AUDIT, NOW, refused, with_trail};

#[tokio::test]
async fn a_new_trail_takes_everything() {
    let (stage, _, client) = with_trail().await;
    let everything = json!({"TrailARN": AUDIT, "EventSelectors": [{
        "ReadWriteType": "All", "IncludeManagementEvents": true, "DataResources": [], "ExcludeManagementEventSources": [],
    }]});
    // AWS's name for the trail, and K2's.
    for asked in [json!({"TrailName": AUDIT}), json!({"Name": "audit"})] {
        assert_eq!(
            stage.call(&client, "GetEventSelectors", &asked).await,
            everything
        );
    }
}

#[tokio::test]
async fn what_is_put_is_got() {
    let (stage, account, client) = with_trail().await;
    let selector = || {
        EventSelector::builder()
            .read_write_type(ReadWriteType::WriteOnly)
            .include_management_events(true)
            .exclude_management_event_sources("kms.amazonaws.com")
            .exclude_management_event_sources("billing.k2.cloud")
            .build()
    };
    let put = client.put_event_selectors().trail_name(AUDIT);
    let put = put.event_selectors(selector()).send().await.unwrap();
    assert_eq!(put.trail_arn(), Some(AUDIT));
    let got = client.get_event_selectors().trail_name("audit");
    let got = got.send().await.unwrap();
    assert_eq!(got.event_selectors(), put.event_selectors());
    let one = &got.event_selectors()[0];
    assert_eq!(one.read_write_type(), Some(&ReadWriteType::WriteOnly));
    assert_eq!(
        one.exclude_management_event_sources(),
        ["billing.k2.cloud", "kms.amazonaws.com"]
    );
    let described = client.get_trail().name("audit").send().await.unwrap();
    let described = described.trail().unwrap();
    assert_eq!(described.has_custom_event_selectors(), Some(true));
    assert_eq!(described.has_insight_selectors(), Some(false));
    let name = "audit".parse().unwrap();
    let trail = stage.directory.trail(account, &name).await.unwrap();
    let selection = trail.unwrap().settings.selections.at(Window::of(NOW));
    let read = Facts {
        read_only: true,
        ..Facts::default()
    };
    assert!(!selection.takes(&read), "not logging yet: from the start");
    // K2's clients put them so.
    let reads = json!({"Name": "audit", "EventSelectors": [{"ReadWriteType": "ReadOnly"}, {}]});
    let put = stage.call(&client, "PutEventSelectors", &reads).await;
    assert_eq!(put["EventSelectors"][0]["ReadWriteType"], "ReadOnly");
    assert_eq!(put["EventSelectors"][1]["ReadWriteType"], "All");
}

fn field(name: &str) -> AdvancedFieldSelectorBuilder {
    AdvancedFieldSelector::builder().field(name)
}

#[tokio::test]
async fn advanced_selectors_of_management_events_are_got_as_they_were_put() {
    let (stage, account, client) = with_trail().await;
    let fields = vec![
        field("eventCategory").equals("Management"),
        field("readOnly").equals("false"),
        field("eventSource")
            .not_equals("kms.amazonaws.com")
            .not_equals("rdsdata.amazonaws.com"),
        field("eventName")
            .starts_with("Delete")
            .not_ends_with("Tags"),
    ];
    let fields: Vec<_> = fields.into_iter().map(|one| one.build().unwrap()).collect();
    let selector = AdvancedEventSelector::builder()
        .name("Deletions")
        .set_field_selectors(Some(fields))
        .build()
        .unwrap();
    let put = client.put_event_selectors().trail_name(AUDIT);
    let put = put
        .advanced_event_selectors(selector.clone())
        .send()
        .await
        .unwrap();
    assert_eq!(
        put.advanced_event_selectors(),
        std::slice::from_ref(&selector)
    );
    assert!(put.event_selectors.is_none());
    let got = client.get_event_selectors().trail_name("audit");
    let got = got.send().await.unwrap();
    assert_eq!(
        got.advanced_event_selectors(),
        std::slice::from_ref(&selector)
    );
    assert!(got.event_selectors.is_none());
    let name = "audit".parse().unwrap();
    let trail = stage.directory.trail(account, &name).await.unwrap();
    let selection = trail.unwrap().settings.selections.at(Window::of(NOW));
    let takes = |name| {
        selection.takes(&Facts {
            name: Some(name),
            source: Some("ec2.amazonaws.com"),
            ..Facts::default()
        })
    };
    assert!(takes("DeleteVpc") && !takes("DeleteTags") && !takes("CreateVpc"));
    // One kind at a time; and plain ones in their stead, as Terraform puts them where a block is taken away.
    let plain = || {
        EventSelector::builder()
            .include_management_events(true)
            .build()
    };
    let both = client
        .put_event_selectors()
        .trail_name(AUDIT)
        .advanced_event_selectors(selector);
    let (code, message) = refused(both.event_selectors(plain()).send().await);
    assert_eq!(code, "InvalidEventSelectorsException");
    assert!(
        message.starts_with("EventSelectors and AdvancedEventSelectors are both"),
        "{message}"
    );
    let put = client.put_event_selectors().trail_name(AUDIT);
    let put = put.event_selectors(plain()).send().await.unwrap();
    assert!(put.advanced_event_selectors.is_none());
    assert_eq!(put.event_selectors().len(), 1);
}

#[tokio::test]
async fn selectors_of_what_we_have_not_are_refused_by_name() {
    let (stage, _, client) = with_trail().await;
    let put = || client.put_event_selectors().trail_name("audit");
    let data = DataResource::builder().r#type("AWS::S3::Object").build();
    let of_data = EventSelector::builder().data_resources(data).build();
    let (code, message) = refused(put().event_selectors(of_data).send().await);
    assert_eq!(code, "InvalidEventSelectorsException");
    assert!(message.contains("DataResources"), "{message}");
    let field = AdvancedFieldSelector::builder().field("f").build().unwrap();
    let advanced = AdvancedEventSelector::builder().field_selectors(field);
    let put_advanced = put().advanced_event_selectors(advanced.build().unwrap());
    let (code, message) = refused(put_advanced.send().await);
    assert_eq!(code, "InvalidEventSelectorsException");
    assert!(
        message
            .starts_with("AdvancedEventSelectors[0].FieldSelectors[0].Field 'f' is not supported"),
        "{message}"
    );
    let nothing = EventSelector::builder().include_management_events(false);
    let put_nothing = put().event_selectors(nothing.build());
    assert_eq!(
        refused(put_nothing.send().await).0,
        "InvalidEventSelectorsException"
    );
    assert_eq!(
        refused(put().send().await).0,
        "InvalidEventSelectorsException"
    );
    let two_names = json!({"TrailName": "audit", "Name": "other"});
    let refusal = stage.call(&client, "GetEventSelectors", &two_names).await;
    assert_eq!(refusal["__type"], "InvalidTrailNameException");
    let described = client.get_trail().name("audit").send().await.unwrap();
    let custom = described.trail().unwrap().has_custom_event_selectors();
    assert_eq!(custom, Some(false));
}

#[tokio::test]
async fn there_are_no_insights() {
    let (stage, _, client) = with_trail().await;
    let none = json!({"TrailARN": AUDIT, "InsightSelectors": []});
    let asked = client.get_insight_selectors().trail_name("audit");
    assert_eq!(
        refused(asked.send().await),
        (
            "InsightNotEnabledException".to_owned(),
            format!("Trail {AUDIT} does not have Insights enabled.")
        )
    );
    let unknown = client.get_insight_selectors().trail_name("unknown");
    assert_eq!(refused(unknown.send().await).0, "TrailNotFoundException");
    let empty = json!({"TrailName": "audit", "InsightSelectors": []});
    assert_eq!(
        stage.call(&client, "PutInsightSelectors", &empty).await,
        none
    );
    let rate = InsightSelector::builder().insight_type(InsightType::ApiCallRateInsight);
    let put = client.put_insight_selectors().trail_name("audit");
    assert_eq!(
        refused(put.insight_selectors(rate.build()).send().await),
        (
            "InvalidInsightSelectorsException".to_owned(),
            "InsightSelectors must be empty: insights are not served".to_owned()
        )
    );
    let of_store = client.get_insight_selectors().event_data_store("store");
    assert_eq!(
        refused(of_store.send().await).0,
        "InvalidParameterException"
    );
}
