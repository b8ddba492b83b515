"""Events in through `POST /v1/events`, signed by botocore; what is accepted can be looked up."""

import gzip
import json
import uuid

import pytest

from records import envelope, moment, record
from stack import attribute, call, send

BODY_CAP_BYTES = 16 * 1024 * 1024
RECORD_CAP_BYTES = 256 * 1024
DAYS = 24 * 3600


def post(account, body, status=200, **headers):
    response = send("POST", "/v1/events", body, account.producer, headers)
    assert response.status_code == status, response.text
    return json.loads(response.text)


def statuses(reply):
    return [event["status"] for event in reply["events"]]


def stored(account, *records):
    """The records as they can be looked up, by id."""
    ids = [one["eventID"] for one in records]
    return {event["EventId"]: json.loads(event["CloudTrailEvent"]) for event in account.await_events(ids)}


@pytest.mark.parametrize(
    "shape",
    [
        lambda records: envelope(*records),
        lambda records: json.dumps(records).encode(),
        lambda records: "\n".join(map(json.dumps, records)).encode(),
        lambda records: ("\r\n".join(map(json.dumps, records)) + "\r\n").encode(),
    ],
    ids=["Records", "array", "NDJSON", "NDJSON with CRLF"],
)
def test_every_shape_is_taken_and_stored_verbatim(account, shape):
    records = [record(requestParameters={"text": 'é \u2028 \\ "'}) for _ in range(3)]
    reply = post(account, shape(records))
    assert (reply["accepted"], reply["duplicate"], reply["rejected"]) == (3, 0, 0)
    assert [event["eventID"] for event in reply["events"]] == [one["eventID"] for one in records]
    assert stored(account, *records) == {one["eventID"]: one for one in records}


def test_one_record_alone(account):
    one = record()
    assert post(account, json.dumps(one).encode())["accepted"] == 1
    assert stored(account, one) == {one["eventID"]: one}


def test_the_record_is_kept_to_the_byte(account):
    one = record()
    text = json.dumps(one, indent=3).replace('"awsRegion"', '"unknownField": 1.50,\n   "awsRegion"')
    post(account, b'{"Records": [' + text.encode() + b"]}")
    [event] = account.await_events([one["eventID"]])
    assert event["CloudTrailEvent"] == text


def test_gzip(account):
    records = [record() for _ in range(20)]
    reply = post(account, gzip.compress(envelope(*records)), **{"Content-Encoding": "gzip"})
    assert reply["accepted"] == 20
    assert len(stored(account, *records)) == 20


def test_gzip_beyond_the_cap_is_refused_whole(account):
    one = record()
    body = gzip.compress(envelope(one) + b" " * BODY_CAP_BYTES)
    error = post(account, body, 413, **{"Content-Encoding": "gzip"})["error"]
    assert error["code"] == "PayloadTooLarge"
    assert str(BODY_CAP_BYTES) in error["message"]
    assert account.events(LookupAttributes=[attribute("EventId", one["eventID"])]) == []


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"", {}, 400),
        (b"hello", {}, 400),
        (b'{"Records": 7}', {}, 400),
        (b'{"Records": [{]}', {}, 400),
        (b"[]", {}, 400),
        (b"\xff\xfe", {}, 400),
        (b"not gzip", {"Content-Encoding": "gzip"}, 400),
        (gzip.compress(b"[]" * 9)[:-9], {"Content-Encoding": "gzip"}, 400),
        (b"[]", {"Content-Encoding": "br"}, 415),
    ],
)
def test_a_body_that_cannot_be_read(account, body, headers, status):
    error = post(account, body, status, **headers)["error"]
    assert error["code"] and error["message"]


def test_sent_again_is_a_duplicate(account):
    one, two = record(), record()
    assert statuses(post(account, envelope(one))) == ["accepted"]
    assert statuses(post(account, envelope(one))) == ["duplicate"]
    # In another batch it is known as a copy only when it is rolled up; nobody sees it twice before.
    assert statuses(post(account, envelope(two, one, two))) == ["accepted", "accepted", "duplicate"]
    assert len(stored(account, one, two)) == 2


