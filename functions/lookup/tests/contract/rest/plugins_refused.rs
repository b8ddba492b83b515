//! Uploads that are refused before anybody checks them.

use activity_log_core::plugins::MAX_COMPONENT_BYTES;
use activity_log_rest::MAX_COMPONENT_BODY_BYTES;
use serde_json::json;

use super::api::administrator;
use crate::stage::Stage;

#[tokio::test]
async fn what_is_no_component_is_refused() {
    let stage = Stage::new();
    let api = administrator(&stage, "111122223333").await;
    let wasm = [("content-type", "application/wasm")];
    for body in [&b""[..], b"(component)", b"\0as", b"\x7fELF"] {
        let heard = api.send("POST", "/v1/plugins", &wasm, body).await;
        let told =
            "body: no WebAssembly: it does not begin with \\0asm. Send the .wasm file as it is";
        assert_eq!(heard.refusal(), (400, "InvalidComponent", told));
    }
    let text = [("content-type", "text/plain")];
    let heard = api.send("POST", "/v1/plugins", &text, &b"\0asm"[..]).await;
    let told = "Content-Type: 'text/plain': send a component as application/wasm, or application/json with its \
                \"sizeBytes\" to get a link to upload it to";
    assert_eq!(heard.refusal(), (415, "UnsupportedMediaType", told));
    assert_eq!(api.get("/v1/plugins").await.body["plugins"], json!([]));
}

#[tokio::test]
async fn sizes_are_capped_and_the_caps_named() {
    let stage = Stage::new();
    let api = administrator(&stage, "111122223333").await;
    let wasm = [("content-type", "application/wasm")];
    let mut body = vec![0; MAX_COMPONENT_BODY_BYTES];
    body[..4].copy_from_slice(b"\0asm");
    let heard = api.send("POST", "/v1/plugins", &wasm, body.clone()).await;
    assert_eq!(heard.status, 202);
    body.push(0);
    let heard = api.send("POST", "/v1/plugins", &wasm, body).await;
    let told = "body: more than 4500000 bytes. A larger component goes to an upload link: POST /v1/plugins with the JSON \
                body {\"sizeBytes\": …} gives one";
    assert_eq!(heard.refusal(), (413, "PayloadTooLarge", told));

    for bytes in [0, MAX_COMPONENT_BYTES + 1] {
        let heard = api.post("/v1/plugins", &json!({"sizeBytes": bytes})).await;
        let told = "sizeBytes: a component has 1 to 33554432 bytes";
        assert_eq!(heard.refusal(), (400, "InvalidParameter", told));
    }
    // A link without a length would take anything.
    let told = "sizeBytes: is required: the component's length";
    for body in ["", "{}", "{\"sizeBytes\":null}"] {
        let heard = api.send("POST", "/v1/plugins", &[], body).await;
        assert_eq!(heard.refusal(), (400, "InvalidParameter", told));
    }
    let heard = api.post("/v1/plugins", &json!({"name": "x"})).await;
    let told = "name: unknown field `name`, expected `sizeBytes`";
    assert_eq!(heard.refusal(), (400, "InvalidParameter", told));

    let id = api.post("/v1/plugins", &json!({"sizeBytes": 7})).await.id();
    stage.queue.take();
    let key = format!("uploads/111122223333/{id}.wasm");
    stage.files.place(&key, MAX_COMPONENT_BYTES + 1);
    let path = format!("/v1/plugins/{id}/check");
    let told = "The component has 33554433 bytes; at most 33554432. Build it for size, and ask for another link";
    let heard = api.post(&path, &json!({})).await;
    assert_eq!(heard.refusal(), (413, "PayloadTooLarge", told));
    assert_eq!(stage.queue.take(), []);
    stage.files.place(&key, MAX_COMPONENT_BYTES);
    assert_eq!(api.post(&path, &json!({})).await.status, 202);
}
