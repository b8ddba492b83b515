"""Reports in all formats, of hostile and of real events, read back with Python's csv and json and openpyxl.

What must be in them is told by a plain scan of the events, not by the service.
"""

import json
import re
import secrets
import string
from datetime import UTC, datetime

import pytest
import requests

import records
from reports import (
    CSV,
    JSON,
    NDJSON,
    XLSX,
    Refused,
    Rest,
    csv_rows,
    field,
    json_records,
    same_csv_cell,
    same_xlsx_cell,
    xlsx_rows,
)
from stack import Account, await_value, send

HOSTILE = [
    "=cmd|' /C calc'!A0",
    "'=1+1",
    "+1+1",
    "-1+1",
    "@SUM(A1:A9)",
    "\t=1",
    "\r\n=1",
    'say "hi", twice',
    "line one\nline two\r\nline three",
    "nul \0 inside",
    "emoji 😀 and é and 漢字",
    "_x0041_ is no A",
    " leading and trailing ",
    "#REF!",
    "1e308",
    "TRUE",
    "x" * 32_767,
    "y" * 40_000,
    "=" + "z" * 40_000,
]
COLUMNS = ["eventTime", "eventID", "eventName", "requestParameters.note", "requestParameters", "readOnly", "requestParameters.count"]

VIEW = "time who action resource result source address project region origin id".split()


def hostile_events():
    return [
        records.record(
            eventName=f"Hostile{number}",
            eventTime=records.moment(-60 - number),
            readOnly=number % 2 == 0,
            requestParameters={"note": note, "count": number - 3, "list": [note[:50], None, {"a": 1.5}]},
        )
        for number, note in enumerate(HOSTILE)
    ]


@pytest.fixture(scope="module")
def events(account):
    sent = hostile_events()
    for event in sent:
        response = send("POST", "/v1/events", records.envelope(event), account.producer)
        assert response.status_code == 200, response.text
    return records.newest_first(sent)


@pytest.fixture(scope="module")
def rest(account, events):
    return Rest(account.administrator, until=events[0]["eventTime"])


@pytest.fixture(scope="module")
def whole(rest, events):
    """Reports of all events in the formats, built two at once."""
    begun = {CSV: rest.create(CSV, columns=COLUMNS), JSON: rest.create(JSON)}
    done = {format: rest.wait(report) for format, report in begun.items()}
    begun = {XLSX: rest.create(XLSX, columns=COLUMNS), NDJSON: rest.create(NDJSON)}
    return done | {format: rest.wait(report) for format, report in begun.items()}


def test_csv_holds_every_hostile_cell_and_none_that_runs(rest, events, whole):
    rows, header = csv_rows(rest.download(whole[CSV]["id"])[0])
    assert header == COLUMNS
    assert [row["eventID"] for row in rows] == [event["eventID"] for event in events]
    for row, event in zip(rows, events, strict=True):
        for path in COLUMNS:
            assert same_csv_cell(row[path], field(event, path)), (path, row[path][:100])
        # A number may begin with a minus, a text may not begin with what a spreadsheet runs.
        assert not re.match("[=+@\t\r\n\0]|-[^0-9]", row["requestParameters.note"])


def test_json_holds_every_record_verbatim(rest, events, whole):
    file, name = rest.download(whole[JSON]["id"])
    assert json_records(file) == events
    assert name.endswith(".json")
    # To the byte: as they were sent.
    for event in events:
        assert json.dumps(event).encode() in file


def test_ndjson_holds_a_record_a_line(rest, events, whole):
    file, name = rest.download(whole[NDJSON]["id"])
    assert name.endswith(".ndjson") and file.endswith(b"\n")
    assert file.splitlines() == [json.dumps(event).encode() for event in events]


def test_xlsx_has_types_and_texts_that_do_nothing(rest, events, whole):
    rows = xlsx_rows(rest.download(whole[XLSX]["id"])[0])
    assert len(rows) == len(events)
    for row, event in zip(rows, events, strict=True):
        for path in COLUMNS:
            assert same_xlsx_cell(row[path], field(event, path), path), (path, str(row[path])[:100])
    assert whole[XLSX]["cutCells"] == sum(
        len(text) > 32_767 for event in events for text in (field(event, "requestParameters.note"), json.dumps(event["requestParameters"]))
    )


def test_a_ready_report_tells_all_about_itself(rest, events, whole):
    report = rest.report(whole[CSV]["id"])
    assert (report["state"], report["percent"]) == ("ready", 100)
    assert report["scanned"] == report["matched"] == report["rows"] == len(events)
    file, name = rest.download(report["id"])
    assert report["sizeBytes"] == len(file)
    lifetime = datetime.fromisoformat(report["expiresAt"]) - datetime.fromisoformat(report["finishedAt"])
    assert lifetime.days == 3 and lifetime.seconds == 0
    assert re.fullmatch(r"activity-log_\d{12}_\d{8}T\d{6}Z\.csv", name)
    assert report["id"] in [listed["id"] for listed in rest.reports()]


