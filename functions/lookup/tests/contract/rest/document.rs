//! `docs/openapi.json` against the code: the table of operations, and each answer that a test provokes.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use activity_log_rest::openapi::DOCUMENT;
use activity_log_rest::operations;
use activity_log_vk::parameters;
use boon::{Compiler, Draft, Schemas};
use bytes::Bytes;
use http::Response;
use http::header::{ALLOW, CONTENT_TYPE};
use serde_json::{Value, json};

use crate::stage::RestBackstage;

/// What the document has and another than this crate's table serves: method, path, operation. The end-to-end tests hold
/// their answers against it (`tests/e2e/test_openapi.py`).
const ELSEWHERE: [(&str, &str, &str); 2] = [
    // the function `ingest`
    ("POST", "/v1/events", "PutEvents"),
    // `crates/vk`
    ("GET", "/v1/{project_id}/logs", activity_log_vk::OPERATION),
];

static PARSED: LazyLock<Value> = LazyLock::new(|| serde_json::from_str(DOCUMENT).unwrap());

/// Asserts that the document declares this answer.
pub fn check(method: &str, path: &str, response: &Response<Bytes>) {
    let status = response.status().as_u16();
    let call = format!("{method} {path} {status}");
    let Some(item) = item(path) else {
        assert_eq!((status, code(response)), (404, json!("NotFound")), "{call}");
        return;
    };
    let Some(operation) = item.get(method.to_ascii_lowercase()) else {
        assert_eq!(status, 405, "{call}");
        assert_eq!(code(response), "MethodNotAllowed");
        let methods: Vec<_> = item
            .as_object()
            .unwrap()
            .keys()
            .map(|name| name.to_uppercase())
            .collect();
        let allowed: BTreeSet<_> = methods.iter().map(String::as_str).collect();
        let told = response.headers()[ALLOW].to_str().unwrap();
        assert_eq!(told.split(", ").collect::<BTreeSet<_>>(), allowed, "{call}");
        return;
    };
    let declared = &operation["responses"][status.to_string()];
    assert!(declared.is_object(), "{call} is not declared");
    let declared = resolved(declared);
    for (name, header) in declared["headers"].as_object().into_iter().flatten() {
        let there = response.headers().contains_key(&*name.to_ascii_lowercase());
        assert!(there || header["required"] != true, "{call}: {name}");
    }
    match declared.get("content") {
        None => assert!(response.body().is_empty(), "{call}"),
        Some(content) => {
            let kind = response.headers()[CONTENT_TYPE].to_str().unwrap();
            let schema = &content[kind]["schema"];
            assert!(schema.is_object(), "{call}: {kind}");
            validate(&call, schema, &body(response));
        }
    }
}

fn body(response: &Response<Bytes>) -> Value {
    serde_json::from_slice(response.body()).unwrap()
}

fn code(response: &Response<Bytes>) -> Value {
    body(response)["error"]["code"].clone()
}

fn validate(call: &str, schema: &Value, body: &Value) {
    // References lead to the document's own components.
    let schema = json!({"allOf": [schema], "components": PARSED["components"]});
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    compiler.set_default_draft(Draft::V2020_12);
    compiler.enable_format_assertions();
    let place = "http://openapi.test/schema.json";
    compiler.add_resource(place, schema).unwrap();
    let root = compiler.compile(place, &mut schemas).unwrap();
    if let Err(error) = schemas.validate(body, root) {
        panic!("{call}: {error} in {body:#}");
    }
}

/// The document's path for this one, if it is served here.
fn item(path: &str) -> Option<&'static Value> {
    let segments: Vec<_> = path.split('?').next().unwrap().split('/').collect();
    let paths = PARSED["paths"].as_object().unwrap();
    let is_here = |path: &&String| ELSEWHERE.iter().all(|(_, other, _)| *path != other);
    let mut here = paths.iter().filter(|(path, _)| is_here(path));
    here.find_map(|(template, item)| {
        let template: Vec<_> = template.split('/').collect();
        let fits = template.len() == segments.len()
            && template
                .iter()
                .zip(&segments)
                .all(|(wanted, given)| wanted == given || (*wanted == "{id}" && !given.is_empty()));
        fits.then_some(item)
    })
}

