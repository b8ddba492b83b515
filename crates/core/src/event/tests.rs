use super::*;
use crate::query::Attribute;

const NOW: Instant = Instant::from_seconds(1_795_000_000);

fn admission() -> Admission {
    Admission {
        account: "111122223333".parse().unwrap(),
        now: NOW,
        retention_days: 30,
    }
}

fn parse(text: &str) -> Result<Event<'_>, Rejection> {
    Event::parse(text, 0, &Origin::Queue, &admission())
}

fn rejected(text: &str) -> String {
    parse(text).unwrap_err().to_string()
}

fn record(extra: &str) -> String {
    format!(r#"{{"eventTime":"{NOW}","eventName":"GetUser","eventID":"e-1"{extra}}}"#)
}

#[test]
fn a_cloudtrail_record_is_mapped_and_kept_to_the_byte() {
    let text = format!(
        r#"{{ "eventTime":"{NOW}", "eventName":"CopyObject","eventID":"e-1","eventSource":"s3.amazonaws.com",
        "awsRegion":"us-east-1","sourceIPAddress":"192.0.2.1","errorCode":"AccessDenied","readOnly":false,
        "userIdentity":{{"type":"IAMUser","userName":"al\u0069ce","accessKeyId":"AKIA1","arn":"arn:aws:iam::1:user/alice"}},
        "requestID":"r-1","userAgent":"aws-cli/2.17.0 md/x","eventType":"AwsApiCall",
        "resources":[{{"ARN":"arn:aws:s3:::b","type":"AWS::S3::Bucket"}},{{"accountId":"1"}}],"x":[1e400,"\ud83d\ude00"] }}"#
    );
    let event = parse(&text).unwrap();
    assert_eq!(event.text, text);
    assert_eq!(event.time, NOW);
    assert!(!event.read_only);
    assert_eq!(event.fields.username.as_deref(), Some("alice"));
    assert_eq!(event.fields.access_key_id.as_deref(), Some("AKIA1"));
    assert_eq!(event.fields.error_code.as_deref(), Some("AccessDenied"));
    assert_eq!(event.fields.request_id.as_deref(), Some("r-1"));
    assert_eq!(event.fields.user_agent.as_deref(), Some("aws-cli"));
    assert_eq!(
        event.fields.principal_arn.as_deref(),
        Some("arn:aws:iam::1:user/alice")
    );
    assert_eq!(event.fields.event_type.as_deref(), Some("AwsApiCall"));
    assert_eq!(event.fields.region.as_deref(), Some("us-east-1"));
    assert_eq!(event.fields.resources.len(), 1);
    assert_eq!(
        event.fields.resources[0].kind.as_deref(),
        Some("AWS::S3::Bucket")
    );
}

#[test]
fn a_k2_record_is_mapped() {
    let text = record(
        r#","userName":"bob","project":"p1","readOnly":"true","requestID":"r-2","userAgent":"curl""#,
    );
    let event = parse(&text).unwrap();
    assert_eq!(event.fields.request_id.as_deref(), Some("r-2"));
    assert_eq!(event.fields.user_agent.as_deref(), Some("curl"));
    assert!(event.read_only);
    assert_eq!(event.fields.username.as_deref(), Some("bob"));
    assert_eq!(event.fields.project.as_deref(), Some("p1"));
}

#[test]
fn a_vk_record_is_mapped() {
    let text = format!(
        r#"{{"event_id":"v-1","timestamp":"{NOW}","action":"create-vm","source":"nova","method":"POST",
        "user_id":"u1","user_email":"a@example.test","project_id":"p2","success":"no","request_id":"req-3","user_agent":"python-openstackclient keystoneauth1/4"}}"#
    );
    let event = parse(&text).unwrap();
    assert_eq!(event.id, "v-1");
    assert_eq!(event.fields.name, "create-vm");
    assert_eq!(event.fields.source.as_deref(), Some("nova"));
    assert_eq!(event.fields.username.as_deref(), Some("a@example.test"));
    assert_eq!(event.fields.project.as_deref(), Some("p2"));
    assert_eq!(event.fields.request_id.as_deref(), Some("req-3"));
    assert_eq!(
        event.fields.user_agent.as_deref(),
        Some("python-openstackclient")
    );
    assert!(!event.read_only);
}