def test_links_are_short_lived_and_of_the_object_only(rest, whole):
    as_json, as_redirection = rest.link(whole[CSV]["id"])
    for url in (as_json, as_redirection):
        assert requests.get(url, timeout=30).status_code == 200
        seconds = int(re.search(r"X-Amz-Expires=(\d+)", url).group(1))
        assert 0 < seconds <= 900
        # The link is for this object: with another key its signature is wrong.
        other = url.replace(whole[CSV]["id"], whole[JSON]["id"])
        assert requests.get(other, timeout=30).status_code == 403


@pytest.mark.parametrize(
    ("filters", "holds"),
    [
        ([{"attribute": "EventName", "value": "Hostile3"}], lambda event: event["eventName"] == "Hostile3"),
        ([{"attribute": "ReadOnly", "value": "true"}], lambda event: event["readOnly"]),
        ([{"field": "requestParameters.note", "prefix": "="}], lambda event: event["requestParameters"]["note"].startswith("=")),
        ([{"field": "requestParameters.note", "contains": "line"}], lambda event: "line" in event["requestParameters"]["note"]),
        ([{"field": "requestParameters.count", "equals": "-1"}], lambda event: event["requestParameters"]["count"] == -1),
        (
            [{"attribute": "ReadOnly", "value": "false"}, {"field": "requestParameters.list", "contains": "\\n"}],
            lambda event: not event["readOnly"] and "\n" in event["requestParameters"]["list"][0],
        ),
        ([{"field": "no.such.field", "exists": True}], lambda event: False),
    ],
)
def test_filters_are_anded_and_exact(rest, events, filters, holds):
    report, file = rest.built(JSON, filters=filters)
    assert json_records(file) == [event for event in events if holds(event)]
    assert rest.delete_report(report["id"]) == 204
    with pytest.raises(Refused) as gone:
        rest.report(report["id"])
    assert gone.value.status == 404


def test_a_time_range_is_inclusive_at_both_ends(rest, events):
    start, end = events[10]["eventTime"], events[4]["eventTime"]
    report, file = rest.built(JSON, startTime=start, endTime=end)
    assert json_records(file) == events[4:11]
    rest.delete_report(report["id"])


@pytest.mark.parametrize(
    ("request_", "says"),
    [
        ({"format": "pdf"}, "pdf"),
        ({"columns": ["a..b"]}, "columns"),
        ({"format": "json", "columns": ["eventName"]}, "columns"),
        ({"filters": [{"attribute": "Color", "value": "red"}]}, "Color"),
        ({"filters": [{"field": "a", "matches": ".*"}]}, "filters"),
        ({"startTime": "yesterday"}, "startTime"),
        ({"startTime": "2026-01-02T00:00:00Z", "endTime": "2026-01-01T00:00:00Z"}, "startTime"),
        ({"plugin": {"name": "no-such-plugin"}}, "no-such-plugin"),
        ({"colums": ["eventName"]}, "colums"),
    ],
)
def test_a_request_that_cannot_be_meant_is_refused_by_name(rest, request_, says):
    with pytest.raises(Refused) as refused:
        rest.create(**request_)
    assert refused.value.status == 400
    assert says in refused.value.message


def test_five_reports_are_kept_and_the_oldest_finished_makes_room(events):
    account = Account.fresh("reports-kept")
    rest = Rest(account.administrator)
    made = [rest.wait(rest.create(CSV)) for _ in range(5)]
    url, _ = rest.link(made[0]["id"])
    assert requests.get(url, timeout=30).status_code == 200
    sixth = rest.wait(rest.create(CSV))
    assert [one["id"] for one in rest.reports()] == [sixth["id"], *(one["id"] for one in reversed(made[1:]))]
    # The file is gone with it, however fresh the link.
    await_value(lambda: requests.get(url, timeout=30).status_code, lambda status: status == 404, "end of the file", 20)


def test_another_accounts_report_does_not_exist(rest, whole):
    stranger = Rest(Account.fresh("reports-stranger").administrator)
    for ask in (stranger.report, stranger.link, stranger.delete_report):
        with pytest.raises(Refused) as refused:
            ask(whole[CSV]["id"])
        assert refused.value.status == 404
    assert stranger.reports() == []


def test_who_may_not_read_the_log_may_not_report_it(account):
    with pytest.raises(Refused) as refused:
        Rest(account.producer).create(CSV)
    assert (refused.value.status, refused.value.code) == (403, "AccessDeniedException")
    assert send("GET", "/v1/reports").status_code == 401