fn resolved(response: &'static Value) -> &'static Value {
    match response["$ref"].as_str() {
        None => response,
        Some(reference) => PARSED
            .pointer(reference.strip_prefix('#').unwrap())
            .unwrap(),
    }
}

#[test]
fn the_document_has_the_operations_of_the_table_and_what_is_served_elsewhere() {
    let mut table: BTreeSet<_> = operations::table::<RestBackstage>()
        .iter()
        .map(|row| {
            (
                row.method.to_string(),
                row.path.to_owned(),
                row.name.to_owned(),
            )
        })
        .collect();
    for (method, path, name) in ELSEWHERE {
        let is_new = table.insert((method.to_owned(), path.to_owned(), name.to_owned()));
        assert!(is_new, "{path} is served here");
    }
    let mut declared = BTreeSet::new();
    for (path, item) in PARSED["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let name = operation["operationId"].as_str().unwrap().to_owned();
            declared.insert((method.to_uppercase(), path.clone(), name));
        }
    }
    assert_eq!(table, declared);
}

#[test]
fn query_parameters_are_those_of_the_table() {
    for row in operations::table::<RestBackstage>() {
        let operation = &PARSED["paths"][row.path][row.method.as_str().to_ascii_lowercase()];
        let parameters = operation["parameters"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let names = |place: &str| {
            let here = parameters.iter().filter(|one| one["in"] == place);
            let names = here.map(|one| one["name"].as_str().unwrap().to_owned());
            names.collect::<Vec<_>>()
        };
        assert_eq!(names("query"), row.query, "{}", row.name);
        let has_id = row.path.contains("{id}");
        assert_eq!(
            names("path"),
            if has_id { vec!["id"] } else { vec![] },
            "{}",
            row.name
        );
    }
}

#[test]
fn the_parameters_of_vk_s_log_are_its_own() {
    let [_, (_, path, _)] = ELSEWHERE;
    let parameters = PARSED["paths"][path]["get"]["parameters"].as_array();
    let named = |name| {
        let mut all = parameters.into_iter().flatten();
        all.find(|one| one["name"] == name && one["in"] == "query")
    };
    assert!(parameters::NAMES.iter().all(|name| named(*name).is_some()));
    // The project besides, in the path.
    assert_eq!(parameters.map(Vec::len), Some(parameters::NAMES.len() + 1));
    let limit = &named("limit").unwrap()["schema"]["anyOf"][0];
    assert_eq!(limit["maximum"], parameters::MAX_LIMIT);
    assert_eq!(limit["default"], parameters::DEFAULT_LIMIT);
    let source = &named("source").unwrap()["schema"];
    assert_eq!(
        source["maxLength"],
        activity_log_core::query::MAX_VALUE_CHARS
    );
}

/// A reference that leads nowhere would make a schema that takes everything.
#[test]
fn every_reference_leads_somewhere_and_every_object_is_closed() {
    fn walk(at: &Value) {
        if let Some(reference) = at["$ref"].as_str() {
            let there = PARSED.pointer(reference.strip_prefix('#').unwrap());
            assert!(there.is_some(), "{reference}");
        }
        if at["type"] == "object" && at["properties"].is_object() {
            assert_eq!(at["additionalProperties"], false, "{at}");
        }
        match at {
            Value::Object(members) => members.values().for_each(walk),
            Value::Array(values) => values.iter().for_each(walk),
            _ => {}
        }
    }
    walk(&PARSED);
}

#[test]
fn the_examples_of_the_document_are_valid() {
    for (path, item) in PARSED["paths"].as_object().unwrap() {
        for operation in item.as_object().unwrap().values() {
            let media = &operation["requestBody"]["content"]["application/json"];
            if let Some(example) = media.get("example") {
                validate(path, &media["schema"], example);
            }
        }
    }
    let limits = &PARSED["components"]["schemas"];
    let columns = &limits["ReportRequest"]["properties"]["columns"]["maxItems"];
    assert_eq!(*columns, activity_log_core::fields::COLUMNS);
    let component = &limits["UploadRequest"]["properties"]["sizeBytes"]["maximum"];
    assert_eq!(*component, activity_log_core::plugins::MAX_COMPONENT_BYTES);
    let buckets = &limits["Counts"]["properties"]["buckets"]["maxItems"];
    assert_eq!(*buckets, activity_log_core::read::MAX_BUCKETS);
    let top = &limits["CountRequest"]["properties"]["top"]["properties"]["count"]["maximum"];
    assert_eq!(*top, activity_log_core::read::MAX_TOP);
}

/// The example of a `POST` to this path.
pub fn example(path: &str) -> Value {
    PARSED["paths"][path]["post"]["requestBody"]["content"]["application/json"]["example"].clone()
}
