"""VK's protocol: the seed's shell lines with our endpoint, and every event, whatever it came as, once and in VK's shape."""

import json
import re
import shutil
import subprocess
import uuid
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest

import records
from records import envelope, moment, record
from stack import ROOT, Account, environment, run, send

DATA = ROOT / "../shared/data/cloudtrail"
REAL_EVENTS = 2900
PORTION = 10
NOVA = 25

needs_jq = pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not installed: tests/tools/install jq")


def openstack(number, source="nova", **fields):
    """As the seed's examples; a field of None is left out."""
    full = {
        "event_id": str(uuid.uuid4()),
        "user_email": "carol@example.com",
        "user_id": "5f48556ef89444dbab8fa82669dXXXX",
        "timestamp": moment(-60 - number),
        "source": source,
        "action": "create-vm" if number % 2 else "vm-list",
        "success": "yes" if number % 3 else "no",
        "method": "POST" if number % 2 else "GET",
        "uri": "/v2.1/servers",
        "request_id": f"req-{number}",
        "request_body": f'{{"server":{{"name":"vm-{number}"}}}}',
        "response_body": "<BINARY_DATA>" if number % 5 == 0 else "",
        "user_agent": "axios/1.4.0",
    } | fields
    return {name: value for name, value in full.items() if value is not None}


def put(account, events):
    response = send("POST", "/v1/events", envelope(*events), account.producer)
    assert json.loads(response.text)["accepted"] == len(events), response.text


def told(account, logs):
    """As they are shown: with how they came."""
    return [log | {"origin": f"producer:{account.producer.user}"} for log in logs]


def newest_first(logs):
    return sorted(logs, key=lambda log: (log["timestamp"], log["event_id"]), reverse=True)


@pytest.fixture(scope="module")
def nova(account):
    events = [openstack(number) for number in range(NOVA)]
    # Of the seed's second record: an API user without an address, and without a user agent.
    events.append(openstack(NOVA, user_email=None, user_agent=None))
    put(account, events)
    return newest_first(told(account, events))


@pytest.fixture(scope="module")
def magnum(account):
    events = [openstack(number, "magnum", action="unknown", request_body="<BINARY_DATA>") for number in range(5)]
    put(account, events)
    return newest_first(told(account, events))


@pytest.fixture(scope="module")
def token(account, nova):
    return account.token(account.administrator.user)


def get(account, token, headers=None, **query):
    where = "&".join(f"{name}={quote(str(value), safe='')}" for name, value in query.items())
    return send("GET", f"/v1/{account.id}/logs?{where}", headers={"X-Auth-Token": token} | (headers or {}))


def answer(response):
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].startswith("application/json")
    return json.loads(response.text)


def walk(account, token, **query):
    """All portions, to the one without a marker."""
    portions = [answer(get(account, token, **query))]
    while "marker" in portions[-1]:
        portions.append(answer(get(account, token, marker=portions[-1]["marker"], **query)))
    return portions


# --- the lines of the seed --------------------------------------------------------------------------------------------


def paste(lines, account, token, cwd):
    """What a shell that has sourced localstack/env prints; the demo's project is this account's default one."""
    variables = {"TOKEN": token, "ACTIVITY_LOG_PROJECT": account.id}
    command = ["bash", "-e", "-o", "pipefail", "-c", 'cd "$1"; eval "$2"', "bash", str(cwd), lines]
    return run(command, **variables).stdout


@needs_jq
def test_the_latest_records(account, nova, magnum, token, tmp_path):
    printed = paste(
        r"""curl -X GET "$ACTIVITY_LOG_URL/v1/$ACTIVITY_LOG_PROJECT/logs?\
source=magnum&\
limit=2&\
from=&\
to=" \
-H "X-Auth-Token: $TOKEN" \
-H "Content-Type: application/json" | jq""",
        account, token, tmp_path,
    )
    shown = json.loads(printed)
    assert sorted(shown) == ["logs", "marker"] and shown["logs"] == magnum[:2]
    # As the document prints it: a line for each field, in this order.
    first = re.findall(r'^ {6}"(\w+)":', printed, re.MULTILINE)
    assert first[: len(magnum[0])] == sorted(magnum[0])