def test_events_of_another_account_are_in_no_report(events):
    account = Account.fresh("reports-apart")
    report, file = Rest(account.administrator, until=events[0]["eventTime"]).built(JSON)
    assert json_records(file) == [] and report["rows"] == 0


def test_the_api_describes_itself():
    document = json.loads(send("GET", "/v1/openapi.json").text)
    assert document["openapi"].startswith("3.1")
    assert {"/v1/reports", "/v1/reports/{id}", "/v1/reports/{id}/download", "/v1/plugins", "/v1/plugins/{id}"} <= set(document["paths"])


def test_columns_of_a_plain_report_are_the_view_and_the_records_own_are_one_option_away(rest, events):
    filters = [{"attribute": "EventName", "value": "Hostile0"}]
    report, file = rest.built(CSV, filters=filters)
    rows, header = csv_rows(file)
    assert header == VIEW
    assert (rows[0]["who"], rows[0]["action"], rows[0]["result"]) == ("alice", "Hostile0", "ok")
    rest.delete_report(report["id"])
    report, file = rest.built(CSV, filters=filters, columns=["record"])
    rows, header = csv_rows(file)
    assert {"eventTime", "eventName", "eventID", "userIdentity.userName", "requestParameters", "request_body"} <= set(header)
    assert rows[0]["userIdentity.userName"] == "alice"
    rest.delete_report(report["id"])


def test_sheets_of_a_mixed_account_are_full():
    account = Account.fresh("reports-mixed")
    instance = "i-0a53b1d4e5f60718"
    cloudtrail = records.record(
        eventName="StopInstances", eventTime=records.moment(-60), requestParameters={"instancesSet": {"items": [{"instanceId": instance}]}}
    )
    k2 = {
        "userName": "anna",
        "project": "warehouse",
        "eventTime": records.moment(-61),
        "eventName": "StopInstances",
        "eventID": "k2-1",
        "requestParameters": {"InstanceId": instance},
        "errorCode": "AccessDenied",
    }
    vk = {
        "event_id": "vk-1",
        "timestamp": records.moment(-62),
        "source": "nova",
        "action": "delete-vm",
        "success": "no",
        "method": "DELETE",
        "uri": f"/v2.1/b5b7ffd4/servers/{instance}",
        "user_email": "olga@example.test",
        "project_id": "b5b7ffd4",
    }
    response = send("POST", "/v1/events", records.envelope(cloudtrail, k2, vk), account.producer)
    assert response.status_code == 200, response.text
    found = account.events(LookupAttributes=[{"AttributeKey": "ResourceName", "AttributeValue": instance}])
    assert [event["EventId"] for event in found] == [cloudtrail["eventID"], "k2-1", "vk-1"]
    rest = Rest(account.administrator, until=cloudtrail["eventTime"])
    expected = [
        ("alice", "StopInstances", instance, "ok", "ec2.amazonaws.com", "192.0.2.7", None, "us-east-1", cloudtrail["eventID"]),
        ("anna", "StopInstances", instance, "AccessDenied", None, None, "warehouse", None, "k2-1"),
        ("olga@example.test", "delete-vm", instance, "failed", "nova", None, "b5b7ffd4", None, "vk-1"),
    ]
    for format in (CSV, XLSX):
        _, file = rest.built(format)
        rows = csv_rows(file)[0] if format == CSV else xlsx_rows(file)
        assert [list(row) for row in rows] == [VIEW] * 3
        shown = [tuple(row[name] or None for name in VIEW if name not in ("time", "origin")) for row in rows]
        assert shown == expected
        assert all(row["time"] and row["origin"].startswith("producer:") for row in rows)


def noise():
    return "".join(secrets.choice(string.ascii_letters) for _ in range(8))


def test_a_cancelled_report_stays_cancelled(events, account):
    """Cancelled right after it was asked for: queued or already being built, it ends as cancelled or was too quick."""
    rest = Rest(account.administrator, until=events[0]["eventTime"])
    report = rest.create(CSV, filters=[{"field": "requestParameters.note", "contains": noise()}])
    status = rest.delete_report(report["id"])
    if status == 200:
        assert rest.wait(report)["state"] == "cancelled"
        with pytest.raises(Refused) as refused:
            rest.link(report["id"])
        assert refused.value.status == 409
        assert rest.delete_report(report["id"]) == 204
    else:
        assert status == 204


def test_times_are_utc(rest, whole):
    created = datetime.fromisoformat(whole[CSV]["createdAt"])
    assert abs((datetime.now(UTC) - created).total_seconds()) < 900
