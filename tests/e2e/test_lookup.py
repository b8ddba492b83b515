"""`POST /v1/events/lookup` and `GET /v1/events/{id}` through the gateway: what is asked is what one finds by looking."""

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest

from records import envelope, record
from reports import CSV, Refused, Rest
from stack import run, send

PATH = "/v1/events/lookup"
# Calls to the service are events too, of now: these hours are before them.
END = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)
START = END - timedelta(hours=2)


def text(time):
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


TIMES = {"startTime": text(START), "endTime": text(END)}


def of_number(number):
    name = ("RunInstances", "StopInstances", "DescribeInstances")[number % 3]
    fields = {"eventTime": text(START + number * timedelta(minutes=1)), "eventName": name}
    if number % 4 == 0:
        fields["errorCode"] = "AccessDenied" if number % 8 else "NoSuchKey"
    if number % 5 == 0:
        fields["requestParameters"] = {"bucketName": f"prod-{number}"}
    return record(**fields)


@pytest.fixture(scope="module")
def sent(account):
    """Events of an account, newest first."""
    events = [of_number(number) for number in range(80)]
    for part in (events[:50], events[50:]):
        assert send("POST", "/v1/events", envelope(*part), account.producer).status_code == 200
    return events[::-1]


@pytest.fixture(scope="module")
def rest(account):
    return Rest(account.administrator)


def pages(rest, *where, limit=30):
    body = TIMES | {"where": list(where), "limit": limit}
    found = []
    while True:
        _, page = rest.call("POST", PATH, body)
        found += page["events"]
        if page["next"] is None:
            return found
        body["next"] = page["next"]


@pytest.mark.parametrize(
    ("where", "holds"),
    [
        ([], lambda event: True),
        (["EventName=StopInstances,RunInstances"], lambda event: event["eventName"] != "DescribeInstances"),
        (["action!^=Describe", "result!=ok"], lambda event: event["eventName"] != "DescribeInstances" and "errorCode" in event),
        (["ErrorCode="], lambda event: "errorCode" not in event),
        (["errorCode~=accessdenied"], lambda event: event.get("errorCode") == "AccessDenied"),
        (
            ["requestParameters.bucketName^=prod-1", "EventName not in (StopInstances)"],
            lambda event: event["eventName"] != "StopInstances"
            and (event.get("requestParameters") or {}).get("bucketName", "").startswith("prod-1"),
        ),
    ],
)
def test_what_is_asked_is_found(rest, sent, where, holds):
    expected = [event for event in sent if holds(event)]
    assert 0 < len(expected)
    assert [event["record"] for event in pages(rest, *where)] == expected


def test_one_event(rest, sent):
    _, answer = rest.call("GET", "/v1/events/" + quote(sent[7]["eventID"]))
    assert answer["record"] == sent[7] and answer["id"] == sent[7]["eventID"] and answer["action"] == sent[7]["eventName"]
    with pytest.raises(Refused) as refused:
        rest.call("GET", "/v1/events/no-such-event")
    assert (refused.value.status, refused.value.code) == (404, "EventNotFound")


def test_a_bad_question_points_at_what_is_wrong(rest):
    with pytest.raises(Refused) as refused:
        rest.call("POST", PATH, {"where": ["EventNam=x"]})
    assert (refused.value.status, refused.value.code) == (400, "InvalidParameter")
    assert refused.value.message.startswith("where[0]: 'EventNam=x', column 1: no event has a field EventNam; did you mean EventName?")


def test_a_report_says_what_was_asked_and_what_no_event_has(account, rest, sent, tmp_path):
    made = rest.create(CSV, **TIMES, where=["EventName!=RunInstances"], columns=["eventID", "username"])
    ready = rest.wait(made)
    assert (ready["state"], ready["where"]) == ("ready", ["EventName!=RunInstances"])
    assert ready["rows"] == sum(event["eventName"] != "RunInstances" for event in sent)
    assert ready["warnings"] == ["column 'username': no event of the report has it; did you mean Username?"]
    shown = run(["alog", "report", "show", made["id"]], account.administrator).stdout
    assert "where      EventName!=RunInstances" in shown and "warning    column 'username'" in shown, shown
    listed = json.loads(run(["alog", "report", "show", made["id"], "--json"], account.administrator).stdout)
    assert listed["warnings"] == ready["warnings"]
