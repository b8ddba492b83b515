//! Attribute filters, alone and together, compared with a plain scan.

use activity_log_core::query::{Attribute, Filter, Query, Says, Test};

use super::items::Items;
use super::rolled::Rolled;
use super::sample::{Sample, account, expected, ids, query, read, send, spread};

/// The values of each attribute a sample has.
fn values(sample: &Sample) -> Vec<(Attribute, String)> {
    let mut values = vec![
        (Attribute::EventId, sample.id()),
        (Attribute::EventName, sample.name.to_owned()),
        (Attribute::ReadOnly, sample.read_only.to_string()),
        (Attribute::Username, sample.user.clone()),
        (Attribute::EventSource, "ec2.amazonaws.com".to_owned()),
        (Attribute::Origin, "queue".to_owned()),
    ];
    if sample.number.is_multiple_of(2) {
        values.push((Attribute::ErrorCode, "AccessDenied".to_owned()));
        values.push((
            Attribute::SourceIp,
            format!("192.0.2.{}", sample.number % 10),
        ));
        values.push((Attribute::AccessKeyId, "AKIAEXAMPLE".to_owned()));
        values.push((Attribute::Project, "p1".to_owned()));
        values.push((Attribute::RequestId, request_id(sample)));
        values.push((Attribute::UserAgent, "aws-cli".to_owned()));
        values.push((Attribute::Region, "eu-west-1".to_owned()));
        values.push((Attribute::PrincipalArn, "arn:aws:iam::1:user/a".to_owned()));
        values.push((Attribute::EventType, "AwsApiCall".to_owned()));
        for n in 0..sample.number % 3 {
            values.push((Attribute::ResourceName, format!("arn:aws:s3:::bucket-{n}")));
            values.push((Attribute::ResourceName, format!("bucket-{n}")));
            values.push((Attribute::ResourceType, "AWS::S3::Bucket".to_owned()));
        }
        values.push((Attribute::ResourceName, instance(sample)));
        values.push((Attribute::ResourceType, "AWS::EC2::Instance".to_owned()));
    }
    values
}

/// It is named in what was asked, and no resource of the record.
fn instance(sample: &Sample) -> String {
    format!("i-{}", sample.number % 4)
}

/// Some are UUIDs, some are not, and some events have one in common.
fn request_id(sample: &Sample) -> String {
    let number = sample.number / 4;
    if sample.number.is_multiple_of(3) {
        return format!("REQUEST{number}");
    }
    format!("00000000-0000-4000-9000-{number:012x}")
}

