"""docs/openapi.json against the service: it is what is served, its examples are taken, and sending events and VK's log answer as
it declares. The rest of the answers are held against it in functions/lookup/tests/contract/rest.
"""

import gzip
import json
import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import jsonschema
import pytest

from records import record
from reports import Rest
from stack import ROOT, send

DOCUMENT = json.loads((ROOT / "docs/openapi.json").read_text())
PLUGINS = Path(os.environ.get("ACTIVITY_LOG_PLUGINS", ROOT / "target/plugins"))
JSON, NDJSON = "application/json", "application/x-ndjson"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z|\b1[67]\d{8}\b")


def is_whole(_, value):
    """JSON Schema takes 3600.0 for an integer; the document says that it is none here, and the service refuses it."""
    return isinstance(value, int) and not isinstance(value, bool)


STRICT = jsonschema.validators.extend(
    jsonschema.Draft202012Validator,
    type_checker=jsonschema.Draft202012Validator.TYPE_CHECKER.redefine("integer", is_whole),
)


def validator(schema):
    # References lead to the document's own components.
    return STRICT({"allOf": [schema], "components": DOCUMENT["components"]})


def resolved(node):
    reference = node.get("$ref")
    return node if reference is None else DOCUMENT["components"]["responses"][reference.rsplit("/", 1)[-1]]


def expect(method, path, response, status=None):
    """Asserts that the document declares the answer; gives its body."""
    assert status in (None, response.status_code), response.text
    declared = DOCUMENT["paths"][path][method.lower()]["responses"].get(str(response.status_code))
    assert declared, f"{method} {path} {response.status_code}: {response.text}"
    declared = resolved(declared)
    for name, header in declared.get("headers", {}).items():
        assert name in response.headers or not header.get("required"), name
    body = json.loads(response.text)
    [kind] = declared["content"]
    assert response.headers["content-type"].split(";")[0] == kind
    validator(declared["content"][kind]["schema"]).validate(body)
    return body