def test_the_good_part_of_a_batch_is_stored(account):
    good = record()
    bad = {
        "too old": record(eventTime=moment(-31 * DAYS)),
        "in the future": record(eventTime=moment(6 * 60)),
        "no time": record(eventTime=None),
        "no RFC 3339": record(eventTime="yesterday"),
        "no name": record(eventName=None),
        "too large": record(requestParameters={"a": "x" * (RECORD_CAP_BYTES + 1)}),
    }
    reply = post(account, envelope(good, *bad.values(), good, "text", 7, None, [good]), 207)
    assert (reply["accepted"], reply["duplicate"], reply["rejected"]) == (1, 1, 10)
    found = {name: (event["field"], event["rule"]) for name, event in zip(bad, reply["events"][1:7], strict=True)}
    assert found == {
        "too old": ("eventTime", "older than the 30 days events are kept"),
        "in the future": ("eventTime", "more than 5 minutes in the future"),
        "no time": ("eventTime", "is required"),
        "no RFC 3339": ("eventTime", "must be RFC 3339, such as 2026-11-20T12:00:00Z"),
        "no name": ("eventName", "is required"),
        "too large": ("record", found["too large"][1]),
    }
    assert found["too large"][1].endswith(f"bytes; at most {RECORD_CAP_BYTES}")
    for event in reply["events"][8:]:
        assert (event["status"], event["field"], event["rule"]) == ("rejected", "record", "must be a JSON object")
    assert stored(account, good) == {good["eventID"]: good}
    rejected = [one["eventID"] for one in bad.values()]
    assert not [event for event in account.events() if event["EventId"] in rejected]


def test_a_batch_of_which_nothing_is_good(account):
    reply = post(account, envelope(record(eventTime=moment(-31 * DAYS)), 7), 400)
    assert (reply["accepted"], reply["rejected"]) == (0, 2)


def test_a_line_that_is_no_json_is_rejected_by_itself(account):
    one, two = record(), record()
    reply = post(account, f"{json.dumps(one)}\n{{oops\n{json.dumps(two)}".encode(), 207)
    assert statuses(reply) == ["accepted", "rejected", "accepted"]


def test_the_edges_of_time_are_in(account):
    records = [record(eventTime=moment(-30 * DAYS + 60)), record(eventTime=moment(4 * 60))]
    assert post(account, envelope(*records))["accepted"] == 2
    assert len(stored(account, *records)) == 2


def test_the_largest_record_is_taken(account):
    """256 KB in all, no field above its own limit."""
    large = record(requestParameters={"a": "x" * 100_000}, responseElements={"b": "y" * 100_000})
    room = RECORD_CAP_BYTES - len(json.dumps(large | {"more": ""}))
    large["more"] = "z" * room
    assert len(json.dumps(large)) == RECORD_CAP_BYTES
    assert statuses(post(account, json.dumps(large).encode())) == ["accepted"]
    assert stored(account, large) == {large["eventID"]: large}
    assert post(account, json.dumps(large | {"more": "z" * (room + 1)}).encode(), 400)["rejected"] == 1


def test_a_missing_id_becomes_a_uuid_of_its_time(account):
    name = f"NoId{uuid.uuid4().hex}"
    body = envelope(record(eventID=None, eventName=name))
    reply = post(account, body)
    given = reply["events"][0]["eventID"]
    assert uuid.UUID(given).version == 7
    [event] = account.await_events([given])
    assert (event["EventName"], json.loads(event["CloudTrailEvent"])["eventID"]) == (name, given)
    again = post(account, body)
    assert (statuses(again), again["events"][0]["eventID"]) == (["duplicate"], given)


def test_k2_and_vk_records_are_found_by_the_same_fields(account):
    k2 = {
        "userName": "bob",
        "project": "p1",
        "eventTime": moment(-2),
        "eventName": "OpenSession",
        "eventType": "AwsConsoleSignIn",
        "requestID": "r",
        "eventID": str(uuid.uuid4()),
        "readOnly": False,
        "sourceIPAddress": "192.0.2.9",
        "errorCode": "Failed",
    }
    vk = {
        "event_id": str(uuid.uuid4()),
        "user_email": "carol@example.com",
        "user_id": "u1",
        "timestamp": moment(-2),
        "source": "nova",
        "action": "vm-list",
        "success": "yes",
        "method": "GET",
        "uri": "/v2.1/servers",
        "request_id": "r",
    }
    assert post(account, envelope(k2, vk))["accepted"] == 2
    account.await_events([k2["eventID"], vk["event_id"]])
    by_id = lambda id: call(account.administrator, "LookupEvents", LookupAttributes=[attribute("EventId", id)])  # noqa: E731
    [first], [second] = by_id(k2["eventID"])["Events"], by_id(vk["event_id"])["Events"]
    assert (first["Username"], first["Project"], first["EventName"], first["ReadOnly"]) == (
        "bob",
        "p1",
        "OpenSession",
        "false",
    )
    assert (second["Username"], second["EventSource"], second["EventName"], second["ReadOnly"]) == (
        "carol@example.com",
        "nova",
        "vm-list",
        "true",
    )
    assert json.loads(second["CloudTrailEvent"]) == vk
    by_error = account.events(LookupAttributes=[attribute("ErrorCode", "Failed")])
    assert [event["EventId"] for event in by_error] == [k2["eventID"]]


def test_a_large_batch_keeps_its_order(account):
    records = [record() for _ in range(1_000)]
    reply = post(account, gzip.compress(envelope(*records)), **{"Content-Encoding": "gzip"})
    assert reply["accepted"] == 1_000
    assert [event["index"] for event in reply["events"]] == list(range(1_000))