fn samples() -> Vec<Sample> {
    let mut samples = spread(80);
    for sample in samples
        .iter_mut()
        .filter(|sample| sample.number.is_multiple_of(2))
    {
        let resources: Vec<String> = (0..sample.number % 3)
            .map(|n| format!(r#"{{"ARN":"arn:aws:s3:::bucket-{n}","type":"AWS::S3::Bucket"}}"#))
            .collect();
        sample.extra = format!(
            r#","errorCode":"AccessDenied","sourceIPAddress":"192.0.2.{}","project":"p1","resources":[{}],"requestID":"{}","userAgent":"aws-cli/2.{} Linux","awsRegion":"eu-west-1","eventType":"AwsApiCall","requestParameters":{{"instancesSet":{{"items":[{{"instanceId":"{}"}}]}}}}"#,
            sample.number % 10,
            resources.join(","),
            request_id(sample),
            sample.number,
            instance(sample)
        );
        // The key belongs into userIdentity: closed and opened again by the text around `extra`.
        sample.user = format!(
            r#"{}","arn":"arn:aws:iam::1:user/a","accessKeyId":"AKIAEXAMPLE"#,
            sample.user
        );
    }
    samples
}

fn plain_user(sample: &Sample) -> Sample {
    let user = sample.user.split('"').next().unwrap_or_default().to_owned();
    Sample {
        user,
        ..sample.clone()
    }
}

async fn check<I: Items>(
    store: &Rolled<I>,
    account: activity_log_core::account::AccountId,
    samples: &[Sample],
    filters: &[(Attribute, &str)],
) {
    let matching: Vec<Sample> = samples
        .iter()
        .map(plain_user)
        .filter(|sample| {
            let values = values(sample);
            filters.iter().all(|(attribute, value)| {
                values
                    .iter()
                    .any(|one| one.0 == *attribute && one.1 == *value)
            })
        })
        .collect();
    for size in [3, 100] {
        let found = read(store, account, &query(filters), size).await;
        assert_eq!(
            ids(&found),
            expected(&matching),
            "{filters:?} in pages of {size}"
        );
    }
}

/// Every value of every attribute, and values nothing has.
pub async fn every_attribute_alone<I: Items>(store: &Rolled<I>) {
    let (account, samples) = (account(), samples());
    for batch in samples.chunks(9) {
        send(store, account, batch).await;
    }
    let mut all: Vec<(Attribute, String)> = samples
        .iter()
        .map(plain_user)
        .flat_map(|sample| values(&sample))
        .collect();
    all.sort();
    all.dedup();
    let is_id = |attribute| [Attribute::EventId, Attribute::RequestId].contains(&attribute);
    for attribute in Attribute::ALL {
        let has = all.iter().any(|one| one.0 == attribute);
        assert!(has, "no sample has {attribute}");
    }
    let of = |attribute| all.iter().filter(move |one| one.0 == attribute).take(5);
    let ids = of(Attribute::EventId).chain(of(Attribute::RequestId));
    let others = all.iter().filter(|one| !is_id(one.0));
    for (attribute, value) in ids.chain(others) {
        check(store, account, &samples, &[(*attribute, value)]).await;
    }
    for attribute in Attribute::ALL {
        check(store, account, &samples, &[(attribute, "nothing has this")]).await;
    }
    // Case counts.
    check(
        store,
        account,
        &samples,
        &[(Attribute::EventName, "getuser")],
    )
    .await;
}

/// What a test says of an event, told in the plainest way: of its values one by one.
fn says(test: &Test, values: &[&str]) -> bool {
    let any = values.iter().any(|value| {
        let same = |one: &str, other: &str| {
            if test.ignore_case {
                one.to_lowercase() == other.to_lowercase()
            } else {
                one == other
            }
        };
        match &test.says {
            Says::Is(texts) => texts.iter().any(|part| same(value, part)),
            Says::Prefix(part) => value
                .get(..part.len())
                .is_some_and(|start| same(start, part)),
            Says::Contains(part) => (0..value.len()).any(|from| {
                let piece = value.get(from..from + part.len());
                piece.is_some_and(|piece| same(piece, part))
            }),
            Says::Something => !value.is_empty(),
        }
    });
    any != test.negated
}

/// Tests of every kind around a value.
fn tests_of(value: &str) -> Vec<Test> {
    let start: String = value.chars().take(4).collect();
    let end: String = value.chars().skip(2).collect();
    let list = vec![
        value.to_uppercase(),
        value.to_owned(),
        "GetUser".to_owned(),
        "user-3".to_owned(),
    ];
    let says = [
        Says::Is(vec![value.to_owned()]),
        Says::Is(list),
        Says::Prefix(start),
        Says::Contains(end.to_uppercase()),
        Says::Something,
    ];
    let mut tests = Vec::new();
    for test in says.map(Test::of) {
        let ignore_case = test.says != Says::Something;
        let any_case = Test {
            ignore_case,
            ..test.clone()
        };
        tests.extend([
            test.clone().inverted(),
            any_case.clone().inverted(),
            test,
            any_case,
        ]);
    }
    tests
}

/// Every kind of test of every attribute, of which events have one value, none or many: of what is not rolled up, of what is,
/// and of both.
pub async fn every_test_of_every_attribute<I: Items>(store: &Rolled<I>) {
    let (account, samples) = (account(), samples());
    for batch in samples.chunks(9) {
        send(store, account, batch).await;
    }
    let plain: Vec<Sample> = samples.iter().map(plain_user).collect();
    for (nth, attribute) in Attribute::ALL.into_iter().enumerate() {
        let mut values = plain.iter().flat_map(values);
        let Some((_, value)) = values.find(|one| one.0 == attribute) else {
            panic!("no sample has {attribute}");
        };
        // Half of them, of the next attribute the others.
        for test in tests_of(&value).into_iter().skip(nth % 2).step_by(2) {
            let query = Query {
                filters: vec![Filter { attribute, test }],
                ..Query::default()
            };
            check_query(store, account, &plain, &query).await;
        }
    }
}

async fn check_query<I: Items>(
    store: &Rolled<I>,
    account: activity_log_core::account::AccountId,
    samples: &[Sample],
    query: &Query,
) {
    let mut matching: Vec<Sample> = samples.to_vec();
    for filter in &query.filters {
        matching.retain(|sample| {
            let values = values(sample);
            let values = values.iter().filter(|one| one.0 == filter.attribute);
            let values: Vec<&str> = values.map(|one| one.1.as_str()).collect();
            says(&filter.test, &values)
        });
    }
    let found = read(store, account, query, 30).await;
    assert_eq!(ids(&found), expected(&matching), "{query:?}");
}

/// What only columns tell beside what the index knows.
pub async fn tests_beside_values<I: Items>(store: &Rolled<I>) {
    let (account, samples) = (account(), samples());
    for batch in samples.chunks(9) {
        send(store, account, batch).await;
    }
    let plain: Vec<Sample> = samples.iter().map(plain_user).collect();
    let list = |texts: &[&str]| {
        Test::of(Says::Is(
            texts.iter().map(|text| (*text).to_owned()).collect(),
        ))
    };
    let names = list(&["GetUser", "RunInstances"]);
    let resources = list(&["arn:aws:s3:::bucket-0", "arn:aws:s3:::bucket-1"]);
    for filters in [
        vec![
            (Attribute::EventName, names.clone()),
            (Attribute::Username, Test::is("user-2").inverted()),
        ],
        vec![
            (Attribute::EventName, names.clone()),
            (Attribute::ResourceName, resources.clone()),
        ],
        vec![
            (Attribute::EventName, names),
            (Attribute::ReadOnly, Test::is("true").inverted()),
        ],
        vec![
            (Attribute::ErrorCode, Test::of(Says::Something)),
            (Attribute::EventName, Test::is("GetUser")),
        ],
        vec![
            (Attribute::ErrorCode, Test::of(Says::Something).inverted()),
            (Attribute::Username, Test::is("user-3")),
        ],
        vec![
            (Attribute::ResourceName, resources.inverted()),
            (Attribute::Region, Test::is("eu-west-1")),
        ],
    ] {
        let filters = filters
            .into_iter()
            .map(|(attribute, test)| Filter { attribute, test });
        let query = Query {
            filters: filters.collect(),
            ..Query::default()
        };
        check_query(store, account, &plain, &query).await;
    }
}

/// All filters must hold, for one and the same event.
pub async fn several_attributes_at_once<I: Items>(store: &Rolled<I>) {
    let (account, samples) = (account(), samples());
    for batch in samples.chunks(9) {
        send(store, account, batch).await;
    }
    let (id, request_id) = (samples[8].id(), request_id(&samples[8]));
    let cases: &[&[(Attribute, &str)]] = &[
        &[
            (Attribute::EventName, "GetUser"),
            (Attribute::Username, "user-2"),
        ],
        &[
            (Attribute::EventName, "GetUser"),
            (Attribute::ReadOnly, "false"),
        ],
        &[
            (Attribute::ReadOnly, "true"),
            (Attribute::ReadOnly, "false"),
        ],
        &[
            (Attribute::EventName, "GetUser"),
            (Attribute::EventName, "PutObject"),
        ],
        &[
            (Attribute::ErrorCode, "AccessDenied"),
            (Attribute::SourceIp, "192.0.2.4"),
            (Attribute::Username, "user-4"),
        ],
        &[
            (Attribute::ResourceName, "arn:aws:s3:::bucket-0"),
            (Attribute::ResourceName, "arn:aws:s3:::bucket-1"),
        ],
        &[
            (Attribute::ResourceType, "AWS::S3::Bucket"),
            (Attribute::EventName, "RunInstances"),
            (Attribute::ReadOnly, "false"),
        ],
        &[
            (Attribute::EventId, &id),
            (Attribute::EventName, "RunInstances"),
        ],
        &[(Attribute::EventId, &id), (Attribute::EventName, "GetUser")],
        &[
            (Attribute::EventId, &id),
            (Attribute::RequestId, &request_id),
            (Attribute::UserAgent, "aws-cli"),
        ],
        &[(Attribute::EventId, &id), (Attribute::Region, "us-east-1")],
        &[
            (Attribute::UserAgent, "aws-cli"),
            (Attribute::EventName, "GetUser"),
            (Attribute::EventType, "AwsApiCall"),
        ],
        &[
            (Attribute::ReadOnly, "true"),
            (Attribute::PrincipalArn, "arn:aws:iam::1:user/a"),
            (Attribute::Region, "eu-west-1"),
        ],
        &[
            (Attribute::AccessKeyId, "AKIAEXAMPLE"),
            (Attribute::Project, "p1"),
            (Attribute::EventSource, "ec2.amazonaws.com"),
        ],
    ];
    for filters in cases {
        check(store, account, &samples, filters).await;
    }
    assert_eq!(
        ids(&read(store, account, &Query::default(), 10).await),
        expected(&samples)
    );
}