def period(events):
    """`from` and `to` in the seed's form, with milliseconds, around all but the newest and the oldest event."""
    inner = events[1:-1]
    return inner, inner[-1]["timestamp"].replace("Z", ".000Z"), inner[0]["timestamp"].replace("Z", ".477Z")


@needs_jq
def test_records_of_a_period(account, nova, token, tmp_path):
    inner, start, end = period(nova)
    printed = paste(
        rf"""curl -X GET "$ACTIVITY_LOG_URL/v1/$ACTIVITY_LOG_PROJECT/logs?\
source=nova&\
limit=2&\
from={start}&\
to={end}" \
-H "X-Auth-Token: $TOKEN" \
-H "Content-Type: application/json" | jq""",
        account, token, tmp_path,
    )
    shown = json.loads(printed)
    assert shown["logs"] == inner[:2] and shown["marker"]


@needs_jq
def test_the_walk_by_markers(account, nova, token, tmp_path):
    inner, start, end = period(nova)
    found, marker, part = [], None, 0
    while part == 0 or marker:
        part += 1
        line = f"marker={marker}&\\\n" if marker else ""
        lines = rf"""curl -X GET "$ACTIVITY_LOG_URL/v1/$ACTIVITY_LOG_PROJECT/logs?\
source=nova&\
{line}limit=10&\
from={start}&\
to={end}" \
-H "X-Auth-Token: $TOKEN" \
-H "Content-Type: application/json" | jq > nova_part{part}.log"""
        assert paste(lines, account, token, tmp_path) == ""
        logs = json.loads((tmp_path / f"nova_part{part}.log").read_text())["logs"]
        printed = paste(f"cat nova_part{part}.log | grep marker || true", account, token, tmp_path)
        marker = re.fullmatch(r' *"marker": "([^"]+)"\n', printed)[1] if printed else None
        assert len(logs) == PORTION or marker is None
        found += logs
    assert found == inner
    assert part == -(-len(inner) // PORTION) == 3


@needs_jq
def test_the_shortest_line(account, nova, magnum, token, tmp_path):
    """`curl -X GET "<Audit endpoint>/logs" -H "X-Auth-Token: <token>"`: the latest 100, the calls of tests among them."""
    lines = 'curl -X GET "$ACTIVITY_LOG_URL/v1/$ACTIVITY_LOG_PROJECT/logs" -H "X-Auth-Token: $TOKEN" | jq .logs'
    logs = json.loads(paste(lines, account, token, tmp_path))
    sent = [log for log in logs if log["source"] not in ("activity-log", "cloudtrail.amazonaws.com")]
    assert len(logs) <= 100 and sent == newest_first(nova + magnum)[: len(sent)]
    assert len(sent) == len(nova + magnum) or len(logs) == 100


def test_parameters_may_come_as_headers(account, nova, token):
    """The document calls them headers, its examples send a query."""
    inner, start, end = period(nova)
    headers = {"source": "nova", "limit": "3", "from": start, "to": end}
    first = answer(get(account, token, headers))
    assert first["logs"] == inner[:3]
    rest = answer(get(account, token, headers | {"limit": "1000", "marker": first["marker"]}))
    assert rest == {"logs": inner[3:]}


def test_a_signature_is_as_good_as_a_token(account, nova):
    response = send("GET", f"/v1/{account.id}/logs?source=nova&limit=1000", key=account.administrator)
    assert answer(response) == {"logs": nova}


# --- every event once, in VK's shape ----------------------------------------------------------------------------------


def vk_shape(event):
    """A CloudTrail or K2 record in VK's words, told independently; bodies are compared by what they say."""
    identity = event.get("userIdentity") or {}
    names = ("principalId", "arn", "userName", "invokedBy", "accountId")
    who = next((identity[name] for name in names if identity.get(name)), records.username(event) or "")
    shown = {
        "action": event["eventName"],
        "event_id": event["eventID"],
        "method": "GET" if records.read_only(event) else "POST",
        "request_body": event.get("requestParameters"),
        "request_id": event.get("requestID") or "",
        "response_body": event.get("responseElements"),
        "source": event.get("eventSource") or "",
        "success": "no" if event.get("errorCode") or event.get("errorMessage") else "yes",
        "timestamp": event["eventTime"],
        "uri": "/",
        "user_agent": event.get("userAgent") or None,
        "user_email": records.username(event),
        "user_id": who,
    }
    return {name: value for name, value in shown.items() if value is not None or name.endswith("_body")}


def read(log):
    """The record with its bodies as what they say."""
    bodies = {name: json.loads(log[name]) if log[name] else None for name in ("request_body", "response_body")}
    return log | bodies


@pytest.fixture(scope="module")
def mixed():
    """OpenStack's, CloudTrail's and K2's records in one account: all of them, in VK's shape."""
    account = Account.fresh("vk-mixed")
    openstack_s = [openstack(number, ("nova", "cinder", "iam")[number % 3], response_body="") for number in range(20)]
    cloudtrail_s = [
        record(
            eventTime=moment(-60 - number),
            requestID=f"r-{number}",
            readOnly=number % 2 == 0,
            eventName="DescribeInstances" if number % 2 == 0 else "RunInstances",
            errorCode="Client.UnauthorizedOperation" if number % 4 == 0 else None,
            responseElements=None if number % 2 == 0 else {"instances": [number, None, "é"]},
            userIdentity={"type": "Root", "accountId": "1"} if number % 5 == 0 else {"type": "IAMUser", "principalId": f"AIDA{number}", "userName": "alice"},
        )
        for number in range(20)
    ]
    k2 = [
        {"userName": "bob", "eventTime": moment(-60 - number), "eventName": "OpenSession", "eventType": "AwsConsoleSignIn",
         "eventID": str(uuid.uuid4()), "readOnly": False, "sourceIPAddress": "192.0.2.9", "requestID": "k2"}
        for number in range(3)
    ]
    account.all = [event | {"request_body": json.loads(event["request_body"]), "response_body": None} for event in openstack_s]
    account.all = newest_first(told(account, account.all + [vk_shape(event) for event in cloudtrail_s + k2]))
    put(account, openstack_s + cloudtrail_s + k2)
    account.reader = account.token(account.administrator.user)
    return account


@pytest.mark.parametrize("portion", [1, PORTION, 100])
def test_events_of_every_dialect_are_served_alike(mixed, portion):
    query = {"to": mixed.all[0]["timestamp"]}
    portions = walk(mixed, mixed.reader, limit=portion, **query)
    assert [read(log) for one in portions for log in one["logs"]] == mixed.all
    assert [len(one["logs"]) for one in portions[:-1]] == [portion] * (len(portions) - 1)


@pytest.mark.parametrize("source", ["nova", "iam", "ec2.amazonaws.com", "EC2", "nov"])
def test_by_source_exactly(mixed, source):
    logs = [read(log) for one in walk(mixed, mixed.reader, limit=PORTION, source=source) for log in one["logs"]]
    assert logs == [log for log in mixed.all if log["source"] == source]


def test_calls_of_this_protocol_are_in_its_answers(mixed):
    """They are events of the default project, too."""
    logs = answer(get(mixed, mixed.reader, source="activity-log", limit=1000))["logs"]
    assert {log["action"] for log in logs} >= {"PutEvents", "ListLogs"}
    assert {log["user_email"] for log in logs} == {mixed.administrator.user, mixed.producer.user}


@pytest.mark.skipif(not DATA.is_dir(), reason=f"{DATA} is not here: no real events to page through")
def test_all_real_events_in_portions_of_ten_each_once():
    account = Account.fresh("vk-real")
    until = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=1)
    last = until.strftime("%Y-%m-%dT%H:%M:%SZ")
    done = run(["alog", "replay", str(DATA), "--until", last], account.producer)
    assert done.stdout.strip().splitlines()[-1] == f"accepted {REAL_EVENTS}, duplicate 0, rejected 0"
    originals = [event for file in sorted(DATA.glob("*.json")) for event in json.loads(file.read_text())["Records"]]
    parsed = lambda event: datetime.fromisoformat(event["eventTime"])  # noqa: E731
    shift = until - max(map(parsed, originals))
    moved = [event | {"eventTime": (parsed(event) + shift).strftime("%Y-%m-%dT%H:%M:%SZ")} for event in originals]
    expected = newest_first(told(account, [vk_shape(event) for event in moved]))

    token = account.token(account.administrator.user)
    portions = walk(account, token, limit=PORTION, to=last)
    logs = [log for one in portions for log in one["logs"]]
    assert len({log["event_id"] for log in logs}) == len(logs) == REAL_EVENTS
    assert [len(one["logs"]) for one in portions] == [PORTION] * (REAL_EVENTS // PORTION)
    assert [read(log) for log in logs] == expected


# --- who and what is refused ------------------------------------------------------------------------------------------


def refusal(response):
    error = json.loads(response.text)["error"]
    assert error["code"] == response.status_code and error["title"] and response.headers["X-Openstack-Request-Id"]
    return error["code"], error["message"]


def test_a_marker_is_good_for_what_it_was_given_for(account, nova, token):
    marker = answer(get(account, token, source="nova", limit=2))["marker"]
    changed = marker[:-1] + ("A" if marker[-1] != "A" else "B")
    middle = marker[:20] + ("A" if marker[20] != "A" else "B") + marker[21:]
    for query in (
        {"source": "magnum", "marker": marker},
        {"marker": marker},
        {"source": "nova", "to": moment(), "marker": marker},
        {"source": "nova", "marker": changed},
        {"source": "nova", "marker": middle},
        {"source": "nova", "marker": marker[:-4]},
        {"source": "nova", "marker": "eyJ0bSI6MCwib2ZzIjo1LCJzcmMiOiJtYWdudW0iLCJXXXX"},
    ):
        code, message = refusal(get(account, token, **query))
        assert code == 400 and "marker" in message, query
    # The limit may change from portion to portion.
    assert answer(get(account, token, source="nova", limit=1000, marker=marker)) == {"logs": nova[2:]}
    other = Account.fresh("vk-stranger")
    stranger = other.token(other.administrator.user)
    code, message = refusal(get(other, stranger, source="nova", marker=marker))
    assert code == 400 and "marker" in message


@pytest.mark.parametrize(
    "query",
    [{"limit": 0}, {"limit": 1001}, {"limit": "ten"}, {"from": "yesterday"}, {"to": "2026-13-01T00:00:00Z"}, {"colour": "red"},
     {"from": "2026-01-02T00:00:00Z", "to": "2026-01-01T00:00:00Z"}],
)
def test_what_cannot_be_meant_is_named(account, token, query):
    code, message = refusal(get(account, token, **query))
    assert code == 400 and any(name in message for name in query)


def test_a_project_that_is_not_there_or_another_s_is_not_found(account, nova, token):
    other = Account.fresh("vk-other")
    for project in (other.id, "unmade"):
        response = send("GET", f"/v1/{project}/logs", headers={"X-Auth-Token": token})
        assert refusal(response)[0] == 404
    assert refusal(send("GET", f"/v1/{account.id}/logs"))[0] == 401
    assert refusal(send("GET", f"/v1/{account.id}/logs", headers={"X-Auth-Token": "gAAAAABlXDFc8RTqKryFlXXX"}))[0] == 401


def test_a_project_has_its_own_events_only(account, nova, token):
    account.alog("project", "create", "b5b7ffd4ef")
    theirs = openstack(1, "glance", project_id="b5b7ffd4ef")
    put(account, [theirs, openstack(2, "glance", project_id="unmade")])
    response = send("GET", "/v1/b5b7ffd4ef/logs", headers={"X-Auth-Token": token})
    assert [log["event_id"] for log in answer(response)["logs"]] == [theirs["event_id"]]
    assert answer(get(account, token, source="glance")) == {"logs": []}


def test_jq_is_here_or_said_to_be_missing():
    """The seed's examples print with it."""
    if shutil.which("jq"):
        assert subprocess.run(["jq", "--version"], check=True, capture_output=True, timeout=20).stdout
    else:
        pytest.skip("jq is not installed: tests/tools/install jq")
    assert environment()["ACTIVITY_LOG_PROJECT"]