#[test]
fn a_user_agent_is_looked_up_by_its_product() {
    for (agent, product) in [
        ("aws-cli/2.17.0 md/awscrt", Some("aws-cli")),
        ("[S3Console/0.4, aws-internal/3]", Some("S3Console")),
        ("[tool_39f95f43]", Some("tool_39f95f43")),
        ("ec2.amazonaws.com", Some("ec2.amazonaws.com")),
        ("AWS Internal", Some("AWS")),
        ("caf\\u00e9/1", Some("café")),
        ("/1", None),
        ("[]", None),
        ("", None),
    ] {
        let text = record(&format!(r#","userAgent":"{agent}""#));
        let event = parse(&text).unwrap();
        assert_eq!(event.fields.user_agent.as_deref(), product, "{agent}");
        if let Some(product) = product {
            assert_eq!(Attribute::UserAgent.takes(product), Ok(()));
        }
    }
}

#[test]
fn what_is_no_text_is_stored_and_not_looked_up() {
    for value in ["null", "7", "true", "[\"r\"]", "{\"r\":\"r\"}", "\"\""] {
        let text = record(&format!(
            r#","requestID":{value},"userAgent":{value},"request_id":{value},"userIdentity":{{"arn":{value}}}"#
        ));
        let event = parse(&text).unwrap();
        assert_eq!(event.text, text);
        let fields = event.fields;
        for field in [fields.request_id, fields.user_agent, fields.principal_arn] {
            assert_eq!(field, None, "{value}");
        }
    }
    let half = record(r#","requestID":"r\ud800""#);
    let event = parse(&half).unwrap();
    assert_eq!(event.fields.request_id.as_deref(), Some("r\u{fffd}"));
    assert_eq!(event.text, half);
}

#[test]
fn read_only_is_told_or_inferred() {
    assert!(parse(&record("")).unwrap().read_only);
    assert!(!parse(&record(r#","readOnly":false"#)).unwrap().read_only);
}

#[test]
fn a_missing_id_is_derived_from_the_content() {
    let text = format!(r#"{{"eventTime":"{NOW}","eventName":"A"}}"#);
    let first = parse(&text).unwrap();
    let id = uuid::Uuid::parse_str(&first.id).unwrap();
    assert_eq!(id.get_version_num(), 7);
    assert!(
        first
            .text
            .starts_with(&format!(r#"{{"eventID":"{id}","eventTime""#))
    );
    assert_eq!(first, parse(&text).unwrap());
    assert_ne!(
        first.id,
        Event::parse(&text, 1, &Origin::Queue, &admission())
            .unwrap()
            .id
    );
    for empty in ["null", "\"\""] {
        let text = format!(r#"{{"eventTime":"{NOW}","eventID":{empty},"eventName":"A"}}"#);
        let event = parse(&text).unwrap();
        assert!(
            event
                .text
                .contains(&format!(r#","eventID":"{}","eventName""#, event.id))
        );
    }
}

#[test]
fn each_rule_is_named_with_its_field() {
    let old = NOW.plus_millis(-30 * DAY - 1);
    let early = NOW.plus_millis(MAX_FUTURE_MS + 1);
    let timed = |time: &str| format!(r#"{{"eventTime":{time},"eventName":"A","eventID":"e"}}"#);
    let expected = [
        ("[]".to_owned(), "record: must be a JSON object"),
        ("7".to_owned(), "record: must be a JSON object"),
        (r#"{"eventName":"A"}"#.to_owned(), "eventTime: is required"),
        (
            format!(r#"{{"eventTime":"{NOW}"}}"#),
            "eventName: is required",
        ),
        (format!(r#"{{"timestamp":"{NOW}"}}"#), "action: is required"),
        (
            timed("\"yesterday\""),
            "eventTime: must be RFC 3339, such as 2026-11-20T12:00:00Z",
        ),
        (
            timed(&format!("\"{old}\"")),
            "eventTime: older than the 30 days events are kept",
        ),
        (
            timed(&format!("\"{early}\"")),
            "eventTime: more than 5 minutes in the future",
        ),
        (
            record(&format!(r#","x":"{}""#, "a".repeat(limits::RECORD_BYTES))),
            "record: 262225 bytes; at most 262144",
        ),
        (
            record(&format!(r#","x":{}{}"#, "[".repeat(64), "]".repeat(64))),
            "record: nested deeper than 64 levels",
        ),
    ];
    for (text, message) in expected {
        assert_eq!(rejected(&text), message);
    }
    let secret = "s".repeat(100_000);
    let named = [
        (timed("[5]"), "eventTime: must be a string"),
        (
            record(r#","userIdentity":{"userName":[]}"#),
            "userIdentity.userName: must be a string",
        ),
        (
            record(&format!(r#","userIdentity":"{secret}""#)),
            "userIdentity: must be an object",
        ),
        (
            record(r#","resources":{}"#),
            "resources: must be a sequence",
        ),
        (
            record(r#","resources":[{"ARN":7}]"#),
            "resources[0].ARN: must be a string",
        ),
        (
            record(r#","readOnly":"maybe""#),
            "readOnly: must be true or false",
        ),
        (
            record(r#","readOnly":{"true":null}"#),
            "readOnly: must be true or false",
        ),
        (
            record(r#","requestParameters":1,"requestParameters":2"#),
            "record: duplicate field `requestParameters`",
        ),
        (
            format!(r#"{{"timestamp":"{NOW}","action":{{}}}}"#),
            "action: must be a string",
        ),
        (
            record(&format!(r#","eventID":"{}""#, "i".repeat(129))),
            "record: duplicate field `eventID`",
        ),
    ];
    for (text, message) in named {
        assert!(rejected(&text).starts_with(message), "{}", rejected(&text));
        assert!(!rejected(&text).contains("sss"));
    }
    assert!(rejected(r#"{"eventTime":"#).contains(" is not JSON: EOF"));
    assert!(rejected(&(record("") + "x")).starts_with("record: "));
}

#[test]
fn fields_of_other_dialects_are_none_of_ours() {
    let text = record(
        r#","userIdentity":{},"timestamp":1700000000,"source":{},"method":[],"resources":[null]"#,
    );
    assert_eq!(parse(&text).unwrap().fields.source, None);
}

#[test]
fn ids_are_short_and_printable() {
    let with_id = |id: &str| format!(r#"{{"eventTime":"{NOW}","eventName":"A","eventID":"{id}"}}"#);
    assert!(parse(&with_id(&"i".repeat(128))).is_ok());
    assert_eq!(
        rejected(&with_id(&"i".repeat(129))),
        "eventID: longer than 128 bytes"
    );
    assert_eq!(
        rejected(&with_id("\\u0000")),
        "eventID: must not hold control characters"
    );
}

#[test]
fn the_edges_of_time_are_taken() {
    for time in [NOW.plus_millis(-30 * DAY), NOW.plus_millis(MAX_FUTURE_MS)] {
        assert!(
            parse(&format!(
                r#"{{"eventTime":"{time}","eventName":"A","eventID":"e"}}"#
            ))
            .is_ok()
        );
    }
}

#[test]
fn an_array_is_no_object() {
    let identity = |json: &str| record(&format!(r#","userIdentity":{json}"#));
    let expected = [
        (
            identity(r#"["IAMUser","AIDAX","mallory","AKIAARRAYARRAYARRAY"]"#),
            "userIdentity: must be an object",
        ),
        (identity("[]"), "userIdentity: must be an object"),
        (
            identity(r#"{"type":"AssumedRole","sessionContext":[["role-by-place"]]}"#),
            "userIdentity.sessionContext: must be an object",
        ),
        (
            identity(r#"{"sessionContext":{"sessionIssuer":["role-by-place"]}}"#),
            "userIdentity.sessionContext.sessionIssuer: must be an object",
        ),
        (
            record(r#","resources":[null,["arn:aws:s3:::arr",null,"AWS::S3::Bucket"]]"#),
            "resources[1]: must be an object",
        ),
    ];
    for (text, message) in expected {
        assert_eq!(rejected(&text), message, "{text}");
    }
}

#[test]
fn a_field_above_cloudtrail_s_size_is_stored() {
    let long = "a".repeat(110_000);
    for field in [
        "userAgent",
        "errorMessage",
        "requestID",
        "requestParameters",
    ] {
        let text = record(&format!(r#","{field}":"{long}""#));
        assert_eq!(parse(&text).unwrap().text, text, "{field}");
    }
}

#[test]
fn a_lookup_value_is_cut_and_says_so() {
    let long = "é".repeat(2_001);
    let text = record(&format!(
        r#","eventSource":"{long}","errorCode":"{long}","userName":"{long}","resources":[{{"ARN":"{long}"}}]"#
    ));
    let event = parse(&text).unwrap();
    assert_eq!(event.text, text);
    let cut = "é".repeat(1_999) + "…";
    let fields = event.fields;
    for value in [&fields.source, &fields.error_code, &fields.username] {
        assert_eq!(value.as_deref(), Some(&*cut));
    }
    assert_eq!(fields.resources[0].name.as_deref(), Some(&*cut));
}

#[test]
fn of_too_many_resources_the_first_are_looked_up_by_and_a_mark() {
    let resources = |count: usize, name: &str| {
        let one = |number| format!(r#"{{"ARN":"{name}{number}","type":"T"}}"#);
        let all: Vec<String> = (0..count).map(one).collect();
        record(&format!(r#","resources":[{}]"#, all.join(",")))
    };
    let names = |text: &str| -> Vec<String> {
        let found = parse(text).unwrap().fields.resources.into_iter();
        found.map(|one| one.name.unwrap().into_owned()).collect()
    };
    assert_eq!(names(&resources(500, "a")).len(), 500);
    let cut = names(&resources(501, "a"));
    assert_eq!((cut.len(), &*cut[499], &*cut[500]), (501, "a499", "…"));
    let cut = names(&resources(100, &"n".repeat(1_500)));
    assert_eq!(cut.last().unwrap(), "…");
    assert!(cut.iter().map(String::len).sum::<usize>() <= 64 * 1024);
}

#[test]
fn read_only_may_be_a_text_in_any_case() {
    for (text, expected) in [("true", true), ("True", true), ("FALSE", false)] {
        let text = record(&format!(r#","readOnly":"{text}""#));
        assert_eq!(parse(&text).unwrap().read_only, expected, "{text}");
    }
}

#[test]
fn names_in_another_case_are_pointed_at() {
    let text = format!(r#"{{"eventtime":"{NOW}","eventname":"A","eventid":"e"}}"#);
    assert_eq!(
        rejected(&text),
        r#"eventTime: is required; the record has "eventtime": names are case sensitive"#
    );
    let text = format!(r#"{{"eventTime":"{NOW}","EventName":"A"}}"#);
    assert_eq!(
        rejected(&text),
        r#"eventName: is required; the record has "EventName": names are case sensitive"#
    );
}

#[test]
fn ngn_counts_seconds_since_1970() {
    let seconds = NOW.seconds();
    let text = format!(
        r#"{{"eventVersion":"1.05","userName":"anna@example.test","project":"warehouse","eventTime":{seconds}.25,"eventName":"RunInstances","eventID":"k01"}}"#
    );
    let event = parse(&text).unwrap();
    assert_eq!(event.time, NOW.plus_millis(250));
    assert_eq!(event.text, text);
    assert_eq!(identity(&event.text).unwrap(), (event.time, event.id));
    let bare = format!(r#"{{"eventTime":{seconds},"eventName":"A"}}"#);
    assert_eq!(parse(&bare).unwrap().time, NOW);
    assert_eq!(
        rejected(r#"{"eventTime":5,"eventName":"A"}"#),
        "eventTime: older than the 30 days events are kept"
    );
    assert_eq!(
        rejected(r#"{"eventTime":1e300,"eventName":"A"}"#),
        "eventTime: more than 5 minutes in the future"
    );
    // In AWS's own format a number is a mistake.
    assert_eq!(
        rejected(&format!(
            r#"{{"eventTime":{seconds},"eventName":"A","userIdentity":{{}}}}"#
        )),
        "eventTime: must be a string; seconds since 1970 are read only of records without userIdentity"
    );
}

#[test]
fn half_of_a_surrogate_pair_is_kept_and_looked_up_as_a_replacement() {
    let text = format!(
        r#"{{"eventTime":"{NOW}","eventID":null,"eventName":"Sur\ud83d\ude00Name","userIdentity":{{"userName":"x\ud83d"}},"errorMessage":"\udc00","\ud800":1}}"#
    );
    let event = parse(&text).unwrap();
    assert_eq!(event.fields.username.as_deref(), Some("x\u{fffd}"));
    assert_eq!(event.fields.name, "Sur😀Name");
    let with_id = text.replacen("null", &format!("\"{}\"", event.id), 1);
    assert_eq!(event.text, with_id);
    assert_eq!(identity(&event.text).unwrap(), (event.time, event.id));
    assert_eq!(
        rejected(&text.replacen("null", r#""e\ud800""#, 1)),
        "eventID: must be Unicode: it holds half of a surrogate pair"
    );
    assert!(rejected(&text.replacen(":1}", ":}", 1)).contains("is not JSON"));
}

#[test]
fn what_was_taken_is_read_back_the_same_at_whatever_time() {
    let taken = [
        record(r#","userName":"bob","project":"p1","readOnly":"true""#),
        format!(
            r#"{{"eventTime":"{NOW}","eventName":"GetUser","userIdentity":{{"type":"Root"}}}}"#
        ),
        format!(r#"{{"timestamp":"{NOW}","action":"create-vm","method":"POST"}}"#),
        r#"{"eventTime":1795000000.25,"eventID":"","eventName":"Sur\ud83dName"}"#.to_owned(),
    ];
    for text in taken {
        for origin in [Origin::Queue, Origin::Producer("eve".to_owned())] {
            let event = Event::parse(&text, 0, &origin, &admission()).unwrap();
            let stored = Event::stored(&event.text, &event.origin).unwrap();
            assert_eq!(stored, event);
        }
    }
    let old = record("").replace(&NOW.to_string(), "1999-01-01T00:00:00Z");
    assert_eq!(Event::stored(&old, "no origin").unwrap().rank, Rank::LOWEST);
    let without_id = record("").replace("eventID", "eventid");
    for damaged in [&*without_id, "", "{}", &old[1..]] {
        assert!(Event::stored(damaged, "queue").is_err(), "{damaged}");
    }
}
