//! Bodies that mean no good: each is refused, in words, and nothing is made of it.

use serde_json::json;

use super::api::administrator;
use crate::stage::Stage;

#[tokio::test]
async fn bodies_that_are_no_json_object_are_refused() {
    let stage = Stage::new();
    let api = administrator(&stage, "111122223333").await;
    let deep = format!(r#"{{"filters":{}"#, "[".repeat(400_000));
    let bodies: [&[u8]; 11] = [
        b"{",
        b"[]",
        b"null",
        b"\"format\"",
        b"{\"format\":\"csv\"}{}",
        b"{\"format\":\"csv\",\"format\":\"json\"}",
        b"\xef\xbb\xbf{\"format\":\"csv\"}",
        b"{\"format\":\"\xff\"}",
        b"{\"format\":\"\\ud800\"}",
        b"\0asm",
        deep.as_bytes(),
    ];
    for body in bodies {
        let heard = api.send("POST", "/v1/reports", &[], body.to_vec()).await;
        let (status, code, told) = heard.refusal();
        let shown = String::from_utf8_lossy(&body[..body.len().min(40)]);
        assert_eq!(status, 400, "{shown}");
        assert!(
            ["UnreadableBody", "InvalidParameter"].contains(&code),
            "{shown}: {code}"
        );
        assert!(told.len() < 500, "{shown}");
    }
    assert_eq!(stage.queue.take(), []);
}

#[tokio::test]
async fn a_json_body_has_a_cap() {
    let stage = Stage::new();
    let api = administrator(&stage, "111122223333").await;
    let padded = |bytes: usize| {
        let json = r#"{"format":"csv"}"#;
        format!("{json}{}", " ".repeat(bytes - json.len()))
    };
    let heard = api.send("POST", "/v1/reports", &[], padded(1 << 20)).await;
    assert_eq!(heard.status, 201);
    let heard = api
        .send("POST", "/v1/reports", &[], padded((1 << 20) + 1))
        .await;
    let told = "body: 1048577 bytes; at most 1048576 of JSON";
    assert_eq!(heard.refusal(), (413, "PayloadTooLarge", told));
}

#[tokio::test]
async fn lists_and_texts_have_caps() {
    let stage = Stage::new();
    let api = administrator(&stage, "111122223333").await;
    api.plugin("no-mfa", "1.0.0").await;
    let field = json!({"field": "a", "contains": "x"});
    let long = |field: &str| json!({"field": field, "contains": "\u{1}".repeat(2_000)});
    let columns: Vec<_> = (0..101).map(|at| format!("c{at}")).collect();
    for (body, told) in [
        (
            json!({"filters": vec![field; 50_000 / 3]}),
            "filters: 16666 in all; at most 30",
        ),
        (json!({"columns": columns}), "columns: more than 100"),
        (
            json!({"columns": ["x".repeat(300)]}),
            "… is 300 bytes long; at most 256",
        ),
        (
            json!({"plugin": {"name": "no-mfa", "parameters": {"zone": "x".repeat(70_000)}}}),
            "plugin.parameters: 70004 bytes together; at most 65536",
        ),
        (
            json!({"plugin": {"name": "x".repeat(100_000)}}),
            "…' that is ready",
        ),
        // Not told, and so not too large for that.
        (
            json!({"filters": vec![long("password"); 20]}),
            "bytes together; at most 204800",
        ),
    ] {
        let mut body = body;
        body["format"] = json!("csv");
        let heard = api.post("/v1/reports", &body).await;
        let (status, code, message) = heard.refusal();
        assert_eq!((status, code), (400, "InvalidParameter"), "{message}");
        assert!(message.ends_with(told), "{message}");
        assert!(message.len() < 500, "{message}");
    }
    let body = json!({"format": "csv", "filters": vec![long("a"); 20]});
    let heard = api.post("/v1/reports", &body).await;
    let (status, code, message) = heard.refusal();
    assert_eq!((status, code), (413, "PayloadTooLarge"));
    assert!(
        message.ends_with("nothing is done that cannot be told whole"),
        "{message}"
    );
}

/// What a caller writes comes back as it was, and as text only.
#[tokio::test]
async fn hostile_texts_are_kept_as_they_are() {
    let stage = Stage::new();
    let api = administrator(&stage, "111122223333").await;
    for text in [
        "\"}],\"state\":\"ready\"",
        "<script>",
        "\u{0}\u{7f}\u{202e}",
        "😀",
        "' OR 1=1 --",
        "=cmd|'/c'!A1",
    ] {
        let filter = json!({"field": "a", "contains": text});
        let made = api
            .post(
                "/v1/reports",
                &json!({"format": "csv", "filters": [filter]}),
            )
            .await;
        assert_eq!((made.status, &made.body["state"]), (201, &json!("queued")));
        let path = format!("/v1/reports/{}", made.id());
        assert_eq!(api.get(&path).await.body["filters"], json!([filter]));
        api.delete(&path).await;
    }
}