def moved(example):
    """The example as text, with its times moved so that the newest was a minute ago."""
    text = example if isinstance(example, str) else json.dumps(example)

    def seconds(found):
        return datetime.fromisoformat(found).timestamp() if "T" in found else float(found)

    times = [seconds(found) for found in TIME.findall(text)]
    shift = (datetime.now(UTC) - timedelta(minutes=1)).timestamp() - max(times, default=0)

    def at(found):
        then = seconds(found[0]) + shift
        return datetime.fromtimestamp(then, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if "T" in found[0] else str(int(then))

    return TIME.sub(at, text)


def examples():
    """Each request example: method, path, media type, example."""
    for path, item in DOCUMENT["paths"].items():
        for method, operation in item.items():
            for kind, media in operation.get("requestBody", {}).get("content", {}).items():
                if "example" in media:
                    yield pytest.param(method.upper(), path, kind, media["example"], id=f"{operation['operationId']}-{kind}")


@pytest.fixture(scope="module")
def caller(account):
    """The key of a user who may do everything."""
    return account.key("everything", "administrator", "producer")


def put(account, body, key=None, **headers):
    return send("POST", "/v1/events", body if isinstance(body, bytes) else body.encode(), key or account.producer, headers)


def log(account, project=None, token=None, **query):
    headers = {"X-Auth-Token": token} if token else {}
    key = None if token else account.administrator
    return send("GET", f"/v1/{project or account.id}/logs?{urlencode(query)}", key=key, headers=headers)


def test_it_is_what_is_served():
    response = send("GET", "/v1/openapi.json")
    assert json.loads(response.text) == DOCUMENT


def test_each_body_has_an_example():
    """But components and compressed ones, which are no text."""
    shown = {(path, kind) for _, path, kind, _ in (one.values for one in examples())}
    bodies = {
        (path, kind)
        for path, item in DOCUMENT["paths"].items()
        for operation in item.values()
        for kind in operation.get("requestBody", {}).get("content", {})
    }
    assert bodies - shown == {
        ("/v1/events", "application/gzip"),
        ("/v1/plugins", "application/wasm"),
        ("/v1/plugins", "application/octet-stream"),
    }


@pytest.mark.parametrize(("method", "path", "kind", "example"), list(examples()))
def test_an_example_is_taken(caller, method, path, kind, example):
    plugin = example.get("plugin") if isinstance(example, dict) else None
    if plugin and not PLUGINS.is_dir():
        pytest.skip(f"{PLUGINS} is not here: run plugins/build")
    if plugin:
        pushed = Rest(caller).push((PLUGINS / f"{plugin['name']}.wasm").read_bytes())
        assert pushed["state"] == "ready", pushed
    body = moved(example)
    if kind == JSON:
        validator(DOCUMENT["paths"][path][method.lower()]["requestBody"]["content"][kind]["schema"]).validate(json.loads(body))
    response = send(method, path, body.encode(), caller, {"Content-Type": kind})
    assert response.status_code < 300, response.text
    told = expect(method, path, response)
    if path == "/v1/events":
        assert told["accepted"] == len(told["events"]) > 1


def test_the_examples_of_parameters_are_taken(account, caller):
    operation = DOCUMENT["paths"]["/v1/{project_id}/logs"]["get"]
    query = {one["name"]: one["example"] for one in operation["parameters"] if "example" in one}
    assert set(query) == {"from", "to", "source", "limit"}
    expect("GET", "/v1/{project_id}/logs", log(account, **query), 200)
    expect("GET", "/v1/{project_id}/logs", log(account, **dict.fromkeys(query, "")), 200)


def test_sending_events_answers_as_declared(account):
    good, bad = record(), {"eventName": "NoTime"}
    nobody = account.key("nobody")
    answers = {
        200: put(account, json.dumps([good])),
        207: put(account, json.dumps([record(), bad])),
        400: put(account, json.dumps(bad)),
        401: send("POST", "/v1/events", json.dumps(good).encode()),
        403: put(account, json.dumps(good), nobody),
        413: put(account, "{}\n" * 10_001),
        415: put(account, json.dumps(good), **{"Content-Encoding": "br"}),
    }
    told = {status: expect("POST", "/v1/events", answer, status) for status, answer in answers.items()}
    assert told[207]["accepted"] == told[207]["rejected"] == 1
    assert {one["field"] for one in told[400]["events"]} == {"eventTime"}
    again = expect("POST", "/v1/events", put(account, json.dumps([good, good])), 200)
    assert again["duplicate"] >= 1
    assert expect("POST", "/v1/events", put(account, "no JSON"), 400)["error"]["code"] == "UnreadableBody"
    packed = gzip.compress(json.dumps(record()).encode())
    expect("POST", "/v1/events", put(account, packed, **{"Content-Encoding": "gzip", "Content-Type": "application/gzip"}), 200)


def test_vk_s_log_answers_as_declared(account):
    put(account, json.dumps([record(), record(), record()]))
    path = "/v1/{project_id}/logs"
    page = expect("GET", path, log(account, limit=1), 200)
    assert len(page["logs"]) == 1 and page["marker"]
    expect("GET", path, log(account, limit=1000), 200)
    expect("GET", path, log(account, limit=0), 400)
    expect("GET", path, log(account, marker="forged"), 400)
    expect("GET", path, log(account, token="gAAAAABnobody"), 401)
    expect("GET", path, send("GET", f"/v1/{account.id}/logs", key=account.producer), 403)
    expect("GET", path, log(account, project="no-such-project"), 404)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/session", {"lifetimeSeconds": 3600.0}),
        ("/v1/session", {"lifetimeSeconds": "3600"}),
        ("/v1/session", {"lifetimeSeconds": 59}),
        ("/v1/events/counts", {"bucketSeconds": 3600.0}),
        ("/v1/events/counts", {"bucketSeconds": 0}),
        ("/v1/events/counts", {"top": {"attribute": "EventName", "count": 2.0}}),
        ("/v1/events/counts", {"filters": [{"attribute": "EventName", "value": ""}]}),
        ("/v1/events/counts", {"startTime": "2026-11-20"}),
        ("/v1/reports", {"format": "csv", "startTime": None}),
        ("/v1/reports", {"format": "csv", "columns": []}),
        ("/v1/reports", {"format": "csv", "plugin": {"name": "a", "fuel": 1000.0}}),
        ("/v1/reports", {"format": "csv", "unknown": 1}),
        ("/v1/reports", {"startTime": 0}),
        ("/v1/plugins", {"sizeBytes": 81920.0}),
        ("/v1/plugins", {"sizeBytes": None}),
    ],
)
def test_what_the_service_refuses_no_schema_allows(account, path, body):
    schema = DOCUMENT["paths"][path]["post"]["requestBody"]["content"][JSON]["schema"]
    # Formats are looked at too: a date is no time.
    formats = jsonschema.FormatChecker()
    formats.checks("date-time", ValueError)(lambda text: not isinstance(text, str) or bool(TIME.fullmatch(text)))
    allowed = STRICT({"allOf": [schema], "components": DOCUMENT["components"]}, format_checker=formats).is_valid(body)
    response = send("POST", path, json.dumps(body).encode(), account.administrator, {"Content-Type": JSON})
    if response.status_code == 400:
        assert not allowed, response.text
    # What no schema allows may be taken all the same, as null is for what is left out.
    assert response.status_code in (400, 201, 200)
